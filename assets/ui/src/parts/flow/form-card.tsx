import { CircleCheck, Clock, Hourglass, UserPen } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { forms } from "@/api/site";
import type { FormAction, FormField } from "@/api/types";
import { useCommand } from "@/api/use";
import type { FieldProblem, Values } from "@/lib/fields";
import { brief, fieldProblems, firstValues, ofForm, toSend } from "@/lib/fields";
import { formParts } from "@/lib/form-content";
import { exactTime, relativeTime } from "@/lib/format";
import { FieldRow } from "@/parts/fields/fields-form";
import { Markdown } from "@/parts/markdown/markdown";
import type { ButtonVariant } from "@/ui";
import { Button, ErrorNote, Tooltip } from "@/ui";

/** What a form needs to be shown; that of a run and that behind a link both have it. */
export interface Asked {
  node_title: string;
  form_content: string;
  inputs: FormField[] | null;
  actions: FormAction[] | null;
  status: string;
  action_id: string;
  expires_at: string;
  values?: { [k: string]: unknown } | null;
}

const looks: { [style: string]: ButtonVariant } = { primary: "primary", default: "default", accent: "soft", ghost: "ghost" };

/** A form that a run waits for: filled in here, or shown as it was answered. */
export function FormCard({ form, token, onAnswered, bare, preview }: { form: Asked; token: string; onAnswered?: () => void; bare?: boolean; /** To be looked at and tried; it goes nowhere. */ preview?: boolean }) {
  const { t, i18n } = useTranslation();
  const fields = useMemo(() => (form.inputs ?? []).map(ofForm), [form.inputs]);
  const [values, setValues] = useState<Values>(() => firstValues(fields));
  const [problems, setProblems] = useState<{ [name: string]: FieldProblem }>({});
  const [pressed, press] = useState("");
  const answer = useCommand((action: string) => forms.answer(token, { action, inputs: toSend(fields, values, true) }), [], () => onAnswered?.());
  const door = useMemo(() => ({ upload: forms.upload(token) }), [token]);
  const status = answer.data?.status ?? form.status;
  const action = answer.data?.action_id || form.action_id;
  const open = status === "waiting" && token !== "";
  const chosen = (form.actions ?? []).find((a) => a.id === action)?.title ?? action;
  const shown = form.values ?? values;

  const submit = (id: string): void => {
    const wrong = fieldProblems(fields, values);
    setProblems(wrong);
    if (Object.keys(wrong).length > 0 || preview) return;
    press(id);
    answer.mutate(id);
  };
  return (
    <section aria-label={form.node_title} className={bare ? "" : `rounded-lg border bg-surface ${status === "waiting" ? "border-warn-line" : ""}`}>
      {!bare && (
        <header className={`flex min-h-9 flex-wrap items-center gap-x-2 gap-y-0.5 rounded-t-lg border-b px-3 py-1.5 text-sm ${status === "waiting" ? "border-warn-line bg-warn-soft text-warn-text" : "bg-sunken/60 text-muted"}`}>
          <UserPen size={15} aria-hidden className="shrink-0" />
          <span className="min-w-0 flex-1 truncate font-medium" title={form.node_title}>{form.node_title}</span>
          {status === "waiting" && (
            <Tooltip text={exactTime(form.expires_at, i18n.language)}>
              <span className="flex items-center gap-1 text-xs"><Clock size={12} aria-hidden />{t("ask.until", { when: relativeTime(form.expires_at, i18n.language) })}</span>
            </Tooltip>
          )}
        </header>
      )}
      <div className={bare ? "flex flex-col gap-4" : "flex flex-col gap-3 p-3"}>
        {status === "waiting" && token === "" ? (
          <p className="flex items-center gap-2 text-sm text-muted"><Hourglass size={15} aria-hidden />{t("ask.elsewhere")}</p>
        ) : (
          formParts(form.form_content, fields.map((f) => f.name)).map((p, i) => {
            if ("text" in p) return <div key={i} className="text-sm"><Markdown text={p.text} /></div>;
            const field = fields.find((f) => f.name === p.field);
            if (!field) return null;
            if (!open) return <dl key={i} className="text-sm"><dt className="text-xs text-faint">{field.label}</dt><dd className="whitespace-pre-wrap [overflow-wrap:anywhere]">{brief(shown[field.name])}</dd></dl>;
            return <FieldRow key={i} field={field} value={values[field.name]} problem={problems[field.name]} door={door} disabled={answer.isPending} onChange={(x) => setValues((v) => ({ ...v, [field.name]: x }))} />;
          })
        )}
        <ErrorNote error={answer.error} />
        {open && (
          <div className="flex flex-wrap gap-2">
            {(form.actions ?? []).map((a) => (
              <Button key={a.id} variant={looks[a.button_style] ?? "default"} busy={answer.isPending && pressed === a.id} disabled={answer.isPending} onClick={() => submit(a.id)}>{a.title || a.id}</Button>
            ))}
          </div>
        )}
        {status === "submitted" && <p className="flex items-center gap-1.5 text-sm text-ok-text"><CircleCheck size={15} aria-hidden />{chosen ? t("ask.answered", { action: chosen }) : t("ask.done")}</p>}
        {status === "expired" && <p className="flex items-center gap-1.5 text-sm text-muted"><Clock size={15} aria-hidden />{t("ask.expired")}</p>}
      </div>
    </section>
  );
}
