import { useTranslation } from "react-i18next";
import type { Form, Rules } from "@/lib/chunking";
import { forms, MAX_TOKENS, MIN_TOKENS } from "@/lib/chunking";
import { isSet, noModel } from "@/lib/settings";
import { ModelPicker } from "@/parts/model-picker";
import { Checkbox, Field, Input, NumberInput, Segmented } from "@/ui";
import { cx } from "@/ui/cx";

/** How documents are cut. */
export function ChunkingForm({ value, onChange }: { value: Rules; onChange: (r: Rules) => void }) {
  const { t } = useTranslation();
  const set = (p: Partial<Rules>): void => onChange({ ...value, ...p });
  return (
    <div className="flex flex-col gap-4">
      <div role="radiogroup" aria-label={t("wiz.chunking")} className="grid gap-2">
        {forms.map((f) => <FormCard key={f} form={f} on={value.form === f} onPick={() => set({ form: f })} />)}
      </div>
      <div className="flex flex-col gap-1">
        <span className="text-sm font-medium">{t("wiz.mode")}</span>
        <Segmented label={t("wiz.mode")} value={value.custom ? "custom" : "auto"} onChange={(m) => set({ custom: m === "custom" })} options={[{ value: "auto", label: t("wiz.auto") }, { value: "custom", label: t("wiz.custom") }]} />
        {!value.custom && <p className="text-xs text-faint">{t("wiz.autoText")}</p>}
      </div>
      {value.form === "hierarchical_model" && (
        <div className="flex flex-col gap-1">
          <span className="text-sm font-medium">{t("wiz.parent")}</span>
          <Segmented label={t("wiz.parent")} value={value.whole ? "full-doc" : "paragraph"} onChange={(m) => set({ whole: m === "full-doc" })} options={[{ value: "paragraph", label: t("wiz.parent.paragraph") }, { value: "full-doc", label: t("wiz.parent.full-doc") }]} />
        </div>
      )}
      {value.custom && (
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label={t("wiz.separator")}><Input mono value={value.separator} onChange={(separator) => set({ separator })} maxLength={100} /></Field>
          <Field label={t("wiz.max")}><NumberInput value={value.max} min={MIN_TOKENS} max={MAX_TOKENS} onChange={(n) => n !== null && set({ max: Math.round(n) })} /></Field>
          <Field label={t("wiz.overlap")}><NumberInput value={value.overlap} min={0} max={MAX_TOKENS / 2} onChange={(n) => n !== null && set({ overlap: Math.round(n) })} /></Field>
          {value.form === "hierarchical_model" && (
            <>
              <Field label={t("wiz.childSeparator")}><Input mono value={value.childSeparator} onChange={(childSeparator) => set({ childSeparator })} maxLength={100} /></Field>
              <Field label={t("wiz.childMax")}><NumberInput value={value.childMax} min={16} max={MAX_TOKENS} onChange={(n) => n !== null && set({ childMax: Math.round(n) })} /></Field>
            </>
          )}
        </div>
      )}
      {value.form === "qa_model" && (
        <Field label={t("wiz.qaModel")}><ModelPicker block kind="llm" label={t("wiz.qaModel")} none={t("wiz.qaDefault")} value={isSet(value.model) ? value.model : null} onChange={(m) => set({ model: m ?? noModel })} /></Field>
      )}
      <fieldset>
        <legend className="mb-1 text-sm font-medium">{t("wiz.clean")}</legend>
        <Checkbox checked={value.spaces} onChange={(spaces) => set({ spaces })}>{t("wiz.cleanSpaces")}</Checkbox>
        <Checkbox checked={value.addresses} onChange={(addresses) => set({ addresses })}>{t("wiz.cleanAddresses")}</Checkbox>
      </fieldset>
    </div>
  );
}

function FormCard({ form, on, onPick }: { form: Form; on: boolean; onPick: () => void }) {
  const { t } = useTranslation();
  return (
    <button type="button" role="radio" aria-checked={on} onClick={onPick} className={cx("rounded-md border px-3 py-2 text-left transition-colors hover:bg-hover", on ? "border-accent bg-accent-soft/40" : "bg-surface")}>
      <p className="font-medium">{t(`wiz.form.${form}`)}</p>
      <p className="text-xs text-faint">{t(`wiz.form.${form}Text`)}</p>
    </button>
  );
}
