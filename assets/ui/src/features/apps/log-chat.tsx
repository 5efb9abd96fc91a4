import { BookmarkCheck, BookmarkPlus, FileClock, Link2, ThumbsDown, ThumbsUp } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { apps } from "@/api/console";
import { keys, touches } from "@/api/keys";
import { notes } from "@/api/operate";
import type { AdminRating, Annotation, App, ConversationEntry, Message } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { copyText } from "@/lib/clipboard";
import { count, duration } from "@/lib/format";
import { answeredFrom } from "@/parts/chat/annotated";
import { Block } from "@/parts/flow/data";
import { fromTrace } from "@/parts/flow/flow";
import { RunState } from "@/parts/flow/mark";
import { Thoughts } from "@/parts/flow/steps";
import { Trace } from "@/parts/flow/trace";
import { Markdown } from "@/parts/markdown/markdown";
import { sayText } from "@/text/say";
import { Badge, Button, Callout, CopyIcon, Drawer, ErrorNote, ErrorState, IconButton, Popover, SkeletonRows, Textarea, Time, toast } from "@/ui";
import { AnnotateDialog } from "./annotate";
import { isGraphMode } from "./graph/graph";
import { Ledger } from "./ledger";
import { LogDrawer } from "./log";
import { sourceTitle } from "./log-tools";

/** One conversation: its messages, what people and members think of them, and what was behind each answer. */
export function ChatDrawer({ app, entry, onClose }: { app: App; entry: ConversationEntry; onClose: () => void }) {
  const { t } = useTranslation();
  const c = entry.conversation;
  const list = useRead(keys.apps.messages(app.id, c.id), () => apps.messages(app.id, c.id), { stale: 0 });
  const said = useRead(keys.apps.notes(app.id, c.id), () => notes.of(app.id, c.id), { stale: 0 });
  const [log, setLog] = useState<Message | null>(null);
  const link = `${window.location.origin}/apps/${app.id}/logs?c=${c.id}`;
  return (
    <Drawer
      open
      onClose={onClose}
      width="lg"
      title={c.name || t("site.untitled")}
      description={
        <span className="flex flex-wrap items-center gap-x-2">
          {sourceTitle(t, c.source)} · {entry.end_user || "–"} · <Time at={c.created_at} />
          <Button size="sm" variant="ghost" icon={Link2} onClick={() => void copyText(link).then(() => toast(t("publish.linkCopied")))}>{t("ops.link")}</Button>
        </span>
      }
    >
      {list.isPending ? (
        <SkeletonRows count={4} height={72} />
      ) : list.isError ? (
        <ErrorState compact error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <ol className="flex flex-col gap-6">
          {Object.keys(c.inputs ?? {}).length > 0 && <li><Block title={t("data.inputs")} value={c.inputs} /></li>}
          {(list.data.data ?? []).map((m) => (
            <Turn
              key={m.id}
              app={app}
              m={m}
              rating={(said.data?.ratings ?? []).find((r) => r.message_id === m.id) ?? null}
              annotation={(said.data?.annotations ?? []).find((a) => a.message_id === m.id) ?? null}
              onLog={() => setLog(m)}
            />
          ))}
        </ol>
      )}
      {log && (isGraphMode(app.mode) ? <MessageTrace app={app} message={log} onClose={() => setLog(null)} /> : <LogDrawer app={app.id} message={log} onClose={() => setLog(null)} />)}
    </Drawer>
  );
}

