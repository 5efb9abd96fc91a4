import { Crosshair } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Scope } from "@/lib/scope";
import { readSelector } from "@/lib/scope";
import { fileKinds } from "@/parts/chat/files";
import { RowList } from "@/parts/variables/row-list";
import { SelectorField } from "@/parts/variables/selector-field";
import { ValueOrVariable } from "@/parts/variables/value-field";
import { Checkbox, IconButton, Input, NumberInput, Select } from "@/ui";
import type { Data } from "../node-view";
import { fieldTypes, NAME, nameOf, newField } from "./human-input";
import type { FieldType } from "./human-input";
import { number, rec, text, texts } from "./read";
import { Renaming } from "./renaming";

/** The fields of a form: what each is called, of which kind it is, and what it begins with. */
export function HumanFields({ fields, content, scope, onChange, onRename, onPlace, label, node }: {
  fields: readonly Data[];
  content: string;
  scope: Scope;
  onChange: (fields: Data[]) => void;
  onRename: (fields: Data[], from: string, to: string) => void;
  /** Puts a field into the text. */
  onPlace: (name: string) => void;
  label: string;
  /** Whose fields they are. */
  node: string;
}) {
  const { t } = useTranslation();
  const names = fields.map(nameOf);
  // While a name is empty, or that of another field, the text keeps the last good one: it must not be lost or mixed up.
  const kept = useRef<{ at: number; name: string } | null>(null);
  return (
    <RowList roomy rows={fields} onChange={onChange} label={label} add={undefined} nameOf={(f, i) => nameOf(f) || String(i + 1)}>
      {(f, change, i) => {
        const name = nameOf(f);
        const type = text(f["type"]);
        const placed = content.includes(`{{#$output.${name}#}}`);
        const rename = (s: string): void => {
          const to = s.replace(/[^A-Za-z0-9_]/g, "_");
          const from = kept.current?.at === i ? kept.current.name : name;
          const clear = to !== "" && !names.some((n, j) => j !== i && n === to);
          kept.current = clear ? null : { at: i, name: from };
          onRename(fields.map((x, j) => (j === i ? { ...x, output_variable_name: to } : x)), clear ? from : "", to);
        };
        const bad = name === "" ? t("form.required") : !NAME.test(name) ? t("vars.nameBad") : names.indexOf(name) !== i ? t("rows.twice", { name }) : undefined;
        return (
          <div className="flex flex-col gap-1.5 rounded border bg-surface p-1.5">
            <div className="flex items-center gap-1">
              <div className="min-w-0 flex-1"><Renaming node={node} name={name} names={names}><Input mono label={t("human.fieldName", { n: i + 1 })} placeholder={t("kit.name")} maxLength={30} value={name} onChange={rename} /></Renaming></div>
              <div className="w-[116px] shrink-0"><Select label={t("human.fieldType", { n: i + 1 })} value={type} onChange={(next) => { const k = fieldTypes.find((x) => x === next); if (k) change(newField(k, name)); }} options={[...fieldTypes, ...(fieldTypes.some((k) => k === type) ? [] : [type])].map((k) => ({ value: k, label: k === "text-input" ? "text-input" : t(`human.type.${kindOf(k)}`) }))} /></div>
              <IconButton size="sm" icon={Crosshair} label={t(placed ? "human.placed" : "human.place", { name })} disabled={placed || bad !== undefined} onClick={() => onPlace(name)} />
            </div>
            {bad && <p role="alert" className="text-xs text-danger-text">{bad}</p>}
            <FieldSettings field={f} type={type} scope={scope} onChange={change} />
          </div>
        );
      }}
    </RowList>
  );
}

const kindOf = (s: string): FieldType => fieldTypes.find((k) => k === s) ?? "paragraph";

function FieldSettings({ field: f, type, scope, onChange }: { field: Data; type: string; scope: Scope; onChange: (f: Data) => void }) {
  const { t } = useTranslation();
  const name = nameOf(f);
  if (type === "select") {
    const source = rec(f["option_source"]);
    const variable = source["type"] === "variable";
    const put = (part: Data): void => onChange({ ...f, option_source: { type: "constant", value: [], selector: [], ...source, ...part } });
    return (
      <div className="flex items-start gap-1">
        <div className="w-[116px] shrink-0"><Select label={t("human.optionsFrom", { name })} value={variable ? "variable" : "constant"} onChange={(kind) => put({ type: kind })} options={[{ value: "constant", label: t("human.optionsHere") }, { value: "variable", label: t("human.optionsVariable") }]} /></div>
        <div className="min-w-0 flex-1">
          {variable ? (
            <SelectorField scope={scope} label={t("human.options", { name })} accepts={["array[string]"]} value={readSelector(source["selector"])} onChange={(selector) => put({ selector })} />
          ) : (
            <RowList rows={texts(source["value"])} onChange={(value) => put({ value })} label={t("human.options", { name })} add={t("human.addOption")} blank={() => ""} nameOf={(o, i) => o || String(i + 1)}>
              {(o, change, i) => <Input label={t("human.option", { n: i + 1, name })} value={o} onChange={change} />}
            </RowList>
          )}
        </div>
      </div>
    );
  }
  if (type === "file" || type === "file-list") {
    const kinds = texts(f["allowed_file_types"]);
    return (
      <div className="flex flex-col gap-1">
        <div role="group" aria-label={t("human.fileTypes", { name })} className="flex flex-wrap gap-x-3">
          {[...fileKinds, "custom" as const].map((k) => <Checkbox key={k} checked={kinds.includes(k)} onChange={(on) => onChange({ ...f, allowed_file_types: [...fileKinds, "custom"].filter((x) => (x === k ? on : kinds.includes(x))) })}>{t(`fileType.${k}`)}</Checkbox>)}
        </div>
        {kinds.includes("custom") && <Input mono label={t("human.extensions", { name })} placeholder=".dwg, .step" value={texts(f["allowed_file_extensions"]).join(", ")} onChange={(s) => onChange({ ...f, allowed_file_extensions: s.split(/[,，\s]+/).filter((x) => x !== "") })} />}
        {type === "file-list" && <div className="w-32"><NumberInput label={t("human.most", { name })} suffix={t("human.filesUnit")} min={1} max={50} value={number(f["number_limits"]) || null} onChange={(n) => onChange({ ...f, number_limits: n === null ? 0 : Math.round(n) })} /></div>}
      </div>
    );
  }
  const first = rec(f["default"]);
  return (
    <ValueOrVariable
      scope={scope}
      type="string"
      label={t("human.first", { name })}
      placeholder={t("human.firstPlaceholder")}
      value={first["type"] === "variable" ? { kind: "variable", selector: readSelector(first["selector"]) } : { kind: "constant", value: first["value"] }}
      onChange={(v) => onChange({ ...f, default: v.kind === "variable" ? { type: "variable", selector: v.selector, value: "" } : { type: "constant", value: text(v.value), selector: [] } })}
    />
  );
}
