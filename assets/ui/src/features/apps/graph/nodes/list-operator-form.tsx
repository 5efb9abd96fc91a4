import { Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Scope } from "@/lib/scope";
import { findVar, readSelector } from "@/lib/scope";
import { SelectorField } from "@/parts/variables/selector-field";
import { TemplateEditor } from "@/parts/variables/template-editor";
import { Button, IconButton, NumberInput, Segmented, Select } from "@/ui";
import type { Data, FormProps } from "../node-view";
import { AttributeRow, OperatorSelect, SomeOf, yesNo } from "./condition-list";
import { fileKeyOf, fileKeys } from "./conditions";
import { Form, Part, SwitchPart } from "./form-parts";
import type { ItemType } from "./list-operator";
import { filterOperators, itemType, newFilter } from "./list-operator";
import { merged, number, rec, recs, text } from "./read";

export default function ListOperatorForm({ data, scope, set }: FormProps) {
  const { t } = useTranslation();
  const selector = readSelector(data["variable"]);
  const item = itemType(findVar(scope, selector)?.last.type, data);
  const order = rec(data["order_by"]);
  const limit = rec(data["limit"]);
  const extract = rec(data["extract_by"]);
  const filter = rec(data["filter_by"]);
  return (
    <Form>
      <Part title={t("listop.list")} hint={t("listop.listText")}>
        <SelectorField
          scope={scope}
          label={t("listop.list")}
          accepts={["array[string]", "array[number]", "array[file]", "array[boolean]"]}
          value={selector}
          onChange={(s, v) => {
            const next = itemType(v?.type, data);
            set({ variable: s, ...(v ? { var_type: v.type, item_var_type: next } : {}), ...(v && next !== item ? { filter_by: { enabled: filter["enabled"] === true, conditions: filter["enabled"] === true ? [newFilter(next)] : [] }, order_by: merged(order, { key: next === "file" ? "name" : "" }) } : {}) });
          }}
        />
      </Part>
      <SwitchPart title={t("listop.filter")} hint={t("listop.filterText")} on={filter["enabled"] === true} onChange={(enabled) => set({ filter_by: merged(filter, { enabled, conditions: enabled && recs(filter["conditions"]).length === 0 ? [newFilter(item)] : recs(filter["conditions"]) }) })}>
        <Filters item={item} conditions={recs(filter["conditions"])} scope={scope} onChange={(conditions) => set({ filter_by: merged(filter, { conditions }) })} />
      </SwitchPart>
      <SwitchPart title={t("listop.extract")} hint={t("listop.extractText")} on={extract["enabled"] === true} onChange={(enabled) => set({ extract_by: merged(extract, { enabled, serial: text(extract["serial"]) || "1" }) })}>
        <TemplateEditor rows={1} scope={scope} accepts={["number", "string"]} label={t("listop.serial")} value={text(extract["serial"])} onChange={(serial) => set({ extract_by: merged(extract, { serial }) })} />
      </SwitchPart>
      <SwitchPart title={t("listop.order")} on={order["enabled"] === true} onChange={(enabled) => set({ order_by: merged(order, { enabled, key: text(order["key"]) || (item === "file" ? "name" : ""), value: order["value"] === "desc" ? "desc" : "asc" }) })}>
        <div className="flex items-center gap-2">
          {item === "file" && <div className="min-w-0 flex-1"><Select label={t("listop.orderKey")} value={fileKeyOf(order["key"]) ?? ""} onChange={(key) => set({ order_by: merged(order, { key }) })} options={fileKeys.map((k) => ({ value: k, label: t(`fileKey.${k}`) }))} /></div>}
          <Segmented label={t("listop.order")} value={order["value"] === "desc" ? "desc" : "asc"} onChange={(value) => set({ order_by: merged(order, { value }) })} options={[{ value: "asc", label: t("listop.asc") }, { value: "desc", label: t("listop.desc") }]} />
        </div>
      </SwitchPart>
      <SwitchPart title={t("listop.limit")} hint={t("listop.limitText")} on={limit["enabled"] === true} onChange={(enabled) => set({ limit: merged(limit, { enabled, size: number(limit["size"]) ?? 10 }) })}>
        <NumberInput label={t("listop.limit")} min={1} max={10_000} value={number(limit["size"]) ?? null} onChange={(n) => n !== null && set({ limit: merged(limit, { size: Math.round(n) }) })} />
      </SwitchPart>
    </Form>
  );
}

function Filters({ item, conditions, scope, onChange }: { item: ItemType; conditions: readonly Data[]; scope: Scope; onChange: (c: Data[]) => void }) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-col gap-2">
      {conditions.map((c, i) => {
        const n = i + 1;
        const key = item === "file" ? fileKeyOf(c["key"]) : undefined;
        const operators = filterOperators(item, key);
        const operator = text(c["comparison_operator"]);
        const put = (part: Data): void => onChange(conditions.map((x, j) => (j === i ? { ...x, ...part } : x)));
        const remove = (): void => onChange(conditions.filter((_, j) => j !== i));
        const choose = <OperatorSelect label={t("cond.operator", { n })} value={operator} operators={operators} onChange={(o) => put({ comparison_operator: o, value: valueFor(item, key, o, c["value"]) })} />;
        const value = operator === "empty" || operator === "not empty" ? null : <FilterValue item={item} attribute={key} value={c["value"]} scope={scope} n={n} onChange={(v) => put({ value: v })} />;
        return (
          <div key={i} className="rounded border bg-surface p-1.5">
            {item === "file" ? (
              <AttributeRow
                n={n}
                attribute={key}
                onAttribute={(k) => {
                  const o = filterOperators(item, k).find((x) => x === operator) ?? filterOperators(item, k)[0] ?? "is";
                  put({ key: k, comparison_operator: o, value: valueFor(item, k, o, "") });
                }}
                operator={choose}
                value={value}
                onRemove={remove}
              />
            ) : (
              <div className="flex items-start gap-1">
                <div className="w-[136px] shrink-0">{choose}</div>
                <div className="min-w-0 flex-1">{value}</div>
                <IconButton icon={X} size="sm" tip={false} label={t("cond.remove", { n })} onClick={remove} />
              </div>
            )}
          </div>
        );
      })}
      <div><Button size="sm" variant="ghost" icon={Plus} onClick={() => onChange([...conditions, newFilter(item)])}>{t("cond.add")}</Button></div>
    </div>
  );
}

/** A value that the comparison takes: what stood there if it fits. */
function valueFor(item: ItemType, key: string | undefined, operator: string, v: unknown): unknown {
  if (operator === "empty" || operator === "not empty") return "";
  if (item === "boolean") return v !== false;
  if (key === "type" || key === "transfer_method") return Array.isArray(v) ? v : [];
  return typeof v === "string" ? v : "";
}

function FilterValue({ item, attribute, value, scope, n, onChange }: { item: ItemType; attribute: ReturnType<typeof fileKeyOf>; value: unknown; scope: Scope; n: number; onChange: (v: unknown) => void }) {
  const { t } = useTranslation();
  const label = t("cond.value", { n });
  if (item === "boolean") return <Select label={label} value={String(value === true || value === "true")} onChange={(v) => onChange(v === "true")} options={yesNo} />;
  if (attribute === "type" || attribute === "transfer_method") return <SomeOf label={label} attribute={attribute} value={value} onChange={onChange} />;
  return <TemplateEditor rows={1} scope={scope} accepts={item === "number" || attribute === "size" ? ["number", "string"] : undefined} label={label} value={text(value)} onChange={onChange} />;
}
