import { Download } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ToolView } from "@/api/types";
import { readSelector } from "@/lib/scope";
import { RowList } from "@/parts/variables/row-list";
import { SelectorField } from "@/parts/variables/selector-field";
import { TemplateEditor } from "@/parts/variables/template-editor";
import { sayText } from "@/text/say";
import { Button, Checkbox, Input, Segmented, Select } from "@/ui";
import { ToolPicker } from "@/parts/tools/tool-picker";
import type { Data, FormProps } from "../node-view";
import { Form, ModelField, Part, Rest } from "./form-parts";
import { paramTypes } from "./parameter-extractor";
import { merged, recs, text, texts } from "./read";

import type { ToolParam } from "./tools";
import { Renaming } from "./renaming";

const offered = ["string", "select", ...paramTypes.filter((x) => x !== "string")] as const;

/** The type of a value that a tool takes. */
function typeOf(p: ToolParam): string {
  if ((p.options ?? []).length > 0) return "select";
  if (p.type === "number" || p.type === "boolean") return p.type;
  return p.type === "array" ? "array[string]" : "string";
}

/** What a tool asks for, as values to extract. Names that are there already stay as they are. */
export function fromTool(v: ToolView, now: readonly Data[]): Data[] {
  const taken = new Set(now.map((p) => text(p["name"])));
  const more = (v.params ?? []).filter((p) => p.form !== "form" && p.type !== "file" && p.type !== "files" && !taken.has(p.name));
  return [...now, ...more.map((p) => ({ name: p.name, type: typeOf(p), description: p.description || sayText(p.label), required: p.required, ...((p.options ?? []).length > 0 ? { options: p.options } : {}) }))];
}

export default function ParameterExtractorForm({ app, node, data, scope, set }: FormProps) {
  const { t } = useTranslation();
  const params = recs(data["parameters"]);
  return (
    <Form>
      <Part title={t("nodes.query")} hint={t("nodes.extractText")}>
        <SelectorField scope={scope} label={t("nodes.query")} accepts={["string"]} value={readSelector(data["query"])} onChange={(s) => set({ query: s })} />
      </Part>
      <ModelField value={data["model"]} onChange={(model) => set({ model })} />
      <Part
        title={t("nodes.parameters")}
        hint={t("nodes.parametersText")}
        aside={<ToolPicker chosen={[]} label={t("nodes.fromTool")} onPick={(v) => set({ parameters: fromTool(v, params) })} trigger={<Button size="sm" variant="ghost" icon={Download}>{t("nodes.fromTool")}</Button>} />}
      >
        <RowList roomy rows={params} onChange={(parameters) => set({ parameters })} label={t("nodes.parameters")} add={t("nodes.addParameter")} blank={() => ({ name: "", type: "string", description: "", required: false })} nameOf={(p, i) => text(p["name"]) || String(i + 1)}>
          {(p, put, i) => <Row value={p} n={i + 1} node={node.id} names={params.map((x) => text(x["name"]))} onChange={put} twice={params.findIndex((x) => text(x["name"]) !== "" && x["name"] === p["name"]) !== i && text(p["name"]) !== ""} />}
        </RowList>
      </Part>
      <Part title={t("nodes.instruction")} hint={t("nodes.extractInstruction")}>
        <TemplateEditor rows={3} scope={scope} label={t("nodes.instruction")} value={text(data["instruction"])} onChange={(instruction) => set({ instruction })} />
      </Part>
      <Rest app={app} data={data} scope={scope} set={set}>
        <Part title={t("nodes.how")} hint={t(data["reasoning_mode"] === "prompt" ? "nodes.how.promptText" : "nodes.how.callText")}>
          <div><Segmented label={t("nodes.how")} value={data["reasoning_mode"] === "prompt" ? "prompt" : "function_call"} onChange={(v) => set({ reasoning_mode: v })} options={[{ value: "prompt", label: t("nodes.how.prompt") }, { value: "function_call", label: t("nodes.how.call") }]} /></div>
        </Part>
      </Rest>
    </Form>
  );
}

function Row({ value: p, n, node, names, onChange, twice }: { value: Data; n: number; node: string; names: readonly string[]; onChange: (p: Data) => void; twice: boolean }) {
  const { t } = useTranslation();
  const name = text(p["name"]);
  const shown = name || String(n);
  const type = p["type"] === "bool" ? "boolean" : text(p["type"]);
  const options = texts(p["options"]);
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <div className="flex min-w-0 flex-col gap-1 rounded border bg-surface p-1.5">
      <div className="grid grid-cols-[1fr_132px] gap-1">
        <Renaming node={node} name={name} names={names}><Input mono label={t("rows.name", { n })} placeholder={t("kit.name")} value={name} maxLength={30} onChange={(s) => onChange({ ...p, name: s.replace(/[^\p{L}\p{N}_]/gu, "_") })} /></Renaming>
        <Select label={t("rows.typeOf", { name: shown })} value={offered.find((x) => x === type) ?? ""} placeholder={type} onChange={(v) => onChange(merged(p, { type: v, options: v === "select" ? options : undefined }))} options={offered.map((x) => ({ value: x, label: x }))} />
      </div>
      {(type === "select" || options.length > 0) && (
        <Input
          label={t("nodes.optionsOf", { name: shown })}
          placeholder={t("nodes.optionsHint")}
          value={typed ?? options.join(", ")}
          onBlur={() => setTyped(null)}
          onChange={(s) => {
            setTyped(s);
            onChange({ ...p, options: s.split(/[,，]/).map((x) => x.trim()).filter(Boolean) });
          }}
        />
      )}
      <div className="flex items-center gap-2">
        <div className="min-w-0 flex-1"><Input label={t("nodes.descriptionOf", { name: shown })} placeholder={t("nodes.parameterPlaceholder")} value={text(p["description"])} onChange={(description) => onChange({ ...p, description })} maxLength={1000} /></div>
        <Checkbox checked={p["required"] === true} onChange={(required) => onChange({ ...p, required })}><span className="text-xs text-muted">{t("schema.required")}</span></Checkbox>
      </div>
      {twice && <p role="alert" className="text-xs text-danger-text">{t("rows.twice", { name })}</p>}
    </div>
  );
}
