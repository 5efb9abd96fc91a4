import { Plus, X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Condition, Filter } from "@/api/types";
import type { FieldOf } from "@/lib/search";
import { newCondition, operatorsOf, unary } from "@/lib/search";
import { Button, IconButton, Input, Segmented, Select } from "@/ui";

/** Shows the value of a condition in a way of its own; hint is what an empty one says. */
export type ValueField = (c: Condition, put: (v: string) => void, hint: string) => ReactNode;

/** The conditions of a metadata filter. */
export function FilterForm({ value, onChange, fields, valueField, narrow }: {
  value: Filter;
  onChange: (f: Filter) => void;
  fields: readonly FieldOf[];
  /** Absent: a plain input. */
  valueField?: ValueField;
  /** For a panel: values stand below. */
  narrow?: boolean;
}) {
  const { t } = useTranslation();
  const list = value.conditions ?? [];
  const put = (i: number, c: Condition): void => onChange({ ...value, conditions: list.map((x, j) => (j === i ? c : x)) });
  const first = fields[0];
  return (
    <div className="flex flex-col gap-2">
      {list.length > 1 && (
        <Segmented
          label={t("filter.logic")}
          value={value.logical_operator === "or" ? "or" : "and"}
          onChange={(o) => onChange({ ...value, logical_operator: o })}
          options={[{ value: "and", label: t("filter.and") }, { value: "or", label: t("filter.or") }]}
        />
      )}
      {list.map((c, i) => <Row key={i} value={c} fields={fields} valueField={valueField} narrow={narrow ?? false} onChange={(x) => put(i, x)} onRemove={() => onChange({ ...value, conditions: list.filter((_, j) => j !== i) })} />)}
      {first && <div><Button size="sm" variant="ghost" icon={Plus} onClick={() => onChange({ ...value, conditions: [...list, newCondition(first)] })}>{t("filter.add")}</Button></div>}
    </div>
  );
}

function Row({ value, onChange, onRemove, fields, valueField, narrow }: { value: Condition; onChange: (c: Condition) => void; onRemove: () => void; fields: readonly FieldOf[]; valueField: ValueField | undefined; narrow: boolean }) {
  const { t } = useTranslation();
  const field = fields.find((f) => f.name === value.name);
  const ops = operatorsOf(field?.type ?? "string");
  const text = typeof value.value === "string" || typeof value.value === "number" ? String(value.value) : "";
  const hint = value.comparison_operator.endsWith("in") ? t("filter.valueOf.in") : field?.type === "time" ? "2026-01-31" : "";
  const shown = unary(value.comparison_operator) ? null : valueField ? (
    valueField(value, (v) => onChange({ ...value, value: v }), hint)
  ) : (
    <Input label={t("filter.value")} value={text} onChange={(v) => onChange({ ...value, value: v })} placeholder={hint} />
  );
  const remove = <IconButton icon={X} size="sm" label={t("filter.remove")} onClick={onRemove} />;
  return narrow ? (
    <div className="flex items-start gap-1">
      <div className="grid min-w-0 flex-1 grid-cols-[1fr_112px] gap-1">
        <Select label={t("filter.field")} value={value.name} onChange={(name) => { const f = fields.find((x) => x.name === name); if (f) onChange(newCondition(f)); }} options={fields.map((f) => ({ value: f.name, label: f.name }))} />
        <Select label={t("filter.operator")} value={value.comparison_operator} onChange={(comparison_operator) => onChange({ ...value, comparison_operator })} options={ops.map((o) => ({ value: o, label: o }))} />
        {shown && <div className="col-span-2">{shown}</div>}
      </div>
      {remove}
    </div>
  ) : (
    <div className="flex flex-wrap items-center gap-1.5">
      <div className="w-40"><Select label={t("filter.field")} value={value.name} onChange={(name) => { const f = fields.find((x) => x.name === name); if (f) onChange(newCondition(f)); }} options={fields.map((f) => ({ value: f.name, label: f.name }))} /></div>
      <div className="w-36"><Select label={t("filter.operator")} value={value.comparison_operator} onChange={(comparison_operator) => onChange({ ...value, comparison_operator })} options={ops.map((o) => ({ value: o, label: o }))} /></div>
      {shown && <div className="min-w-32 flex-1">{shown}</div>}
      {remove}
    </div>
  );
}
