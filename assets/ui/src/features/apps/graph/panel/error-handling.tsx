import { useTranslation } from "react-i18next";
import type { ScopeVar } from "@/lib/scope";
import { ConstantField } from "@/parts/variables/value-field";
import { Field, NumberInput, Select } from "@/ui";
import type { Data, NodeView } from "../node-view";
import { Part, SwitchPart } from "../nodes/form-parts";
import { defaultsOf, LONGEST_INTERVAL, MOST_RETRIES, retryOf, shown, strategies, strategyOf, withRetry, withStrategy, written } from "./handling";

/** Trying again, and what happens when that does not help. */
export function ErrorHandling({ data, outputs, handling, set }: { data: Data; outputs: readonly ScopeVar[]; handling: NodeView["handling"]; set: (part: Data) => void }) {
  return (
    <>
      {handling.retry && <RetryPart data={data} set={set} />}
      {handling.error && <ErrorPart data={data} outputs={outputs} set={set} />}
    </>
  );
}

function RetryPart({ data, set }: { data: Data; set: (part: Data) => void }) {
  const { t } = useTranslation();
  const r = retryOf(data);
  return (
    <SwitchPart title={t("panel.retry")} on={r.on} onChange={(on) => set(withRetry(data, { on }))}>
      <div className="grid grid-cols-2 gap-2">
        <Field label={t("panel.retryTimes")}><NumberInput min={1} max={MOST_RETRIES} value={r.times} onChange={(n) => n !== null && set(withRetry(data, { times: Math.round(n) }))} /></Field>
        <Field label={t("panel.retryInterval")}><NumberInput min={100} max={LONGEST_INTERVAL} suffix="ms" value={r.interval} onChange={(n) => n !== null && set(withRetry(data, { interval: Math.round(n) }))} /></Field>
      </div>
    </SwitchPart>
  );
}

function ErrorPart({ data, outputs, set }: { data: Data; outputs: readonly ScopeVar[]; set: (part: Data) => void }) {
  const { t } = useTranslation();
  const now = strategyOf(data);
  const rows = defaultsOf(data, outputs);
  return (
    <Part
      title={t("panel.errors")}
      hint={t(`panel.errors.${now}Text`)}
      aside={<Select compact label={t("panel.errors")} value={now} onChange={(s) => set(withStrategy(data, outputs, s))} options={strategies.map((s) => ({ value: s, label: t(`panel.errors.${s}`) }))} />}
    >
      {now === "default-value" && rows.length > 0 && (
        <div className="flex flex-col gap-2 rounded border p-2.5">
          {rows.map((r) => (
            <Field key={r.key} label={r.key} aside={<span className="text-xs text-faint">{r.type}</span>}>
              <ConstantField
                label={t("panel.defaultOf", { name: r.key })}
                type={r.type}
                value={shown(r)}
                onChange={(v) => set({ default_value: rows.map((x) => (x.key === r.key ? { ...x, value: written(r.type, v) } : x)) })}
              />
            </Field>
          ))}
        </div>
      )}
    </Part>
  );
}
