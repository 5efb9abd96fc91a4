import { BookmarkCheck, BookmarkPlus, ChevronLeft, ChevronRight, FileClock, Pencil, RotateCw, ThumbsDown, ThumbsUp } from "lucide-react";
import type { ReactNode } from "react";
import { memo, useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChatDoor } from "@/api/console";
import type { Message } from "@/api/types";
import { count, seconds } from "@/lib/format";
import { Markdown } from "@/parts/markdown/markdown";
import { QuickReply } from "@/parts/markdown/quick-view";
import { sayText } from "@/text/say";
import { Button, CopyIcon, ErrorNote, IconButton, Popover, Textarea, Tooltip } from "@/ui";
import { asApiError } from "@/api/client";
import type { ApiError } from "@/api/client";
import { useSentence } from "@/ui/state";
import { FormCard } from "@/parts/flow/form-card";
import { Steps, Thoughts } from "@/parts/flow/steps";
import { answeredFrom } from "./annotated";
import { SentFiles } from "./files";
import { ReadAloud } from "./voice";
import { sends } from "./keys";
import { Sources } from "./sources";
import type { Step } from "./thread";
import { PENDING } from "./thread";
import type { Verbs } from "./use-chat";

export interface MessageProps {
  step: Step;
  live: boolean;
  /** Another answer is on its way: nothing may be started now. */
  busy: boolean;
  last: boolean;
  door: ChatDoor;
  verbs: Verbs;
  icon: ReactNode;
  /** Opens the prompt log; only where there is one. */
  onLog?: ((m: Message) => void) | undefined;
  /** Makes an annotation of an answer; only in the studio. */
  onAnnotate?: ((m: Message) => void) | undefined;
  /** Shows what the nodes of the graph did: that they worked, or with their data. */
  steps?: StepsLook | undefined;
}

export type StepsLook = "titles" | "data";

/** One question with its answer. Memoised: while an answer streams, only its own turn is rendered again. */
export const MessageView = memo(function MessageView(p: MessageProps) {
  const { t } = useTranslation();
  const m = p.step.turn.message;
  const [editing, setEditing] = useState(false);
  return (
    <article aria-label={t("chat.turn")} className="group/turn py-3">
      <div className="flex flex-col items-end">
        <SentFiles files={m.files ?? []} door={p.door} />
        {editing ? (
          <Editor
            text={m.query}
            onCancel={() => setEditing(false)}
            onSend={(q) => {
              setEditing(false);
              p.verbs.resend(m, q);
            }}
          />
        ) : (
          <>
            <div className="max-w-[85%] rounded-lg rounded-br-sm bg-chip px-3.5 py-2 leading-6 whitespace-pre-wrap [overflow-wrap:anywhere]">{m.query}</div>
            <div className="mt-0.5 flex h-7 items-center opacity-0 transition-opacity group-focus-within/turn:opacity-100 group-hover/turn:opacity-100 pointer-coarse:opacity-100">
              <CopyIcon text={m.query} label={t("chat.copyQuestion")} />
              <IconButton icon={Pencil} size="sm" label={t("chat.edit")} disabled={p.busy || m.id === PENDING} onClick={() => setEditing(true)} />
            </div>
          </>
        )}
      </div>
      <div className="mt-1 flex gap-3">
        <div className="mt-0.5 max-md:hidden">{p.icon}</div>
        <div className="min-w-0 flex-1">
          <Answer {...p} m={m} />
        </div>
      </div>
    </article>
  );
}, same);

function same(a: MessageProps, b: MessageProps): boolean {
  const steps = a.step.turn === b.step.turn && a.step.parent === b.step.parent && a.step.siblings.join() === b.step.siblings.join();
  return steps && a.live === b.live && a.busy === b.busy && a.last === b.last && a.door === b.door && a.verbs === b.verbs && a.icon === b.icon && a.onLog === b.onLog && a.onAnnotate === b.onAnnotate && a.steps === b.steps;
}

/** An answer without its question. */
export function AnswerView(p: MessageProps) {
  return <Answer {...p} m={p.step.turn.message} />;
}

