import { Plus, X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Scope, VarType } from "@/lib/scope";
import { readSelector, reference } from "@/lib/scope";
import { SelectorField } from "@/parts/variables/selector-field";
import { TemplateEditor } from "@/parts/variables/template-editor";
import { ValueOrVariable } from "@/parts/variables/value-field";
import type { TextKey } from "@/text";
import { Button, Checkbox, IconButton, Input, NumberInput, Segmented, Select } from "@/ui";
import type { Data } from "../node-view";
import { newId } from "../variables";
import type { FileKey, Operator, Subject } from "./conditions";
import { asksFiles, choicesOfKey, conditionFor, fileKeyOf, fileKeys, operatorsOfKey, soleReference, subConditions, subjectOf, takesValue, withOperator, withVariable } from "./conditions";
import { merged, rec, text, texts } from "./read";

export type Logic = "and" | "or";
export const logicOf = (v: unknown): Logic => (v === "or" ? "or" : "and");

/** All of them, or one of them. */
export function LogicSwitch({ value, onChange }: { value: Logic; onChange: (v: Logic) => void }) {
  const { t } = useTranslation();
  return <Segmented label={t("cond.logic")} value={value} onChange={onChange} options={[{ value: "and", label: t("cond.and") }, { value: "or", label: t("cond.or") }]} />;
}

/** Conditions on variables, each with a comparison that its type allows. */
export function ConditionList({ conditions, onChange, scope, label }: { conditions: readonly Data[]; onChange: (c: Data[]) => void; scope: Scope; label: string }) {
  const put = (i: number, next: Data): void => onChange(conditions.map((c, j) => (j === i ? next : c)));
  return (
    <div className="flex flex-col gap-2">
      {conditions.length > 0 && (
        <ul aria-label={label} className="flex flex-col gap-2">
          {conditions.map((c, i) => (
            <li key={text(c["id"]) || i} className="rounded border bg-surface p-1.5">
              <ConditionRow condition={c} scope={scope} n={i + 1} onChange={(next) => put(i, next)} onRemove={() => onChange(conditions.filter((_, j) => j !== i))} />
            </li>
          ))}
        </ul>
      )}
      <AddCondition scope={scope} onAdd={(c) => onChange([...conditions, c])} />
    </div>
  );
}

function AddCondition({ scope, onAdd }: { scope: Scope; onAdd: (c: Data) => void }) {
  const { t } = useTranslation();
  return <div><Button size="sm" variant="ghost" icon={Plus} onClick={() => onAdd(conditionFor(newId(), [], undefined, scope))}>{t("cond.add")}</Button></div>;
}

function ConditionRow({ condition: c, scope, n, onChange, onRemove }: { condition: Data; scope: Scope; n: number; onChange: (c: Data) => void; onRemove: () => void }) {
  const { t } = useTranslation();
  const s = subjectOf(scope, c);
  const selector = readSelector(c["variable_selector"]);
  const operator = text(c["comparison_operator"]);
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex items-start gap-1">
        <div className="min-w-0 flex-1">
          <SelectorField
            scope={scope}
            label={t("cond.variable", { n })}
            value={selector}
            onChange={(next, v) => onChange(selector.length === 0 ? { ...conditionFor(text(c["id"]) || newId(), next, v, scope) } : withVariable(c, next, v, scope))}
          />
        </div>
        <IconButton icon={X} size="sm" tip={false} label={t("cond.remove", { n })} onClick={onRemove} />
      </div>
      {selector.length > 0 && (
        <div className="flex items-start gap-1.5">
          <div className="w-[136px] shrink-0"><OperatorSelect label={t("cond.operator", { n })} value={operator} operators={s.operators} onChange={(o) => onChange(withOperator(c, s, o))} /></div>
          <div className="min-w-0 flex-1">
            {asksFiles(s.type, operator) ? null : takesValue(operator) ? <ValueField condition={c} subject={s} scope={scope} n={n} onChange={(part) => onChange(merged(c, part))} /> : null}
          </div>
        </div>
      )}
      {asksFiles(s.type, operator) && <FileConditions condition={c} onChange={onChange} />}
    </div>
  );
}

/** As they stand in data. */
export const yesNo = [{ value: "true", label: "true" }, { value: "false", label: "false" }];

