import { useTranslation } from "react-i18next";
import { datasets } from "@/api/knowledge";
import { keys } from "@/api/keys";
import { useRead } from "@/api/use";
import type { Scope } from "@/lib/scope";
import { ValueOrVariable } from "@/parts/variables/value-field";
import { SelectorField } from "@/parts/variables/selector-field";
import { TemplateEditor } from "@/parts/variables/template-editor";
import { sayText } from "@/text/say";
import { Field, Select } from "@/ui";
import type { Data } from "../node-view";
import type { ToolParam } from "./tools";
import { acceptsOf, isMixed, onlyVariable, readArg, typeOfParam, writeArg } from "./tools";

/** The argument of one parameter of a tool: words with variables, a constant of its type, or a variable. undefined: none. */
export function ArgField({ param: p, value, onChange, scope, bare }: { param: ToolParam; value: unknown; onChange: (arg: Data | undefined) => void; scope: Scope; /** Without its label, which stands elsewhere. */ bare?: boolean }) {
  const { t } = useTranslation();
  const label = sayText(p.label) || p.name;
  const now = readArg(value);
  const placeholder = p.default === null || p.default === undefined || p.default === "" ? undefined : t("tools.default", { value: String(p.default) });
  const field = onlyVariable(p) ? (
    <SelectorField clearable scope={scope} label={label} accepts={acceptsOf(p)} value={now.kind === "variable" ? now.selector : []} onChange={(s) => onChange(s.length === 0 ? undefined : writeArg(p, { kind: "variable", selector: s }))} />
  ) : p.type === "dataset" ? (
    <DatasetField label={label} value={now.kind === "constant" && typeof now.value === "string" ? now.value : ""} onChange={(id) => onChange({ type: "constant", value: id })} />
  ) : isMixed(p) ? (
    <TemplateEditor
      rows={p.type === "text" ? 3 : 1}
      scope={scope}
      label={label}
      placeholder={placeholder}
      value={now.kind === "variable" ? (now.selector.length > 0 ? `{{#${now.selector.join(".")}#}}` : "") : now.value === undefined || now.value === null ? "" : typeof now.value === "string" ? now.value : JSON.stringify(now.value)}
      onChange={(s) => onChange(writeArg(p, { kind: "constant", value: s }))}
    />
  ) : (
    <ValueOrVariable scope={scope} label={label} type={typeOfParam(p)} accepts={acceptsOf(p)} placeholder={placeholder} options={(p.options ?? []).length > 0 ? (p.options ?? []).map((o) => ({ value: o, label: o })) : undefined} value={now} onChange={(v) => onChange(writeArg(p, v))} />
  );
  if (bare) return field;
  return <Field label={label} optional={!p.required} hint={p.description || undefined}>{field}</Field>;
}

function DatasetField({ label, value, onChange }: { label: string; value: string; onChange: (id: string) => void }) {
  const { t } = useTranslation();
  const list = useRead(keys.datasets.list({ q: "", tag: "" }), () => datasets.list({ q: "", tag: "" }));
  const all = list.data?.data ?? [];
  const known = all.some((d) => d.id === value);
  return <Select label={label} value={value} onChange={onChange} placeholder={t("nodes.chooseDataset")} options={[...all.map((d) => ({ value: d.id, label: d.name })), ...(known || value === "" ? [] : [{ value, label: t("know.gone") }])]} />;
}
