import { Play, Sparkles, Square } from "lucide-react";
import type { ReactNode } from "react";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChatDoor } from "@/api/console";
import type { Attachment, FileInput, Message } from "@/api/types";
import type { Field, FieldProblem, Values } from "@/lib/fields";
import { fieldProblems, firstValues, toSend } from "@/lib/fields";
import { FieldsForm } from "@/parts/fields/fields-form";
import { Button, EmptyState } from "@/ui";
import { AnswerView } from "./message";
import type { StepsLook } from "./message";
import type { Chat, Verbs } from "./use-chat";

const FILES = "sys.files"; // no variable can have this name

/** A form and its one answer: an app of the type "completion". Each further answer is another version of the first. */
export function CompletionPane({ chat, door, fields, first, files, onLog, steps, intro, side, below }: {
  chat: Chat;
  door: ChatDoor;
  fields: Field[];
  /** What the form starts with beside its defaults. */
  first?: Values;
  files: FileInput;
  onLog?: (m: Message) => void;
  steps?: StepsLook | undefined;
  intro?: ReactNode;
  /** The result beside the form where there is room; else under it. */
  side?: boolean;
  /** What stands under an answer that came to its end. */
  below?: (m: Message) => ReactNode;
}) {
  const { t } = useTranslation();
  const all = useMemo((): Field[] => {
    if (!files.enabled) return fields;
    return [...fields, { name: FILES, label: t("completion.files"), kind: "files", required: false, files: { ...files, kinds: files.kinds ?? [], methods: files.methods ?? [], max: files.max || 3 } }];
  }, [fields, files, t]);
  const [typed, setTyped] = useState<Values | null>(null);
  const [problems, setProblems] = useState<{ [name: string]: FieldProblem }>({});
  const result = useRef<HTMLElement>(null);
  const step = chat.steps[chat.steps.length - 1];
  const shown: Values = { ...firstValues(all), ...first, ...(typed ?? step?.turn.message.inputs) };
  const send = (inputs: Values, list: Attachment[]): void => {
    chat.verbs.send("", inputs, list);
    result.current?.scrollIntoView({ behavior: "smooth", block: "nearest" });
  };
  const go = (): void => {
    const wrong = fieldProblems(all, shown);
    setProblems(wrong);
    if (Object.keys(wrong).length > 0) return;
    const { [FILES]: list, ...rest } = shown;
    send(toSend(fields, rest), Array.isArray(list) ? list.filter((x: unknown): x is Attachment => typeof x === "object" && x !== null && "kind" in x) : []);
  };
  const verbs = useMemo((): Verbs => ({ ...chat.verbs, regenerate: (m) => chat.verbs.send("", m.inputs ?? {}, m.files ?? []) }), [chat.verbs]);

  return (
    <div className={side ? "grid items-start gap-6 lg:grid-cols-[minmax(300px,380px)_1fr]" : "flex flex-col gap-5"}>
      <form
        noValidate
        aria-label={t("run.form")}
        onSubmit={(e) => {
          e.preventDefault();
          if (!chat.busy) go();
        }}
        className={side ? "flex flex-col gap-4 rounded-lg border bg-surface p-4" : "flex flex-col gap-4"}
      >
        {intro}
        <FieldsForm fields={all} values={shown} problems={problems} door={door} onChange={(f) => setTyped((v) => f(v ?? shown))} />
        <div className="flex gap-2">
          {chat.busy ? <Button size="lg" icon={Square} block onClick={chat.stop}>{t("chat.stop")}</Button> : <Button type="submit" variant="primary" size="lg" icon={Play} block>{t("completion.go")}</Button>}
        </div>
      </form>
      <section ref={result} aria-label={t("result.title")} aria-live="off" className="min-w-0 rounded-lg border bg-surface p-4">
        {step ? (
          <><AnswerView step={step} live={step.turn.message.id === chat.thread.live} busy={chat.busy} last door={door} verbs={verbs} icon={null} onLog={onLog} steps={steps} />{below && !chat.busy && step.turn.message.status === "succeeded" && below(step.turn.message)}</>
        ) : (
          <EmptyState compact icon={Sparkles} title={t("completion.empty")}>{t("completion.emptyText")}</EmptyState>
        )}
      </section>
    </div>
  );
}
