import { getRouteApi } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { ChevronLeft, ChevronRight, Inbox, MessagesSquare, SearchX } from "lucide-react";
import { useDeferredValue, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { apps, PAGE, runDoor, runs } from "@/api/console";
import { keys } from "@/api/keys";
import type { App, ConversationEntry, Message, RunEntry } from "@/api/types";
import { useRead } from "@/api/use";
import { brief, startFields } from "@/lib/fields";
import { count, duration } from "@/lib/format";
import { formLink } from "@/lib/links";
import { Block } from "@/parts/flow/data";
import { FormCard } from "@/parts/flow/form-card";
import { fromTrace, isGood, isOver } from "@/parts/flow/flow";
import { RunState } from "@/parts/flow/mark";
import { Outputs } from "@/parts/flow/outputs";
import { Thoughts } from "@/parts/flow/steps";
import { Trace } from "@/parts/flow/trace";
import { Markdown } from "@/parts/markdown/markdown";
import { sayText } from "@/text/say";
import { Badge, Button, Callout, CopyField, CopyIcon, Drawer, EmptyState, ErrorState, Facts, IconButton, Page, SearchInput, Segmented, Select, SkeletonRows, Table, Time } from "@/ui";
import { isGraphMode } from "./graph/graph";
import { AppFrame } from "./header";
import { LogDrawer } from "./log";

const route = getRouteApi("/frame/apps/$appId/logs");

/** What people did with an app: runs of a workflow, conversations of the others. */
export function LogsPage() {
  const { appId } = route.useParams();
  const { run } = route.useSearch();
  return <AppFrame id={appId} at="logs">{(app) => (app.mode === "workflow" ? <Runs app={app} first={run ?? null} /> : <Conversations app={app} />)}</AppFrame>;
}

const statuses = ["succeeded", "partial-succeeded", "failed", "stopped", "paused", "running"] as const;
const sources = ["site", "api", "webhook", "schedule", "tool"] as const;
type Door = (typeof sources)[number];

function sourceTitle(t: TFunction, s: string): string {
  const k = [...sources, "debug" as const].find((x) => s === x);
  return k ? t(`source.${k}`) : s;
}

function Pager({ page, total, onPage }: { page: number; total: number; onPage: (n: number) => void }) {
  const { t } = useTranslation();
  const last = Math.max(1, Math.ceil(total / PAGE));
  if (last <= 1) return null;
  return (
    <nav aria-label={t("logs.pages")} className="mt-3 flex items-center justify-end gap-2 text-sm text-muted tabular-nums">
      <IconButton icon={ChevronLeft} label={t("logs.newer")} disabled={page <= 1} onClick={() => onPage(page - 1)} />
      {page}/{last}
      <IconButton icon={ChevronRight} label={t("logs.older")} disabled={page >= last} onClick={() => onPage(page + 1)} />
    </nav>
  );
}

function Runs({ app, first }: { app: App; first: string | null }) {
  const { t, i18n } = useTranslation();
  const [q, setQ] = useState("");
  const [status, setStatus] = useState<(typeof statuses)[number] | "all">("all");
  const [source, setSource] = useState<Door | "all">("all");
  const [whose, setWhose] = useState<"users" | "mine">("users");
  const [page, setPage] = useState(1);
  const [open, setOpen] = useState<string | null>(first);
  const filter = { q: useDeferredValue(q.trim()), status: status === "all" ? "" : status, source: source === "all" || whose === "mine" ? "" : source, debug: whose === "mine", page };
  const list = useRead(keys.apps.runs(app.id, filter), () => runs.list(app.id, filter), { keep: true, stale: 0, every: 10_000 });
  const filtered = filter.q !== "" || filter.status !== "" || filter.source !== "";
  const from = <T,>(set: (v: T) => void) => (v: T): void => {
    setPage(1);
    set(v);
  };
  const rows = list.data?.data ?? [];
  const order = useMemo(() => startFields(app.draft.graph).map((f) => f.name), [app.draft.graph]);
  const inputsOf = (r: RunEntry): string => inputsLine(r, order);
  return (
    <Page
      title={t("logs.title")}
      purpose={t("logs.runsText")}
      tools={
        <>
          <SearchInput value={q} onChange={from(setQ)} label={t("logs.search")} />
          <div className="w-40"><Select label={t("kit.state")} value={status} onChange={from(setStatus)} options={[{ value: "all", label: t("logs.anyStatus") }, ...statuses.map((s) => ({ value: s, label: t(`status.${s}`) }))]} /></div>
          {whose === "users" && <div className="w-36"><Select label={t("logs.source")} value={source} onChange={from(setSource)} options={[{ value: "all", label: t("logs.anySource") }, ...sources.map((s) => ({ value: s, label: t(`source.${s}`) }))]} /></div>}
          <Segmented label={t("logs.whose")} value={whose} onChange={from(setWhose)} options={[{ value: "users", label: t("logs.users") }, { value: "mine", label: t("logs.mine") }]} />
        </>
      }
    >
      {list.isPending ? (
        <SkeletonRows count={8} />
      ) : list.isError && !list.data ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : rows.length === 0 ? (
        filtered ? (
          <EmptyState icon={SearchX} title={t("logs.noneFound")}>{t("apps.noneFoundText")}</EmptyState>
        ) : (
          <EmptyState icon={Inbox} title={t("logs.noRuns")}>{t(whose === "mine" ? "logs.noRunsMine" : app.published_version_id ? "logs.noRunsText" : "logs.notPublished")}</EmptyState>
        )
      ) : (
        <>
          <Table
            label={t("logs.title")}
            rows={rows}
            id={(r: RunEntry) => r.run.id}
            columns={[
              { id: "status", title: t("kit.state"), fit: true, cell: (r) => <RunState status={r.run.status} /> },
              {
                id: "inputs", title: t("logs.inputs"),
                cell: (r) => (
                  <button type="button" onClick={() => setOpen(r.run.id)} aria-label={t("logs.open", { name: inputsOf(r) || r.run.id })} className="block max-w-[44vw] truncate rounded-sm text-left hover:text-accent-text hover:underline md:max-w-96 xl:max-w-lg" title={inputsOf(r)}>
                    {inputsOf(r) || <span className="text-faint">{t("result.empty")}</span>}
                  </button>
                ),
              },
              { id: "source", title: t("logs.source"), wide: true, fit: true, cell: (r) => <span className="text-muted">{sourceTitle(t, r.run.source)}</span> },
              { id: "time", title: t("logs.time"), end: true, wide: true, fit: true, cell: (r) => (isOver(r.run.status) && r.run.finished_at ? duration((new Date(r.run.finished_at).getTime() - new Date(r.run.started_at).getTime()) / 1000, i18n.language) : "–") },
              { id: "tokens", title: t("log.tokens"), end: true, wide: true, fit: true, cell: (r) => count(r.run.usage.total_tokens, i18n.language) },
              { id: "at", title: t("logs.at"), end: true, fit: true, cell: (r) => <span className="text-muted"><Time at={r.run.started_at} /></span> },
            ]}
          />
          <Pager page={page} total={list.data?.total ?? 0} onPage={setPage} />
        </>
      )}
      {open && <RunDrawer app={app} run={open} onClose={() => setOpen(null)} />}
    </Page>
  );
}

/** The inputs in one line, in the order of the form. */
function inputsLine(r: RunEntry, order: string[]): string {
  const given = r.run.inputs ?? {};
  const names = [...order.filter((n) => n in given), ...Object.keys(given).filter((n) => !order.includes(n))];
  return names.map((n) => brief(given[n])).filter((x) => x !== "–").join(" · ");
}

/** One run: what went in and came out, and when each node worked. */
function RunDrawer({ app, run, onClose }: { app: App; run: string; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const trace = useRead(keys.apps.run(app.id, run), () => runs.one(app.id, run), { stale: 0 });
  const r = trace.data?.run;
  const going = r !== undefined && !isOver(r.status);
  const { refetch } = trace;
  useEffect(() => {
    if (!going) return;
    const timer = setInterval(() => void refetch(), 2000);
    return () => clearInterval(timer);
  }, [going, refetch]);
  const took = r?.finished_at ? (new Date(r.finished_at).getTime() - new Date(r.started_at).getTime()) / 1000 : 0;
  const flow = fromTrace(trace.data?.nodes ?? []);
  const end = flow.execs.reduce((n, x) => Math.max(n, new Date(x.at).getTime() + x.elapsed * 1000), 0);
  const from = r ? new Date(r.started_at).getTime() : 0;
  const waiting = (trace.data?.forms ?? []).filter((f) => f.status === "waiting");
  return (
    <Drawer open onClose={onClose} width="lg" title={t("logs.run")} {...(r ? { description: <Time at={r.started_at} /> } : {})}>
      {trace.isPending ? (
        <SkeletonRows count={6} />
      ) : trace.isError && !trace.data ? (
        <ErrorState compact error={trace.error} onRetry={() => void trace.refetch()} />
      ) : (
        r && (
          <div className="flex flex-col gap-6">
            <Facts
              rows={[
                { name: t("kit.state"), value: <RunState status={r.status} /> },
                { name: t("logs.source"), value: sourceTitle(t, r.source) },
                ...(took > 0 ? [{ name: t("logs.time"), value: duration(took, i18n.language) }] : []),
                ...(r.usage.total_tokens > 0 ? [{ name: t("log.tokens"), value: t("log.tokensValue", { prompt: count(r.usage.prompt_tokens, i18n.language), completion: count(r.usage.completion_tokens, i18n.language), total: count(r.usage.total_tokens, i18n.language) }) }] : []),
                { name: t("logs.id"), value: <span className="flex items-center gap-1 font-mono text-sm">{r.id}<CopyIcon text={r.id} /></span> },
              ]}
            />
            {r.error && <Callout tone="danger">{sayText(r.error.text)} <code className="font-mono text-xs">{r.error.code}</code></Callout>}
            {waiting.map((f) => (
              <div key={f.id} className="flex flex-col gap-2">
                <FormCard form={f} token={f.token} onAnswered={() => void trace.refetch()} />
                <CopyField label={t("ask.link")} text={formLink(f.token)} />
              </div>
            ))}
            {isGood(r.status) && <section aria-label={t("result.title")}><h3 className="mb-2 font-semibold">{t("result.title")}</h3><Outputs outputs={r.outputs} door={runDoor(app.id)} /></section>}
            <section aria-label={t("trace.title")}>
              <h3 className="mb-1 font-semibold">{t("trace.title")}</h3>
              {flow.execs.length === 0 ? <p className="text-sm text-muted">{t(going ? "logs.traceLater" : "logs.noTrace")}</p> : <Trace flow={flow} span={{ from, seconds: Math.max(took, (end - from) / 1000) }} />}
            </section>
            <Block title={t("data.inputs")} value={r.inputs ?? {}} />
          </div>
        )
      )}
    </Drawer>
  );
}

function Conversations({ app }: { app: App }) {
  const { t } = useTranslation();
  const [q, setQ] = useState("");
  const [page, setPage] = useState(1);
  const [open, setOpen] = useState<ConversationEntry | null>(null);
  const filter = { q: useDeferredValue(q.trim()), page };
  const list = useRead(keys.apps.conversations(app.id, filter), () => apps.conversations(app.id, filter), { keep: true, stale: 0 });
  const rows = list.data?.data ?? [];
  return (
    <Page title={t("logs.title")} purpose={t("logs.chatsText")} tools={<SearchInput value={q} onChange={(v) => { setPage(1); setQ(v); }} label={t("logs.searchChats")} />}>
      {list.isPending ? (
        <SkeletonRows count={8} />
      ) : list.isError && !list.data ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : rows.length === 0 ? (
        filter.q !== "" ? (
          <EmptyState icon={SearchX} title={t("logs.noneFound")}>{t("apps.noneFoundText")}</EmptyState>
        ) : (
          <EmptyState icon={MessagesSquare} title={t("logs.noChats")}>{t(app.published_version_id ? "logs.noRunsText" : "logs.notPublished")}</EmptyState>
        )
      ) : (
        <>
          <Table
            label={t("logs.title")}
            rows={rows}
            id={(r: ConversationEntry) => r.conversation.id}
            columns={[
              { id: "name", title: t("logs.chat"), cell: (r) => <button type="button" onClick={() => setOpen(r)} className="block max-w-[60vw] truncate rounded-sm text-left hover:text-accent-text hover:underline md:max-w-lg" title={r.conversation.name}>{r.conversation.name || inputsText(r.conversation.inputs) || t("site.untitled")}</button> },
              { id: "source", title: t("logs.source"), wide: true, fit: true, cell: (r) => <span className="text-muted">{sourceTitle(t, r.conversation.source)}</span> },
              { id: "messages", title: t("logs.messages"), end: true, wide: true, fit: true, cell: (r) => r.messages },
              { id: "at", title: t("logs.at"), end: true, fit: true, cell: (r) => <span className="text-muted"><Time at={r.conversation.created_at} /></span> },
            ]}
          />
          <Pager page={page} total={list.data?.total ?? 0} onPage={setPage} />
        </>
      )}
      {open && <ChatDrawer app={app} entry={open} onClose={() => setOpen(null)} />}
    </Page>
  );
}

const inputsText = (v: { [k: string]: unknown } | null | undefined): string => Object.values(v ?? {}).map(brief).join(" · ");

function ChatDrawer({ app, entry, onClose }: { app: App; entry: ConversationEntry; onClose: () => void }) {
  const { t } = useTranslation();
  const c = entry.conversation;
  const list = useRead(keys.apps.messages(app.id, c.id), () => apps.messages(app.id, c.id), { stale: 0 });
  const [log, setLog] = useState<Message | null>(null);
  return (
    <Drawer open onClose={onClose} width="lg" title={c.name || t("site.untitled")} description={<>{sourceTitle(t, c.source)} · <Time at={c.created_at} /></>}>
      {list.isPending ? (
        <SkeletonRows count={4} height={72} />
      ) : list.isError ? (
        <ErrorState compact error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <ol className="flex flex-col gap-5">
          {Object.keys(c.inputs ?? {}).length > 0 && <li><Block title={t("data.inputs")} value={c.inputs} /></li>}
          {(list.data.data ?? []).map((m) => (
            <li key={m.id} className="flex flex-col gap-2">
              {m.query !== "" && <p className="self-end rounded-lg rounded-br-sm bg-chip px-3 py-1.5 whitespace-pre-wrap [overflow-wrap:anywhere]">{m.query}</p>}
              {(m.extra?.thoughts ?? []).length > 0 && <Thoughts list={m.extra?.thoughts ?? []} live={false} />}
              {m.answer !== "" && <Markdown text={m.answer} />}
              {m.error && <Callout tone="danger">{sayText(m.error.text)} <code className="font-mono text-xs">{m.error.code}</code></Callout>}
              <div className="flex flex-wrap items-center gap-3">
                <RunState status={m.status} />
                {m.feedback && <Badge tone={m.feedback.rating === "like" ? "ok" : "warn"}>{t(m.feedback.rating === "like" ? "chat.like" : "chat.dislike")}</Badge>}
                {m.feedback?.content && <span className="text-sm text-muted">{m.feedback.content}</span>}
                <Button size="sm" variant="ghost" onClick={() => setLog(m)}>{t(isGraphMode(app.mode) ? "trace.title" : "log.open")}</Button>
              </div>
            </li>
          ))}
        </ol>
      )}
      {log && (isGraphMode(app.mode) ? <MessageTrace app={app} message={log} onClose={() => setLog(null)} /> : <LogDrawer app={app.id} message={log} onClose={() => setLog(null)} />)}
    </Drawer>
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
      {trace.isPending ? <SkeletonRows count={5} /> : trace.isError ? <ErrorState compact error={trace.error} onRetry={() => void trace.refetch()} /> : flow.execs.length === 0 ? <p className="text-sm text-muted">{t("logs.noTrace")}</p> : <Trace flow={flow} span={{ from, seconds: (end - from) / 1000 }} />}
    </Drawer>
  );
}