const words: { readonly [O in Operator]?: TextKey } = {
  contains: "op.contains", "not contains": "op.notContains", "start with": "op.startWith", "end with": "op.endWith", is: "op.is", "is not": "op.isNot", empty: "op.empty", "not empty": "op.notEmpty",
  null: "op.null", "not null": "op.notNull", in: "op.in", "not in": "op.notIn", "all of": "op.allOf", exists: "op.exists", "not exists": "op.notExists",
};

/** A comparison as people read it; signs are their own words. */
export function useOperatorName(): (o: Operator) => string {
  const { t } = useTranslation();
  return (o) => {
    const key = words[o];
    return key ? t(key) : o;
  };
}

export function OperatorSelect({ value, operators, onChange, label }: { value: string; operators: readonly Operator[]; onChange: (o: Operator) => void; label: string }) {
  const { t } = useTranslation();
  const name = useOperatorName();
  const known = operators.find((o) => o === value);
  return (
    <Select
      label={label}
      value={known ?? ""}
      placeholder={value === "" ? t("value.choose") : value}
      onChange={onChange}
      options={operators.map((o) => ({ value: o, label: name(o) }))}
    />
  );
}

/** What a condition compares with: a text with variables, a number or a variable of that type, yes or no, some of a few words. */
function ValueField({ condition: c, subject: s, scope, n, onChange }: { condition: Data; subject: Subject; scope: Scope; n: number; onChange: (part: Data) => void }) {
  const { t } = useTranslation();
  const label = t("cond.value", { n });
  const operator = text(c["comparison_operator"]);
  if (operator === "in" || operator === "not in") return <SomeOf label={label} attribute={s.key} value={c["value"]} onChange={(value) => onChange({ value })} />;
  if (s.type === "boolean" || s.type === "array[boolean]")
    return <Select label={label} value={String(c["value"] === true || c["value"] === "true")} onChange={(v) => onChange({ value: v === "true" })} options={yesNo} />;
  if (s.type === "number" || s.type === "integer") return <NumberValue label={label} condition={c} scope={scope} onChange={onChange} />;
  // A list of numbers is searched for the number itself: its text would never be found in it.
  if (s.type === "array[number]") return <NumberInput label={label} value={typeof c["value"] === "number" ? c["value"] : text(c["value"]) === "" ? null : Number(c["value"])} onChange={(v) => onChange({ value: v ?? "" })} />;
  return <TemplateEditor rows={1} scope={scope} label={label} placeholder={t("cond.valuePlaceholder")} value={typeof c["value"] === "number" ? String(c["value"]) : text(c["value"])} onChange={(value) => onChange({ value })} />;
}

/** A number is stored as its text, a variable as a reference, and beside it which of the two it is. */
function NumberValue({ label, condition: c, scope, onChange }: { label: string; condition: Data; scope: Scope; onChange: (part: Data) => void }) {
  const sole = soleReference(c["value"]);
  const variable = sole !== undefined || c["numberVarType"] === "variable";
  const accepts: readonly VarType[] = ["number"];
  return (
    <ValueOrVariable
      scope={scope}
      label={label}
      type="number"
      accepts={accepts}
      value={variable ? { kind: "variable", selector: sole ?? [] } : { kind: "constant", value: c["value"] }}
      onChange={(v) => onChange(v.kind === "variable" ? { numberVarType: "variable", value: v.selector.length > 0 ? reference(v.selector) : "" } : { numberVarType: "constant", value: v.value === undefined ? "" : String(v.value) })}
    />
  );
}

/** Some of the words that an attribute can be, or any words. */
export function SomeOf({ label, attribute, value, onChange }: { label: string; attribute: FileKey | undefined; value: unknown; onChange: (v: string[]) => void }) {
  const { t } = useTranslation();
  const choices = attribute ? choicesOfKey[attribute] : undefined;
  const now = texts(value);
  if (!choices) return <Input label={label} placeholder={t("cond.wordsPlaceholder")} value={now.length > 0 ? now.join(", ") : text(value)} onChange={(s) => onChange(s.split(/[,，]/).map((x) => x.trim()).filter((x) => x !== ""))} />;
  const names: { readonly [c: string]: string } = {
    image: t("fileType.image"), document: t("fileType.document"), audio: t("fileType.audio"), video: t("fileType.video"), custom: t("fileType.custom"), local_file: t("fileWay.local_file"), remote_url: t("fileWay.remote_url"),
  };
  return (
    <div role="group" aria-label={label} className="flex min-h-8 flex-wrap items-center gap-x-3 gap-y-0.5">
      {choices.map((v) => <Checkbox key={v} checked={now.includes(v)} onChange={(on) => onChange(choices.filter((x) => (x === v ? on : now.includes(x))))}>{names[v] ?? v}</Checkbox>)}
    </div>
  );
}

