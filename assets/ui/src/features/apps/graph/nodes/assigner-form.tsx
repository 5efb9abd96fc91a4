import { ArrowUpFromLine } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Scope, VarType } from "@/lib/scope";
import { findVar, readSelector } from "@/lib/scope";
import { RowList } from "@/parts/variables/row-list";
import { SelectorField } from "@/parts/variables/selector-field";
import { ConstantField } from "@/parts/variables/value-field";
import type { TextKey } from "@/text";
import { Button, Callout, Select } from "@/ui";
import { parentsOf } from "../doc";
import type { Data, FormProps } from "../node-view";
import { useGraph } from "../store";
import type { Operation } from "./assigner";
import { inputOf, inputTypes, isOld, itemsOf, operationOf, operationsOf, targetsIn, withOperation } from "./assigner";
import { Form, Part } from "./form-parts";

const words = {
  "over-write": "assign.op.overwrite", set: "assign.op.set", clear: "assign.op.clear", "+=": "assign.op.add", "-=": "assign.op.subtract", "*=": "assign.op.multiply", "/=": "assign.op.divide",
  append: "assign.op.append", extend: "assign.op.extend", "remove-first": "assign.op.removeFirst", "remove-last": "assign.op.removeLast",
} as const satisfies Record<Operation, TextKey>;

const blank: Data = { variable_selector: [], input_type: "variable", operation: "over-write", value: [] };

export default function AssignerForm({ node, data, scope, set }: FormProps) {
  const { t } = useTranslation();
  const doc = useGraph((s) => s.doc);
  const targets = targetsIn(scope, parentsOf(doc, node).map((p) => p.id));
  const old = isOld(data);
  const items = itemsOf(data);
  const put = (next: readonly Data[]): void => set({ version: "2", items: next, ...(old ? { assigned_variable_selector: undefined, write_mode: undefined, input_variable_selector: undefined } : {}) });
  if (old) return <OldForm data={data} scope={scope} targets={targets} set={set} onConvert={() => put(items)} />;
  return (
    <Form>
      <Part title={t("assign.items")} hint={t("assign.itemsText")}>
        {targets.length === 0 && items.length === 0 && <Callout>{t("assign.noTargets")}</Callout>}
        <RowList roomy rows={items} onChange={put} label={t("assign.items")} add={t("assign.add")} blank={() => blank} nameOf={(item, i) => readSelector(item["variable_selector"]).at(-1) ?? String(i + 1)}>
          {(item, change, i) => <Item item={item} n={i + 1} targets={targets} scope={scope} onChange={change} />}
        </RowList>
      </Part>
    </Form>
  );
}

function Item({ item, n, targets, scope, onChange }: { item: Data; n: number; targets: Scope; scope: Scope; onChange: (item: Data) => void }) {
  const { t } = useTranslation();
  const selector = readSelector(item["variable_selector"]);
  const type: VarType = (findVar(targets, selector) ?? findVar(scope, selector))?.last.type ?? "any";
  const offered = operationsOf(type);
  const operation = operationOf(item["operation"]);
  const input = operation ? inputOf(operation) : "none";
  return (
    <div className="flex flex-col gap-1 rounded border bg-surface p-1.5">
      <SelectorField
        scope={targets}
        label={t("assign.target", { n })}
        placeholder={t("assign.choose")}
        value={selector}
        onChange={(s, v) => {
          const next: Data = { ...item, variable_selector: s };
          const ops = operationsOf(v?.type ?? "any");
          onChange(v && v.type !== type ? withOperation({ ...next, operation: "" }, ops.find((o) => o === operation) ?? ops[0] ?? "over-write", v.type) : next);
        }}
      />
      <div className="flex items-start gap-1">
        <div className="w-[116px] shrink-0">
          <Select label={t("assign.operation", { n })} value={operation ?? ""} onChange={(o) => onChange(withOperation(item, o, type))} options={[...offered, ...(operation && !offered.includes(operation) ? [operation] : [])].map((o) => ({ value: o, label: t(words[o]) }))} />
        </div>
        <div className="min-w-0 flex-1">
          {operation && input === "variable" && <SelectorField scope={scope} label={t("assign.value", { n })} placeholder={t("assign.chooseValue")} accepts={inputTypes(operation, type)} value={readSelector(item["value"])} onChange={(value) => onChange({ ...item, input_type: "variable", value })} />}
          {operation && input === "constant" && <ConstantField label={t("assign.value", { n })} type={type === "any" || type === "secret" ? "string" : type} value={constant(type, item["value"])} onChange={(v) => onChange({ ...item, input_type: "constant", value: v ?? (type === "number" || type === "integer" ? 0 : type === "object" ? {} : "") })} />}
        </div>
      </div>
    </div>
  );
}

/** An object may stand in the file as its JSON. */
function constant(type: VarType, v: unknown): unknown {
  if (type !== "object" || typeof v !== "string") return v;
  try {
    return JSON.parse(v);
  } catch {
    return v;
  }
}

/** A node of an old file: it does one thing, and can be made one that does several. */
function OldForm({ data, scope, targets, set, onConvert }: Pick<FormProps, "data" | "scope" | "set"> & { targets: Scope; onConvert: () => void }) {
  const { t } = useTranslation();
  const mode = operationOf(data["write_mode"]) ?? "over-write";
  return (
    <Form>
      <Part title={t("assign.items")} hint={t("assign.oldText")} aside={<Button size="sm" variant="ghost" icon={ArrowUpFromLine} onClick={onConvert}>{t("assign.convert")}</Button>}>
        <div className="flex flex-col gap-1 rounded border bg-surface p-1.5">
          <SelectorField scope={targets} label={t("assign.target", { n: 1 })} value={readSelector(data["assigned_variable_selector"])} onChange={(s) => set({ assigned_variable_selector: s })} />
          <div className="flex items-start gap-1">
            <div className="w-[116px] shrink-0"><Select label={t("assign.operation", { n: 1 })} value={mode} onChange={(write_mode) => set({ write_mode })} options={(["over-write", "append", "clear"] as const).map((o) => ({ value: o, label: t(words[o]) }))} /></div>
            {mode !== "clear" && <div className="min-w-0 flex-1"><SelectorField scope={scope} label={t("assign.value", { n: 1 })} value={readSelector(data["input_variable_selector"])} onChange={(s) => set({ input_variable_selector: s })} /></div>}
          </div>
        </div>
      </Part>
    </Form>
  );
}