function Answer({ m, ...p }: MessageProps & { m: Message }) {
  const { t } = useTranslation();
  const { flow } = p.step.turn;
  const { verbs } = p;
  const inputs = m.inputs;
  const reply = useCallback((text: string) => verbs.send(text, inputs ?? {}, []), [verbs, inputs]);
  const waiting = p.live && m.answer === "" && m.reasoning === "";
  const node = flow.execs.findLast((n) => n.status === "running");
  const thoughts = flow.thoughts.length > 0 ? flow.thoughts : (m.extra?.thoughts ?? []);
  const made = flow.files.length > 0 ? flow.files : (m.extra?.files ?? []);
  return (
    <>
      {p.steps && <Steps flow={flow} live={p.live} data={p.steps === "data"} />}
      {thoughts.length > 0 && <Thoughts list={thoughts} live={p.live} watch={p.onLog !== undefined} />}
      {m.reasoning !== "" && <Thinking text={m.reasoning} live={p.live && m.answer === ""} />}
      {flow.paused && waiting ? null : waiting ? (
        <p role="status" className="flex h-7 items-center gap-2 text-muted">
          <Dots />
          <span className="text-sm">{node?.title ?? t("chat.waiting")}</span>
        </p>
      ) : (
        <QuickReply value={p.last && !p.busy && m.id !== PENDING ? reply : null}>
          <Markdown text={m.answer} live={p.live && !flow.paused} />
        </QuickReply>
      )}
      {flow.forms.length > 0 && <div className="my-2 flex flex-col gap-2">{flow.forms.map((f) => <FormCard key={f.id} form={f} token={f.token} />)}</div>}
      {made.length > 0 && <div className="mt-2"><SentFiles files={made} door={p.door} start /></div>}
      {!p.live && m.extra?.annotation && <From by={m.extra.annotation} />}
      {!p.live && <Sources list={m.extra?.resources ?? []} link={p.door.source} />}
      {!p.live && <Ending m={m} {...p} />}
      {!p.live && m.id !== PENDING && <Actions m={m} {...p} />}
    </>
  );
}

/** A person wrote this answer, not a model. */
function From({ by }: { by: NonNullable<NonNullable<Message["extra"]>["annotation"]> }) {
  const { t, i18n } = useTranslation();
  return (
    <Tooltip text={answeredFrom(t, by, i18n.language)}>
      <span tabIndex={0} className="mt-1 inline-flex items-center gap-1 rounded-sm text-xs text-muted"><BookmarkCheck size={13} aria-hidden />{t("note.answered")}</span>
    </Tooltip>
  );
}

function Dots() {
  return (
    <span aria-hidden className="flex gap-1">
      {[0, 1, 2].map((i) => <span key={i} className="anim-shimmer size-1.5 rounded-full bg-faint" style={{ animationDelay: `${i * 180}ms` }} />)}
    </span>
  );
}

function Thinking({ text, live }: { text: string; live: boolean }) {
  const { t } = useTranslation();
  return (
    <details className="group/think mb-2 rounded border bg-sunken/60 text-sm">
      <summary className="flex h-8 list-none items-center gap-2 rounded px-2.5 text-muted hover:text-text [&::-webkit-details-marker]:hidden">
        <ChevronRight size={14} aria-hidden className="transition-transform group-open/think:rotate-90" />
        {t(live ? "chat.thinking" : "chat.thought")}
        {live && <Dots />}
      </summary>
      <div className="max-h-80 overflow-y-auto border-t px-3 py-2 leading-6 whitespace-pre-wrap text-muted [overflow-wrap:anywhere]" tabIndex={0}>{text}</div>
    </details>
  );
}

/** How an answer ended, where it did not simply end: what came stays, why it stopped is said, and what can be done is offered. */
function Ending({ m, step, verbs, busy, last }: MessageProps & { m: Message }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const problem = step.turn.problem;
  if (m.status === "succeeded" || m.status === "partial-succeeded" || m.status === "running" || m.status === "paused") return null;
  if (m.status === "stopped") return <p className="mt-1 text-sm text-faint">{t("chat.stopped")}</p>;
  const why = problem ? sentence(problem) : m.error ? sayText(m.error.text) : t(m.status === "interrupted" ? "chat.interrupted" : "chat.failed");
  const code = problem?.code ?? m.error?.code ?? m.status;
  const cut = problem !== null && m.id !== PENDING;
  return (
    <div role="alert" className="mt-2 rounded border border-danger-line bg-danger-soft px-3 py-2 text-sm text-danger-text">
      <p>{m.answer !== "" && t("chat.partial")}{why}</p>
      <p className="font-mono text-xs opacity-90 select-all">{code}{problem?.requestId && ` · ${problem.requestId}`}</p>
      <div className="mt-2 flex flex-wrap gap-2">
        {cut ? (
          <Button size="sm" icon={RotateCw} disabled={busy} onClick={() => verbs.reattach(m.id)}>{t("chat.reconnect")}</Button>
        ) : (
          <Button size="sm" icon={RotateCw} disabled={busy} onClick={() => verbs.regenerate(m)}>{t("kit.retry")}</Button>
        )}
        {m.answer !== "" && !cut && last && (
          <Button size="sm" disabled={busy} onClick={() => verbs.send(t("chat.goOnQuery"), m.inputs ?? {}, [])}>{t("chat.goOn")}</Button>
        )}
      </div>
    </div>
  );
}

