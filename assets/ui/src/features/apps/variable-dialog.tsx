import { Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Variable } from "@/api/types";
import type { Kind } from "@/lib/variables";
import { kindOf, kinds, nameProblem, TEXT_MAX } from "@/lib/variables";
import { Button, Callout, Dialog, Field, IconButton, Input, NumberInput, Select, Switch, Textarea } from "@/ui";
import { variableProblems } from "./variable-rules";

/** Makes or changes one variable. */
export function VariableDialog({ first, others, fresh, onSave, onClose }: {
  first: Variable;
  others: string[];
  fresh: boolean;
  onSave: (v: Variable) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [v, setV] = useState<Variable>(first);
  const [tried, setTried] = useState(false);
  const set = (part: Partial<Variable>): void => setV({ ...v, ...part });
  const kind = kindOf(v);
  const wrongName = nameProblem(v.name, others);
  const problems = variableProblems(v);
  const options = v.options ?? [];

  return (
    <Dialog
      open
      sticky
      onClose={onClose}
      title={fresh ? t("var.addTitle") : t("var.editTitle")}
      onSubmit={() => {
        setTried(true);
        if (wrongName || problems.length > 0) return;
        onSave({ ...v, label: v.label.trim() || v.name, ...(kind === "select" ? { options: options.map((o) => o.trim()).filter(Boolean) } : {}) });
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
            <Select<Kind>
              value={kind}
              onChange={(k) => {
                const { default: _default, options: _options, max_length: _max, ...rest } = v;
                setV({ ...rest, kind: k, ...(k === "select" ? { options: ["", ""] } : {}) });
              }}
              options={kinds.map((k) => ({ value: k, label: t(`var.kind.${k}`), hint: t(`var.kindText.${k}`) }))}
            />
          </Field>
          <Field label={t("var.name")} hint={t("var.nameHint", { ref: `{{${v.name || "name"}}}` })} error={tried && wrongName ? t(wrongName) : undefined}>
            <Input value={v.name} onChange={(name) => set({ name: name.trim(), ...(v.label === v.name ? { label: name.trim() } : {}) })} mono autoFocus={fresh && first.name === ""} maxLength={100} />
          </Field>
        </div>
        <Field label={t("var.label")} hint={t("var.labelHint")}>
          <Input value={v.label} onChange={(label) => set({ label })} maxLength={80} />
        </Field>
        {kind === "select" && (
          <Field label={t("var.options")} error={tried && problems.includes("var.optionsFew") ? t("var.optionsFew") : undefined}>
            <div className="flex flex-col gap-1.5">
              {options.map((o, i) => (
                <div key={i} className="flex gap-1.5">
                  <div className="flex-1"><Input value={o} label={t("var.option", { n: i + 1 })} onChange={(x) => set({ options: options.map((y, j) => (j === i ? x : y)) })} /></div>
                  <IconButton icon={X} label={t("var.optionRemove", { n: i + 1 })} onClick={() => set({ options: options.filter((_, j) => j !== i) })} />
                </div>
              ))}
              <div><Button size="sm" icon={Plus} variant="ghost" onClick={() => set({ options: [...options, ""] })}>{t("var.optionAdd")}</Button></div>
            </div>
          </Field>
        )}
        <div className="grid gap-4 sm:grid-cols-2">
          <DefaultField v={v} onChange={(x) => (x === undefined || x === "" ? setV(noDefault(v)) : set({ default: x }))} />
          {(kind === "text" || kind === "paragraph") && (
            <Field label={t("var.maxLength")} hint={t(kind === "text" ? "var.maxText" : "var.maxParagraph", { count: TEXT_MAX })}>
              <NumberInput value={v.max_length || null} min={1} max={kind === "text" ? TEXT_MAX : 100000} onChange={(n) => set({ max_length: n ?? 0 })} />
            </Field>
          )}
        </div>
        <Field label={t("var.help")} hint={t("var.helpHint")} optional>
          <Input value={v.help ?? ""} onChange={(help) => set({ help })} maxLength={200} />
        </Field>
        {kind !== "checkbox" && (
          <Field inline label={t("var.required")} hint={t("var.requiredHint")}>
            <Switch checked={v.required} onChange={(required) => set({ required })} />
          </Field>
        )}
        <Field inline label={t("var.hidden")} hint={t("var.hiddenHint")}>
          <Switch checked={v.hidden ?? false} onChange={(hidden) => set({ hidden })} />
        </Field>
        {problems.includes("var.hiddenRequired") && <Callout tone="warn">{t("var.hiddenRequired")}</Callout>}
        {tried && problems.includes("var.defaultLong") && <Callout tone="danger">{t("var.defaultLong")}</Callout>}
      </div>
    </Dialog>
  );
}

function noDefault(v: Variable): Variable {
  const { default: _default, ...rest } = v;
  return rest;
}

function DefaultField({ v, onChange }: { v: Variable; onChange: (x: unknown) => void }) {
  const { t } = useTranslation();
  const text = typeof v.default === "string" ? v.default : "";
  switch (kindOf(v)) {
    case "checkbox":
      return (
        <Field inline label={t("var.checked")}>
          <Switch checked={v.default === true} onChange={onChange} />
        </Field>
      );
    case "number":
      return (
        <Field label={t("kit.default")} optional>
          <NumberInput value={typeof v.default === "number" ? v.default : null} onChange={(n) => onChange(n ?? undefined)} />
        </Field>
      );
    case "select": {
      const options = [...new Set((v.options ?? []).filter((o) => o.trim() !== ""))];
      return (
        <Field label={t("kit.default")} optional>
          <Select value={options.includes(text) ? text : "\u0000"} onChange={(x) => onChange(x === "\u0000" ? undefined : x)} options={[{ value: "\u0000", label: t("kit.none") }, ...options.map((o) => ({ value: o, label: o }))]} />
        </Field>
      );
    }
    case "paragraph":
      return (
        <Field label={t("kit.default")} optional>
          <Textarea value={text} onChange={onChange} rows={2} />
        </Field>
      );
    default:
      return (
        <Field label={t("kit.default")} optional>
          <Input value={text} onChange={onChange} />
        </Field>
      );
  }
}
