import { FileText, ListTree, MessagesSquare } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Form, Rules } from "@/lib/chunking";
import { childMost, forms, isWhole, MAX_TOKENS, MIN_CHILD, MIN_TOKENS } from "@/lib/chunking";
import { isSet, noModel } from "@/lib/settings";
import { ModelPicker } from "@/parts/model-picker";
import { Checkbox, Field, Input, NumberInput, Segmented, Select } from "@/ui";
import { cx } from "@/ui/cx";

const icons = { text_model: FileText, hierarchical_model: ListTree, qa_model: MessagesSquare } as const;
const languages = ["same", "Chinese", "English"] as const; // the two by the names that the model is told

/** How documents are cut. */
export function ChunkingForm({ value, onChange }: { value: Rules; onChange: (r: Rules) => void }) {
  const { t } = useTranslation();
  const set = (p: Partial<Rules>): void => onChange({ ...value, ...p });
  const parent = value.form === "hierarchical_model";
  return (
    <div className="flex flex-col gap-4">
      <div role="radiogroup" aria-label={t("wiz.chunking")} className="grid gap-2">
        {forms.map((f) => <FormCard key={f} form={f} on={value.form === f} onPick={() => set({ form: f })} onMove={(n) => set({ form: forms[(forms.indexOf(f) + n + forms.length) % forms.length] ?? f })} />)}
      </div>
      {value.form === "qa_model" && (
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label={t("wiz.qaModel")}><ModelPicker block kind="llm" label={t("wiz.qaModel")} none={t("wiz.qaDefault")} value={isSet(value.model) ? value.model : null} onChange={(m) => set({ model: m ?? noModel })} /></Field>
          <Field label={t("wiz.qaLanguage")}>
            <Select
              value={value.language || "same"}
              onChange={(l) => set({ language: l === "same" ? "" : l })}
              options={[...languages.map((l) => ({ value: String(l), label: t(`wiz.lang.${l}`) })), ...(value.language === "" || languages.some((l) => l === value.language) ? [] : [{ value: value.language, label: value.language }])]}
            />
          </Field>
        </div>
      )}
      <div className="flex flex-col gap-1">
        <span className="text-sm font-medium">{t("wiz.mode")}</span>
        <Segmented label={t("wiz.mode")} value={value.custom ? "custom" : "auto"} onChange={(m) => set({ custom: m === "custom" })} options={[{ value: "auto", label: t("wiz.auto") }, { value: "custom", label: t("wiz.custom") }]} />
        <p className="text-xs text-faint">{t(value.custom ? "wiz.customText" : "wiz.autoText")}</p>
      </div>
      {value.custom && parent && (
        <div className="flex flex-col gap-1">
          <span className="text-sm font-medium">{t("wiz.parent")}</span>
          <Segmented label={t("wiz.parent")} value={value.whole ? "full-doc" : "paragraph"} onChange={(m) => set({ whole: m === "full-doc" })} options={[{ value: "paragraph", label: t("wiz.parent.paragraph") }, { value: "full-doc", label: t("wiz.parent.full-doc") }]} />
          {value.whole && <p className="text-xs text-faint">{t("wiz.wholeText")}</p>}
        </div>
      )}
      {value.custom && (
        <div className="grid gap-3 sm:grid-cols-3">
          {!isWhole(value) && (
            <>
              <Field label={t("wiz.separator")}><Input mono value={value.separator} onChange={(separator) => set({ separator })} maxLength={100} /></Field>
              <Field label={t("wiz.max")}><NumberInput value={value.max} min={MIN_TOKENS} max={MAX_TOKENS} onChange={(n) => n !== null && set({ max: Math.round(n) })} /></Field>
              <Field label={t("wiz.overlap")}><NumberInput value={value.overlap} min={0} max={Math.floor(value.max / 2)} onChange={(n) => n !== null && set({ overlap: Math.round(n) })} /></Field>
            </>
          )}
          {parent && (
            <>
              <Field label={t("wiz.childSeparator")}><Input mono value={value.childSeparator} onChange={(childSeparator) => set({ childSeparator })} maxLength={100} /></Field>
              <Field label={t("wiz.childMax")}><NumberInput value={value.childMax} min={MIN_CHILD} max={childMost(value)} onChange={(n) => n !== null && set({ childMax: Math.round(n) })} /></Field>
            </>
          )}
        </div>
      )}
      <fieldset>
        <legend className="mb-1 text-sm font-medium">{t("wiz.clean")}</legend>
        <Checkbox checked={value.spaces} onChange={(spaces) => set({ spaces })}>{t("wiz.cleanSpaces")}</Checkbox>
        <Checkbox checked={value.addresses} onChange={(addresses) => set({ addresses })}>{t("wiz.cleanAddresses")}</Checkbox>
      </fieldset>
    </div>
  );
}

/** One of the forms. The arrows go to the next, as in any group of radio buttons. */
function FormCard({ form, on, onPick, onMove }: { form: Form; on: boolean; onPick: () => void; onMove: (n: 1 | -1) => void }) {
  const { t } = useTranslation();
  const Icon = icons[form];
  return (
    <button
      type="button"
      role="radio"
      aria-checked={on}
      tabIndex={on ? 0 : -1}
      onClick={onPick}
      onKeyDown={(e) => {
        const n = e.key === "ArrowDown" || e.key === "ArrowRight" ? 1 : e.key === "ArrowUp" || e.key === "ArrowLeft" ? -1 : 0;
        if (n === 0) return;
        e.preventDefault();
        const all = [...(e.currentTarget.parentElement?.querySelectorAll("[role=radio]") ?? [])];
        const next = all[(all.indexOf(e.currentTarget) + n + all.length) % all.length];
        if (next instanceof HTMLElement) next.focus();
        onMove(n);
      }}
      className={cx("flex items-start gap-3 rounded-md border px-3 py-2 text-left transition-colors hover:bg-hover", on ? "border-accent bg-accent-soft/40" : "bg-surface")}
    >
      <Icon size={16} aria-hidden className={cx("mt-0.5 shrink-0", on ? "text-accent-text" : "text-faint")} />
      <span className="min-w-0">
        <span className="block font-medium">{t(`wiz.form.${form}`)}</span>
        <span className="block text-xs text-muted">{t(`wiz.form.${form}Text`)}</span>
      </span>
    </button>
  );
}