function Turn({ app, m, rating, annotation, onLog }: { app: App; m: Message; rating: AdminRating | null; annotation: Annotation | null; onLog: () => void }) {
  const { t, i18n } = useTranslation();
  const [writing, write] = useState(false);
  const took = (new Date(m.updated_at).getTime() - new Date(m.created_at).getTime()) / 1000;
  const over = m.status !== "running" && m.status !== "paused";
  return (
    <li className="flex flex-col gap-2">
      {m.query !== "" && <p className="max-w-[85%] self-end rounded-lg rounded-br-sm bg-chip px-3 py-1.5 whitespace-pre-wrap [overflow-wrap:anywhere]">{m.query}</p>}
      {(m.extra?.thoughts ?? []).length > 0 && <Thoughts list={m.extra?.thoughts ?? []} live={false} />}
      {m.answer !== "" && <Markdown text={m.answer} />}
      {m.error && <Callout tone="danger">{sayText(m.error.text)} <code className="font-mono text-xs">{m.error.code}</code></Callout>}
      {m.extra?.annotation && <p className="text-sm text-muted">{answeredFrom(t, m.extra.annotation, i18n.language)}</p>}
      {m.feedback && (
        <p className="flex items-start gap-2 text-sm">
          <Badge tone={m.feedback.rating === "like" ? "ok" : "warn"}>{t(m.feedback.rating === "like" ? "ops.userLikes" : "ops.userDislikes")}</Badge>
          {m.feedback.content && <span className="min-w-0 [overflow-wrap:anywhere]">{m.feedback.content}</span>}
        </p>
      )}
      {rating && (
        <p className="flex items-start gap-2 text-sm">
          <Badge tone={rating.rating === "like" ? "ok" : "warn"}>{t(rating.rating === "like" ? "ops.memberLikes" : "ops.memberDislikes")}</Badge>
          {rating.note && <span className="min-w-0 [overflow-wrap:anywhere]">{rating.note}</span>}
        </p>
      )}
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b pb-3">
        <RunState status={m.status} />
        <span className="text-xs text-faint tabular-nums">
          {over && took >= 0 && duration(took, i18n.language)}
          {m.usage.total_tokens > 0 && <> · {t("chat.tokens", { count: m.usage.total_tokens, n: count(m.usage.total_tokens, i18n.language) })}</>}
        </span>
        <div className="ml-auto flex flex-wrap items-center gap-1">
          <Button size="sm" variant="ghost" icon={FileClock} onClick={onLog}>{t(isGraphMode(app.mode) ? "trace.title" : "log.open")}</Button>
          {m.query !== "" && over && (
            <Button size="sm" variant="ghost" icon={annotation ? BookmarkCheck : BookmarkPlus} onClick={() => write(true)}>{t(annotation ? "note.edit" : "note.button")}</Button>
          )}
          <Rate app={app.id} m={m} rating={rating} is="like" />
          <Rate app={app.id} m={m} rating={rating} is="dislike" />
          <CopyIcon text={m.answer} label={t("chat.copyAnswer")} />
        </div>
      </div>
      {writing && (
        <AnnotateDialog app={app.id} id={annotation?.id} message={m.id} first={annotation ? { question: annotation.question, answer: annotation.answer } : { question: m.query, answer: m.answer }} onClose={() => write(false)} />
      )}
    </li>
  );
}

/** A member's thumb, with a note on why. */
function Rate({ app, m, rating, is }: { app: string; m: Message; rating: AdminRating | null; is: "like" | "dislike" }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const mine = rating?.rating === is;
  const [note, setNote] = useState(mine ? rating.note : "");
  const save = useCommand((r: "like" | "dislike" | "") => notes.rate(app, m.id, { rating: r, note: r === "" ? "" : note.trim() }), touches.rating(app), () => setOpen(false));
  const label = t(is === "like" ? "chat.like" : "chat.dislike");
  return (
    <Popover
      label={label}
      open={open}
      onOpen={(o) => {
        setOpen(o);
        if (o) setNote(mine ? rating.note : "");
      }}
      trigger={<IconButton icon={is === "like" ? ThumbsUp : ThumbsDown} size="sm" label={label} active={mine} />}
    >
      <div className="flex flex-col gap-3">
        <Textarea value={note} onChange={setNote} label={t("ops.note")} placeholder={t("ops.notePlaceholder")} rows={3} maxLength={2000} autoFocus />
        <ErrorNote error={save.error} />
        <div className="flex justify-end gap-2">
          {mine && <Button size="sm" onClick={() => save.mutate("")}>{t("ops.takeBack")}</Button>}
          <Button size="sm" variant="primary" busy={save.isPending} onClick={() => save.mutate(is)}>{t("kit.save")}</Button>
        </div>
      </div>
    </Popover>
  );
}

/** The graph behind one answer of a chatflow. */
function MessageTrace({ app, message, onClose }: { app: App; message: Message; onClose: () => void }) {
  const { t } = useTranslation();
  const trace = useRead(keys.apps.trace(app.id, message.id), () => apps.trace(app.id, message.id));
  const flow = fromTrace(trace.data?.nodes ?? []);
  const from = new Date(trace.data?.run.started_at ?? 0).getTime();
  const end = flow.execs.reduce((n, x) => Math.max(n, new Date(x.at).getTime() + x.elapsed * 1000), 0);
  return (
    <Drawer open onClose={onClose} width="md" title={t("trace.title")}>
      {trace.isPending ? <SkeletonRows count={5} /> : trace.isError ? <ErrorState compact error={trace.error} onRetry={() => void trace.refetch()} /> : flow.execs.length === 0 ? <p className="text-sm text-muted">{t("logs.noTrace")}</p> : <div className="flex flex-col gap-6">{trace.data.ledger && <Ledger list={trace.data.ledger} />}<Trace flow={flow} span={{ from, seconds: (end - from) / 1000 }} /></div>}
    </Drawer>
  );
}
