import { Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { TEXT_MAX } from "@/lib/variables";
import { CodeEditor } from "@/parts/code/code-editor";
import { emptySchema } from "@/parts/code/schema";
import { SchemaEditor } from "@/parts/code/schema-editor";
import { Button, Callout, Checkbox, Dialog, Field, IconButton, Input, NumberInput, Select, Switch, Textarea } from "@/ui";
import type { Data } from "../node-view";
import { varNameProblem } from "../variables";
import { number, text, texts, without } from "./read";
import { readSchema } from "./schema-vars";
import { inputTypes } from "./start";
import { fieldProblems, fileMethods, FILES, FILES_MOST, fileTypes, finished, newField, retyped, typeOf } from "./start-rules";

interface Props {
  v: Data;
  put: (part: Data) => void;
}

/** Makes or changes one input field. */
export function StartField({ first, others, onSave, onClose }: { first: Data | null; others: string[]; onSave: (v: Data) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const [v, setV] = useState<Data>(first ?? newField());
  const [tried, setTried] = useState(false);
  const put = (part: Data): void => setV((now) => ({ ...now, ...part }));
  const type = typeOf(v);
  const name = text(v["variable"]);
  const wrongName = varNameProblem(name, others);
  const problems = fieldProblems(v);
  const file = type === "file" || type === "file-list";
  return (
    <Dialog
      open
      sticky
      width={type === "json_object" ? "lg" : "md"}
      onClose={onClose}
      title={t(first ? "start.edit" : "start.add")}
      onSubmit={() => {
        setTried(true);
        if (!wrongName && problems.length === 0) onSave(finished(v));
      }}
      footer={
        <>
          <Button onClick={onClose}>{t("kit.cancel")}</Button>
          <Button type="submit" variant="primary">{t("kit.save")}</Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={t("var.kind")}>
            <Select value={type ?? ""} placeholder={text(v["type"])} onChange={(x) => setV(retyped(v, x))} options={inputTypes.map((x) => ({ value: x, label: t(`start.type.${x}`), hint: t(`start.typeText.${x}`) }))} />
          </Field>
          <Field label={t("var.name")} hint={t("start.nameHint")} error={tried && wrongName ? t(wrongName) : undefined}>
            <Input mono value={name} autoFocus={!first} maxLength={30} onChange={(s) => put({ variable: s.trim(), ...(text(v["label"]) === name ? { label: s.trim() } : {}) })} />
          </Field>
        </div>
        <Field label={t("var.label")} hint={t("var.labelHint")}><Input value={text(v["label"])} onChange={(label) => put({ label })} maxLength={80} /></Field>
        {type === "select" && <Options v={v} put={put} error={tried && problems.includes("var.optionsFew") ? t("var.optionsFew") : undefined} />}
        <div className="grid gap-4 empty:hidden sm:grid-cols-2">
          <DefaultField v={v} put={put} />
          {(type === "text-input" || type === "paragraph") && (
            <Field label={t("var.maxLength")} hint={type === "text-input" ? t("var.maxText", { count: TEXT_MAX }) : t("var.maxParagraph")}>
              <NumberInput value={number(v["max_length"]) || null} min={1} max={type === "text-input" ? TEXT_MAX : 100000} onChange={(n) => setV(n === null ? without(v, "max_length") : { ...v, max_length: Math.round(n) })} />
            </Field>
          )}
        </div>
        {file && <Files v={v} put={put} />}
        {type === "json_object" && <JsonShape v={v} put={put} error={tried && problems.includes("start.badDefault") ? t("start.badDefault") : undefined} />}
        <Field label={t("var.help")} hint={t("var.helpHint")} optional><Input value={text(v["hint"])} onChange={(hint) => put({ hint })} maxLength={200} /></Field>
        {type !== "checkbox" && <Field inline label={t("var.required")} hint={t("start.requiredHint")}><Switch checked={v["required"] === true} onChange={(required) => put({ required })} /></Field>}
        <Field inline label={t("var.hidden")} hint={t("var.hiddenHint")}><Switch checked={v["hide"] === true} onChange={(hide) => put({ hide })} /></Field>
        {problems.includes("var.hiddenRequired") && <Callout tone="warn">{t("var.hiddenRequired")}</Callout>}
        {tried && problems.filter((p) => p !== "var.hiddenRequired" && p !== "var.optionsFew" && p !== "start.badDefault").map((p) => <Callout key={p} tone="danger">{t(p)}</Callout>)}
      </div>
    </Dialog>
  );
}

function Options({ v, put, error }: Props & { error: string | undefined }) {
  const { t } = useTranslation();
  const options = texts(v["options"]);
  return (
    <Field label={t("var.options")} error={error}>
      <div className="flex flex-col gap-1.5">
        {options.map((o, i) => (
          <div key={i} className="flex gap-1.5">
            <div className="flex-1"><Input value={o} label={t("var.option", { n: i + 1 })} onChange={(x) => put({ options: options.map((y, j) => (j === i ? x : y)), ...(v["default"] === o ? { default: x } : {}) })} /></div>
            <IconButton icon={X} label={t("var.optionRemove", { n: i + 1 })} onClick={() => put({ options: options.filter((_, j) => j !== i) })} />
          </div>
        ))}
        <div><Button size="sm" icon={Plus} variant="ghost" onClick={() => put({ options: [...options, ""] })}>{t("var.optionAdd")}</Button></div>
      </div>
    </Field>
  );
}

function DefaultField({ v, put }: Props) {
  const { t } = useTranslation();
  const now = v["default"];
  switch (typeOf(v)) {
    case "checkbox":
      return <Field inline label={t("var.checked")}><Switch checked={now === true || now === "true"} onChange={(x) => put({ default: x })} /></Field>;
    case "number": {
      const n = typeof now === "number" ? now : typeof now === "string" && now.trim() !== "" && Number.isFinite(Number(now)) ? Number(now) : null;
      return <Field label={t("kit.default")} optional><NumberInput value={n} onChange={(x) => put({ default: x ?? undefined })} /></Field>;
    }
    case "select": {
      const options = [...new Set(texts(v["options"]).filter((o) => o.trim() !== ""))];
      return <Field label={t("kit.default")} optional><Select value={options.includes(text(now)) ? text(now) : "\u0000"} onChange={(x) => put({ default: x === "\u0000" ? undefined : x })} options={[{ value: "\u0000", label: t("kit.none") }, ...options.map((o) => ({ value: o, label: o }))]} /></Field>;
    }
    case "paragraph":
      return <Field label={t("kit.default")} optional><Textarea rows={2} value={text(now)} onChange={(x) => put({ default: x })} /></Field>;
    case "text-input":
      return <Field label={t("kit.default")} optional><Input value={text(now)} onChange={(x) => put({ default: x })} /></Field>;
    default:
      return null; // files have none; that of JSON stands below, where there is room
  }
}

function Files({ v, put }: Props) {
  const { t } = useTranslation();
  const types = texts(v["allowed_file_types"]);
  const methods = texts(v["allowed_file_upload_methods"]);
  const flip = (list: string[], x: string, on: boolean): string[] => (on ? [...new Set([...list, x])] : list.filter((y) => y !== x));
  const [ends, setEnds] = useState<string | null>(null);
  return (
    <>
      <fieldset>
        <legend className="mb-1 text-sm font-medium">{t("edit.fileKinds")}</legend>
        <div className="flex flex-wrap gap-x-5 gap-y-1">
          {fileTypes.map((k) => <Checkbox key={k} checked={types.includes(k)} onChange={(on) => put({ allowed_file_types: flip(types, k, on) })}>{t(`start.file.${k}`)}</Checkbox>)}
        </div>
        {types.includes("custom") && (
          <div className="mt-2">
            <Field label={t("start.extensions")} hint={t("start.extensionsHint")}>
              <Input
                mono
                value={ends ?? texts(v["allowed_file_extensions"]).join(", ")}
                onBlur={() => setEnds(null)}
                onChange={(s) => {
                  setEnds(s);
                  put({ allowed_file_extensions: s.split(/[\s,，]+/).filter(Boolean).map((e) => (e.startsWith(".") ? e : `.${e}`)) });
                }}
              />
            </Field>
          </div>
        )}
      </fieldset>
      <div className="grid gap-4 sm:grid-cols-2">
        <fieldset>
          <legend className="mb-1 text-sm font-medium">{t("edit.fileMethods")}</legend>
          <div className="flex flex-wrap gap-x-5 gap-y-1">
            {fileMethods.map((m) => <Checkbox key={m} checked={methods.includes(m)} onChange={(on) => put({ allowed_file_upload_methods: flip(methods, m, on) })}>{t(m === "local_file" ? "edit.fileLocal" : "edit.fileRemote")}</Checkbox>)}
          </div>
        </fieldset>
        {v["type"] === "file-list" && <Field label={t("start.mostFiles")}><NumberInput value={number(v["max_length"]) ?? FILES} min={1} max={FILES_MOST} onChange={(n) => n !== null && put({ max_length: Math.round(n) })} /></Field>}
      </div>
    </>
  );
}

function JsonShape({ v, put, error }: Props & { error: string | undefined }) {
  const { t } = useTranslation();
  const raw = v["json_schema"];
  const schema = readSchema(raw);
  const write = (next: Data | null): void => put({ json_schema: typeof raw === "string" || raw === undefined ? (next ? JSON.stringify(next) : "") : (next ?? "") });
  return (
    <>
      <Field inline label={t("start.schema")} hint={t("start.schemaText")}><Switch checked={schema !== undefined} onChange={(on) => write(on ? emptySchema : null)} /></Field>
      {schema && <SchemaEditor label={t("start.schema")} value={schema} onChange={write} />}
      <Field label={t("kit.default")} optional error={error}>
        <CodeEditor language="json" label={t("kit.default")} rows={4} value={typeof v["default"] === "string" ? v["default"] : v["default"] === undefined || v["default"] === null ? "" : JSON.stringify(v["default"], null, 2)} onChange={(s) => put({ default: s })} />
      </Field>
    </>
  );
}
