import { createContext, useContext, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Checkbox, Field, Input, NumberInput, Select, Textarea } from "@/ui";
import type { Quick, QuickField } from "./quick";
import { formMessage } from "./quick";

/** Sends what a button or form of an answer says; null where nothing can be sent (an older answer, a log). */
export const QuickReply = createContext<((message: string) => void) | null>(null);

export function QuickView({ quick }: { quick: Quick }) {
  const send = useContext(QuickReply);
  if (quick.kind === "button") return <span className="mr-2 inline-block py-1"><Button size="sm" disabled={!send} onClick={() => send?.(quick.message)}>{quick.text}</Button></span>;
  return <QuickForm form={quick} send={send} />;
}

function QuickForm({ form, send }: { form: Extract<Quick, { kind: "form" }>; send: ((message: string) => void) | null }) {
  const { t } = useTranslation();
  const [values, setValues] = useState<{ [name: string]: string }>(() => Object.fromEntries(form.fields.map((f) => [f.name, f.first])));
  const [tried, setTried] = useState(false);
  const empty = (f: QuickField): boolean => f.required && f.kind !== "checkbox" && (values[f.name] ?? "").trim() === "";
  return (
    <form
      noValidate
      className="my-3 flex max-w-md flex-col gap-3 rounded-lg border bg-surface p-4"
      onSubmit={(e) => {
        e.preventDefault();
        setTried(true);
        if (!form.fields.some(empty)) send?.(formMessage(form, values));
      }}
    >
      {form.fields.filter((f) => f.kind !== "hidden").map((f) => (
        <Control key={f.name} f={f} value={values[f.name] ?? ""} error={tried && empty(f) ? t("inputs.required") : undefined} onChange={(v) => setValues((all) => ({ ...all, [f.name]: v }))} />
      ))}
      <div><Button type="submit" variant="primary" disabled={!send}>{form.submit || t("chat.send")}</Button></div>
    </form>
  );
}

function Control({ f, value, error, onChange }: { f: QuickField; value: string; error: string | undefined; onChange: (v: string) => void }) {
  if (f.kind === "checkbox") return <Checkbox checked={value === "true"} onChange={(on) => onChange(on ? "true" : "")}>{f.label}</Checkbox>;
  const options = f.options.filter((o) => o !== "");
  return (
    <Field label={f.label} error={error}>
      {f.kind === "select" ? (
        <Select value={options.includes(value) ? value : ""} onChange={onChange} options={options.map((o) => ({ value: o, label: o }))} placeholder={f.placeholder} />
      ) : f.kind === "paragraph" ? (
        <Textarea value={value} onChange={onChange} placeholder={f.placeholder} />
      ) : f.kind === "number" ? (
        <NumberInput value={value === "" ? null : Number(value)} onChange={(n) => onChange(n === null ? "" : String(n))} placeholder={f.placeholder} />
      ) : (
        <Input value={value} onChange={onChange} placeholder={f.placeholder || (f.kind === "date" ? "2026-01-31" : f.kind === "time" ? "09:30" : "")} />
      )}
    </Field>
  );
}
