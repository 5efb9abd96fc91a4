import { getRouteApi } from "@tanstack/react-router";
import { Inbox, MessagesSquare, SearchX } from "lucide-react";
import { useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { apps, runs } from "@/api/console";
import { keys } from "@/api/keys";
import type { App, ConversationEntry, RunEntry } from "@/api/types";
import { useRead } from "@/api/use";
import { brief, startFields } from "@/lib/fields";
import { count, duration } from "@/lib/format";
import { isOver } from "@/parts/flow/flow";
import { RunState } from "@/parts/flow/mark";
import { Badge, EmptyState, ErrorState, Page, SearchInput, Segmented, Select, SkeletonRows, Table, Time } from "@/ui";
import { AppFrame } from "./header";
import { ChatDrawer } from "./log-chat";
import { RunDrawer } from "./log-run";
import type { Door, Period } from "./log-tools";
import { Export, inputsText, Pager, PeriodSelect, since, sources, sourceTitle } from "./log-tools";

const route = getRouteApi("/frame/apps/$appId/logs");

/** What people did with an app: runs of a workflow, conversations of the others. */
export function LogsPage() {
  const { appId } = route.useParams();
  const { run, c } = route.useSearch();
  return <AppFrame id={appId} at="logs">{(app) => (app.mode === "workflow" ? <Runs app={app} first={run ?? null} /> : <Conversations app={app} first={c ?? ""} />)}</AppFrame>;
}

const statuses = ["succeeded", "partial-succeeded", "failed", "stopped", "paused", "running"] as const;

function Runs({ app, first }: { app: App; first: string | null }) {
  const { t, i18n } = useTranslation();
  const [q, setQ] = useState("");
  const [status, setStatus] = useState<(typeof statuses)[number] | "all">("all");
  const [source, setSource] = useState<Door | "all">("all");
  const [whose, setWhose] = useState<"users" | "mine">("users");
  const [period, setPeriod] = useState<Period>("all");
  const [sort, setSort] = useState<"" | "started_at">("");
  const [page, setPage] = useState(1);
  const [open, setOpen] = useState<string | null>(first);
  const after = useMemo(() => since(period), [period]);
  const filter = { q: useDeferredValue(q.trim()), status: status === "all" ? "" : status, source: source === "all" || whose === "mine" ? "" : source, debug: whose === "mine", after, sort, page };
  const list = useRead(keys.apps.runs(app.id, filter), () => runs.list(app.id, filter), { keep: true, stale: 0, every: 10_000 });
  const filtered = filter.q !== "" || filter.status !== "" || filter.source !== "" || period !== "all";
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
      action={rows.length > 0 && <Export app={app.id} filter={{ q: filter.q, status: filter.status, source: filter.source, debug: filter.debug, after, sort }} />}
      tools={
        <>
          <SearchInput value={q} onChange={from(setQ)} label={t("logs.search")} />
          <PeriodSelect value={period} onChange={from(setPeriod)} />
          <div className="w-40"><Select label={t("kit.state")} value={status} onChange={from(setStatus)} options={[{ value: "all", label: t("logs.anyStatus") }, ...statuses.map((s) => ({ value: s, label: t(`status.${s}`) }))]} /></div>
          {whose === "users" && <div className="w-36"><Select label={t("logs.source")} value={source} onChange={from(setSource)} options={[{ value: "all", label: t("logs.anySource") }, ...sources.map((s) => ({ value: s, label: t(`source.${s}`) }))]} /></div>}
          <div className="w-36"><Select label={t("ops.sort")} value={sort === "" ? "new" : "old"} onChange={(v) => { setPage(1); setSort(v === "new" ? "" : "started_at"); }} options={[{ value: "new", label: t("ops.newest") }, { value: "old", label: t("ops.oldest") }]} /></div>
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


const orders = ["-updated_at", "updated_at", "-created_at", "created_at"] as const;

function Conversations({ app, first }: { app: App; first: string }) {
  const { t } = useTranslation();
  const [q, setQ] = useState(first);
  const [period, setPeriod] = useState<Period>("all");
  const [source, setSource] = useState<"all" | "site" | "api">("all");
  const [status, setStatus] = useState<"all" | "failed" | "stopped">("all");
  const [rated, setRated] = useState<"all" | "like" | "dislike">("all");
  const [annotated, setAnnotated] = useState<"all" | "yes" | "no">("all");
  const [sort, setSort] = useState<(typeof orders)[number]>("-updated_at");
  const [whose, setWhose] = useState<"users" | "mine">("users");
  const [page, setPage] = useState(1);
  const [open, setOpen] = useState<ConversationEntry | null>(null);
  const after = useMemo(() => since(period), [period]);
  const pick = (v: string): string => (v === "all" ? "" : v);
  const filter = { q: useDeferredValue(q.trim()), source: whose === "mine" ? "" : pick(source), status: pick(status), rated: pick(rated), annotated: pick(annotated), debug: whose === "mine", after, before: "", sort, page };
  const list = useRead(keys.apps.conversations(app.id, filter), () => apps.conversations(app.id, filter), { keep: true, stale: 0 });
  const rows = list.data?.data ?? [];
  const filtered = filter.q !== "" || [source, status, rated, annotated, period].some((v) => v !== "all");
  const from = <T,>(set: (v: T) => void) => (v: T): void => {
    setPage(1);
    set(v);
  };
  const linked = useRef(first); // the address names one: it opens by itself, once
  useEffect(() => {
    const one = rows.find((r) => linked.current !== "" && r.conversation.id === linked.current);
    if (!one) return;
    linked.current = "";
    setOpen(one);
  }, [rows]);
  const { page: _, before: __, ...asked } = filter;
  return (
    <Page
      title={t("logs.title")}
      purpose={t("logs.chatsText")}
      action={rows.length > 0 && <Export app={app.id} filter={asked} />}
      tools={
        <>
          <SearchInput value={q} onChange={from(setQ)} label={t("logs.searchChats")} />
          <PeriodSelect value={period} onChange={from(setPeriod)} />
          {whose === "users" && <div className="w-32"><Select label={t("logs.source")} value={source} onChange={from(setSource)} options={[{ value: "all", label: t("logs.anySource") }, { value: "site", label: t("source.site") }, { value: "api", label: t("source.api") }]} /></div>}
          <div className="w-32"><Select label={t("kit.state")} value={status} onChange={from(setStatus)} options={[{ value: "all", label: t("logs.anyStatus") }, { value: "failed", label: t("status.failed") }, { value: "stopped", label: t("status.stopped") }]} /></div>
          <div className="w-36"><Select label={t("ops.rating")} value={rated} onChange={from(setRated)} options={[{ value: "all", label: t("ops.anyRating") }, { value: "like", label: t("ops.liked") }, { value: "dislike", label: t("ops.disliked") }]} /></div>
          <div className="w-36"><Select label={t("ops.annotated")} value={annotated} onChange={from(setAnnotated)} options={[{ value: "all", label: t("ops.anyAnnotated") }, { value: "yes", label: t("ops.isAnnotated") }, { value: "no", label: t("ops.notAnnotated") }]} /></div>
          <div className="w-40"><Select label={t("ops.sort")} value={sort} onChange={from(setSort)} options={orders.map((o) => ({ value: o, label: t(`sort.${o}`) }))} /></div>
          <Segmented label={t("logs.whose")} value={whose} onChange={from(setWhose)} options={[{ value: "users", label: t("logs.users") }, { value: "mine", label: t("ops.mineChats") }]} />
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
          <EmptyState icon={MessagesSquare} title={t("logs.noChats")}>{t(whose === "mine" ? "ops.noChatsMine" : app.published_version_id ? "logs.noRunsText" : "logs.notPublished")}</EmptyState>
        )
      ) : (
        <>
          <Table
            label={t("logs.title")}
            rows={rows}
            id={(r: ConversationEntry) => r.conversation.id}
            columns={[
              { id: "name", title: t("logs.chat"), cell: (r) => <button type="button" onClick={() => setOpen(r)} className="block max-w-[48vw] truncate rounded-sm text-left hover:text-accent-text hover:underline md:max-w-80 xl:max-w-md" title={r.conversation.name}>{r.conversation.name || inputsText(r.conversation.inputs) || t("site.untitled")}</button> },
              { id: "user", title: t("ops.user"), wide: true, cell: (r) => <span className="block max-w-40 truncate text-muted" title={r.end_user}>{r.end_user || "–"}</span> },
              { id: "source", title: t("logs.source"), wide: true, fit: true, cell: (r) => <span className="text-muted">{sourceTitle(t, r.conversation.source)}</span> },
              { id: "marks", title: t("ops.marks"), wide: true, fit: true, cell: (r) => <Marks r={r} /> },
              { id: "messages", title: t("logs.messages"), end: true, wide: true, fit: true, cell: (r) => r.messages },
              { id: "at", title: t(sort.endsWith("updated_at") ? "ops.active" : "logs.at"), end: true, fit: true, cell: (r) => <span className="text-muted"><Time at={sort.endsWith("updated_at") ? r.conversation.updated_at : r.conversation.created_at} /></span> },
            ]}
          />
          <Pager page={page} total={list.data?.total ?? 0} onPage={setPage} />
        </>
      )}
      {open && <ChatDrawer app={app} entry={open} onClose={() => setOpen(null)} />}
    </Page>
  );
}

function Marks({ r }: { r: ConversationEntry }) {
  const { t } = useTranslation();
  return (
    <span className="flex gap-1">
      {r.likes > 0 && <Badge tone="ok">{t("ops.likes", { count: r.likes })}</Badge>}
      {r.dislikes > 0 && <Badge tone="warn">{t("ops.dislikes", { count: r.dislikes })}</Badge>}
      {r.annotated > 0 && <Badge tone="accent">{t("ops.annotations", { count: r.annotated })}</Badge>}
      {r.failed > 0 && <Badge tone="danger">{t("ops.failed", { count: r.failed })}</Badge>}
    </span>
  );
}
