import { Type, Variable } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Scope, ScopeVar, Selector, VarType } from "@/lib/scope";
import { IconButton, Input, NumberInput, Select, Textarea } from "@/ui";
import { SelectorField } from "./selector-field";
import { TemplateEditor } from "./template-editor";

/** A value that is written down or taken from a variable. */
export type Value = { kind: "constant"; value: unknown } | { kind: "variable"; selector: Selector };

/** A constant of a type, or a variable. */
export function ValueOrVariable({ scope, value, onChange, label, type, accepts, options, template, placeholder, rows }: {
  scope: Scope;
  value: Value;
  /** v is the variable that was chosen, if one was. */
  onChange: (value: Value, v?: ScopeVar) => void;
  label: string;
  /** Of the constant, and of what may be chosen unless accepts says otherwise. */
  type: VarType;
  accepts?: readonly VarType[] | undefined;
  /** The constant is one of these. */
  options?: readonly { value: string; label: string }[] | undefined;
  /** A constant text may hold references. */
  template?: boolean | undefined;
  placeholder?: string | undefined;
  rows?: number | undefined;
}) {
  const { t } = useTranslation();
  const variable = value.kind === "variable";
  return (
    <div className="flex min-w-0 items-start gap-1">
      <div className="min-w-0 flex-1">
        {value.kind === "variable" ? (
          <SelectorField scope={scope} value={value.selector} label={label} accepts={accepts ?? [type]} onChange={(selector, v) => onChange({ kind: "variable", selector }, v)} />
        ) : template && (type === "string" || type === "any") && !options ? (
          <TemplateEditor scope={scope} value={typeof value.value === "string" ? value.value : value.value === undefined || value.value === null ? "" : JSON.stringify(value.value)} label={label} rows={rows ?? 1} placeholder={placeholder} onChange={(v) => onChange({ kind: "constant", value: v })} />
        ) : (
          <ConstantField value={value.value} type={type} label={label} options={options} placeholder={placeholder} onChange={(v) => onChange({ kind: "constant", value: v })} />
        )}
      </div>
      <IconButton
        icon={variable ? Variable : Type}
        label={t(variable ? "value.toConstant" : "value.toVariable", { label })}
        onClick={() => onChange(variable ? { kind: "constant", value: undefined } : { kind: "variable", selector: [] })}
      />
    </div>
  );
}

/** A value of a type as people write it down. undefined is "nothing written". */
export function ConstantField({ value, onChange, type, label, options, placeholder }: {
  value: unknown;
  onChange: (v: unknown) => void;
  type: VarType;
  label: string;
  options?: readonly { value: string; label: string }[] | undefined;
  placeholder?: string | undefined;
}) {
  const { t } = useTranslation();
  const hint = placeholder === undefined ? {} : { placeholder };
  if (options && options.length > 0) {
    const now = typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
    return <Select label={label} value={now} {...hint} onChange={onChange} options={[...options, ...(now === "" || options.some((o) => o.value === now) ? [] : [{ value: now, label: now }])].filter((o) => o.value !== "")} />;
  }
  switch (type) {
    case "number":
    case "integer": {
      const n = typeof value === "number" ? value : typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : null;
      return <NumberInput label={label} value={n} {...hint} onChange={(v) => onChange(v === null ? undefined : type === "integer" ? Math.round(v) : v)} />;
    }
    case "boolean":
      return <Select label={label} value={value === true || value === "true" ? "true" : value === false || value === "false" ? "false" : ""} placeholder={placeholder ?? t("value.choose")} onChange={(v) => onChange(v === "true")} options={[{ value: "true", label: t("value.true") }, { value: "false", label: t("value.false") }]} />;
    case "string":
    case "secret":
    case "any":
      return <Input label={label} value={typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value)} {...hint} onChange={onChange} />;
    default:
      return <JsonField value={value} onChange={onChange} type={type} label={label} />;
  }
}

/** An object or a list as JSON. What cannot be read yet is kept as it was typed and not handed on. */
function JsonField({ value, onChange, type, label }: { value: unknown; onChange: (v: unknown) => void; type: VarType; label: string }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed ?? (value === undefined || value === null || value === "" ? "" : typeof value === "string" ? value : JSON.stringify(value, null, 2));
  const bad = typed !== null && typed.trim() !== "" && readJson(typed, type) === undefined;
  return (
    <div>
      <Textarea mono rows={Math.min(8, Math.max(2, shown.split("\n").length))} label={label} value={shown} placeholder={type === "object" ? "{}" : "[]"} onBlur={() => !bad && setTyped(null)} onChange={(s) => {
        setTyped(s);
        const v = s.trim() === "" ? undefined : readJson(s, type);
        if (s.trim() === "" || v !== undefined) onChange(v);
      }} />
      {bad && <p role="alert" className="mt-1 text-xs text-danger-text">{t("value.badJson", { type })}</p>}
    </div>
  );
}

export function readJson(s: string, type: VarType): unknown {
  try {
    const v: unknown = JSON.parse(s);
    return type === "object" ? (typeof v === "object" && v !== null && !Array.isArray(v) ? v : undefined) : type.startsWith("array[") ? (Array.isArray(v) ? v : undefined) : v;
  } catch {
    return undefined;
  }
}