/** Conditions on the files of a list: which of their attributes, and how. */
function FileConditions({ condition: c, onChange }: { condition: Data; onChange: (c: Data) => void }) {
  const { t } = useTranslation();
  const subs = subConditions(c);
  const set = (part: Data): void => onChange({ ...c, sub_variable_condition: { ...rec(c["sub_variable_condition"]), ...part } });
  const setSubs = (conditions: readonly Data[]): void => set({ conditions });
  const put = (i: number, next: Data): void => setSubs(subs.map((s, j) => (j === i ? next : s)));
  return (
    <div className="ml-2 flex flex-col gap-1.5 border-l-2 border-accent-line pl-2">
      <p className="text-xs text-faint">{t("cond.filesText")}</p>
      {subs.map((s, i) => <SubRow key={text(s["id"]) || i} sub={s} n={i + 1} onChange={(next) => put(i, next)} onRemove={() => setSubs(subs.filter((_, j) => j !== i))} />)}
      <div className="flex flex-wrap items-center gap-1">
        <Button size="sm" variant="ghost" icon={Plus} onClick={() => setSubs([...subs, { id: newId(), key: "name", varType: "string", comparison_operator: "contains", value: "" }])}>{t("cond.addFile")}</Button>
        {subs.length > 1 && <span className="ml-auto"><LogicSwitch value={logicOf(rec(c["sub_variable_condition"])["logical_operator"])} onChange={(logical_operator) => set({ logical_operator })} /></span>}
      </div>
    </div>
  );
}

function SubRow({ sub: s, n, onChange, onRemove }: { sub: Data; n: number; onChange: (s: Data) => void; onRemove: () => void }) {
  const { t } = useTranslation();
  const key = fileKeyOf(s["key"]);
  const operator = text(s["comparison_operator"]);
  return (
    <AttributeRow
      n={n}
      attribute={key}
      onAttribute={(k) => onChange({ ...withOperator(s, { type: "string", key: k }, operatorsOfKey(k).find((o) => o === operator) ?? operatorsOfKey(k)[0] ?? "is"), key: k, varType: k === "size" ? "number" : "string" })}
      operator={<OperatorSelect label={t("cond.operator", { n })} value={operator} operators={key ? operatorsOfKey(key) : []} onChange={(o) => onChange(withOperator(s, { type: "string", key }, o))} />}
      value={
        !takesValue(operator) ? null : operator === "in" || operator === "not in" ? (
          <SomeOf label={t("cond.value", { n })} attribute={key} value={s["value"]} onChange={(value) => onChange({ ...s, value })} />
        ) : key === "size" ? (
          <NumberInput label={t("cond.value", { n })} suffix="B" value={text(s["value"]) === "" ? null : Number(s["value"])} onChange={(v) => onChange({ ...s, value: v === null ? "" : String(v) })} />
        ) : (
          <Input label={t("cond.value", { n })} value={text(s["value"])} onChange={(value) => onChange({ ...s, value })} />
        )
      }
      onRemove={onRemove}
    />
  );
}

/** A comparison of one attribute of a file. */
export function AttributeRow({ n, attribute, onAttribute, operator, value, onRemove }: { n: number; attribute: FileKey | undefined; onAttribute: (k: FileKey) => void; operator: ReactNode; value: ReactNode; onRemove: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex items-center gap-1">
        <div className="min-w-0 flex-1"><Select label={t("cond.attribute", { n })} value={attribute ?? ""} onChange={onAttribute} options={fileKeys.map((k) => ({ value: k, label: t(`fileKey.${k}`) }))} /></div>
        <div className="w-[136px] shrink-0">{operator}</div>
        <IconButton icon={X} size="sm" tip={false} label={t("cond.remove", { n })} onClick={onRemove} />
      </div>
      {value}
    </div>
  );
}