function Actions({ m, step, door, verbs, busy, last, onLog, onAnnotate }: MessageProps & { m: Message }) {
  const { t, i18n } = useTranslation();
  const at = step.siblings.indexOf(m.id);
  const to = (i: number): void => {
    const id = step.siblings[i];
    if (id) verbs.choose(step.parent, id);
  };
  const liked = m.feedback?.rating === "like";
  const disliked = m.feedback?.rating === "dislike";
  const quiet = !last && !liked && !disliked && step.siblings.length < 2;
  return (
    <div className={`mt-1 -ml-1.5 flex flex-wrap items-center gap-0.5 transition-opacity ${quiet ? "opacity-0 group-focus-within/turn:opacity-100 group-hover/turn:opacity-100 pointer-coarse:opacity-100" : ""}`}>
      {step.siblings.length > 1 && (
        <span role="group" aria-label={t("chat.versions")} className="mr-1 flex items-center text-sm text-muted tabular-nums">
          <IconButton icon={ChevronLeft} size="sm" label={t("chat.earlier")} disabled={busy || at <= 0} onClick={() => to(at - 1)} />
          <span>{at + 1}/{step.siblings.length}</span>
          <IconButton icon={ChevronRight} size="sm" label={t("chat.later")} disabled={busy || at >= step.siblings.length - 1} onClick={() => to(at + 1)} />
        </span>
      )}
      {m.answer !== "" && <CopyIcon text={m.answer} label={t("chat.copyAnswer")} />}
      {m.answer !== "" && door.say && <ReadAloud id={m.id} src={door.say(m.id)} />}
      {m.status !== "failed" && <IconButton icon={RotateCw} size="sm" label={t("chat.regenerate")} disabled={busy} onClick={() => verbs.regenerate(m)} />}
      {m.answer !== "" && m.status !== "failed" && (
        <>
          <IconButton icon={ThumbsUp} size="sm" label={t("chat.like")} active={liked} aria-pressed={liked} onClick={() => void verbs.rate(m, liked ? "" : "like", "").catch(() => undefined)} />
          <Dislike m={m} rate={verbs.rate} active={disliked} />
        </>
      )}
      {onAnnotate && m.answer !== "" && m.query !== "" && <IconButton icon={BookmarkPlus} size="sm" label={t("note.add")} onClick={() => onAnnotate(m)} />}
      {onLog && <IconButton icon={FileClock} size="sm" label={t("log.open")} onClick={() => onLog(m)} />}
      {onLog && m.usage.total_tokens > 0 && (
        <span className="ml-1 text-xs text-faint tabular-nums">
          {seconds(m.usage.latency, i18n.language)} · {t("chat.tokens", { count: m.usage.total_tokens, n: count(m.usage.total_tokens, i18n.language) })}
        </span>
      )}
    </div>
  );
}

function Dislike({ m, rate, active }: { m: Message; rate: Verbs["rate"]; active: boolean }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [note, setNote] = useState(m.feedback?.content ?? "");
  const [error, setError] = useState<ApiError | null>(null);
  const send = (rating: "dislike" | "", text: string): void => {
    rate(m, rating, text).then(
      () => setOpen(false),
      (err: unknown) => setError(asApiError(err)),
    );
  };
  return (
    <Popover
      label={t("chat.dislike")}
      align="start"
      open={open}
      onOpen={setOpen}
      trigger={<IconButton icon={ThumbsDown} size="sm" label={t("chat.dislike")} active={active} aria-pressed={active} tip={false} />}
    >
      <form
        className="flex flex-col gap-3"
        onSubmit={(e) => {
          e.preventDefault();
          send("dislike", note.trim());
        }}
      >
        <Textarea label={t("chat.dislikeNote")} placeholder={t("chat.dislikeNote")} value={note} onChange={setNote} rows={3} autoFocus maxLength={2000} />
        <ErrorNote error={error} />
        <div className="flex justify-end gap-2">
          {active && <Button onClick={() => send("", "")}>{t("chat.undislike")}</Button>}
          <Button type="submit" variant="primary">{t("chat.dislikeSend")}</Button>
        </div>
      </form>
    </Popover>
  );
}

function Editor({ text, onSend, onCancel }: { text: string; onSend: (q: string) => void; onCancel: () => void }) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(text);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const area = box.current?.querySelector("textarea");
    area?.focus();
    area?.setSelectionRange(area.value.length, area.value.length);
  }, []);
  const send = (): void => {
    if (draft.trim() !== "") onSend(draft.trim());
  };
  return (
    <div ref={box} className="w-full">
      <Textarea
        label={t("chat.edit")}
        value={draft}
        onChange={setDraft}
        rows={3}
        onKeyDown={(e) => {
          const n = e.nativeEvent;
          if (n.key === "Escape" && !n.isComposing) onCancel();
          if (!sends({ key: n.key, shiftKey: n.shiftKey, ctrlKey: n.ctrlKey, metaKey: n.metaKey, altKey: n.altKey, keyCode: n.keyCode, isComposing: n.isComposing }, false)) return;
          e.preventDefault();
          send();
        }}
      />
      <div className="mt-2 flex justify-end gap-2">
        <Button size="sm" onClick={onCancel}>{t("kit.cancel")}</Button>
        <Button size="sm" variant="primary" onClick={send}>{t("chat.send")}</Button>
      </div>
    </div>
  );
}
