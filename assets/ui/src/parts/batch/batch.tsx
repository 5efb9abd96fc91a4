import { ArrowLeft, CirclePause, CirclePlay, Download, ListFilter, RotateCcw, Square, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { BatchDoor } from "@/api/batch";
import { ROWS } from "@/api/batch";
import { keys, touches } from "@/api/keys";
import type { Batch, BatchRow } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { brief } from "@/lib/fields";
import { count } from "@/lib/format";
import { sayText } from "@/text/say";
import type { BadgeTone, Column } from "@/ui";
import { Badge, Button, Callout, Confirm, Drawer, EmptyState, ErrorNote, ErrorState, IconButton, Menu, Segmented, SkeletonRows, Table, Time } from "@/ui";

const POLL = 1000;

export const alive = (b: Batch): boolean => b.status === "running" || b.counts.running > 0;

const tones: { [status: string]: BadgeTone } = { running: "accent", paused: "warn", stopped: "neutral", finished: "ok", waiting: "neutral", succeeded: "ok", failed: "danger" };
const states = ["running", "paused", "stopped", "finished", "waiting", "succeeded", "failed"] as const;

export function BatchState({ status }: { status: string }) {
  const { t } = useTranslation();
  const known = states.find((s) => s === status);
  return <Badge tone={tones[status] ?? "neutral"}>{known ? t(`batch.status.${known}`) : status}</Badge>;
}

/** How far a batch is, as a bar: what succeeded, what failed, what is still to come. */
export function Progress({ batch }: { batch: Batch }) {
  const { t } = useTranslation();
  const c = batch.counts;
  const done = c.succeeded + c.failed + c.stopped;
  const part = (n: number): string => `${c.total > 0 ? (n / c.total) * 100 : 0}%`;
  return (
    <div role="progressbar" aria-label={t("batch.progress")} aria-valuemin={0} aria-valuemax={c.total} aria-valuenow={done} className="flex h-2 w-full overflow-hidden rounded-full bg-sunken">
      <span className="bg-accent transition-[width] duration-500" style={{ width: part(c.succeeded) }} />
      <span className="bg-danger transition-[width] duration-500" style={{ width: part(c.failed) }} />
      <span className="bg-track transition-[width] duration-500" style={{ width: part(c.stopped) }} />
    </div>
  );
}


type Filter = "all" | "failed" | "succeeded";

/** One batch: how far it is, what can be done about it, and its rows. */
export function BatchView({ door, id, onBack }: { door: BatchDoor; id: string; onBack: () => void }) {
  const { t, i18n } = useTranslation();
  const [filter, setFilter] = useState<Filter>("all");
  const [page, setPage] = useState(1);
  const [asking, ask] = useState<"stop" | "remove" | null>(null);
  const [shown, show] = useState<BatchRow | null>(null);
  const one = useRead(keys.batches.one(door.at, id), () => door.one(id), { keep: true, stale: 0, every: POLL });
  const batch = one.data;
  const status = filter === "all" ? "" : filter;
  const rows = useRead(keys.batches.rows(door.at, id, { status, page }), () => door.rows(id, { status, page }), { keep: true, stale: 0, every: batch && !alive(batch) ? 0 : POLL });
  const act = useCommand((what: "pause" | "resume" | "stop" | "retry") => door.act(id, what), touches.batches(door.at), () => ask(null));
  const remove = useCommand(() => door.remove(id), touches.batches(door.at), onBack);
  if (one.isPending) return <SkeletonRows count={6} />;
  if (one.isError && !batch) return <ErrorState error={one.error} onRetry={() => void one.refetch()} action={<Button icon={ArrowLeft} onClick={onBack}>{t("batch.all")}</Button>} />;
  if (!batch) return null;
  const c = batch.counts;
  const retryable = c.failed + c.stopped;
  const result = (r: BatchRow): string => (r.error ? sayText(r.error.text) : brief(onlyOne(r.outputs)));
  const columns: Column<BatchRow>[] = [
    { id: "n", title: "#", fit: true, cell: (r) => <span className="text-faint tabular-nums">{r.number}</span> },
    { id: "in", title: t("batch.inputs"), cell: (r) => <span className="line-clamp-2 max-w-80 text-sm [overflow-wrap:anywhere]">{inputsOf(batch, r)}</span>, wide: true },
    { id: "out", title: t("batch.result"), cell: (r) => <button type="button" onClick={() => show(r)} className={`line-clamp-2 max-w-md rounded-sm text-left text-sm [overflow-wrap:anywhere] hover:underline ${r.error ? "text-danger-text" : ""}`}>{result(r)}</button> },
    { id: "state", title: t("batch.state"), fit: true, cell: (r) => <BatchState status={r.status} /> },
  ];
  const pages = Math.max(1, Math.ceil((rows.data?.total ?? 0) / ROWS));
  return (
    <section aria-label={batch.name} className="flex flex-col gap-4">
      <header className="flex flex-wrap items-center gap-2">
        <IconButton icon={ArrowLeft} label={t("batch.all")} onClick={onBack} />
        <h2 className="min-w-0 flex-1 truncate font-semibold" title={batch.name}>{batch.name}</h2>
        <BatchState status={batch.status} />
      </header>
      <div className="rounded-lg border bg-surface p-4">
        <Progress batch={batch} />
        <p className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-sm text-muted tabular-nums" role="status">
          <span>{t("batch.done", { done: count(c.succeeded + c.failed + c.stopped, i18n.language), total: count(c.total, i18n.language) })}</span>
          {c.failed > 0 && <span className="text-danger-text">{t("batch.failed", { count: c.failed })}</span>}
          {c.running > 0 && <span>{t("batch.runningNow", { count: c.running })}</span>}
          <Time at={batch.created_at} />
        </p>
        {batch.error && <div className="mt-3"><Callout tone="danger">{sayText(batch.error.text)}</Callout></div>}
        <div className="mt-4 flex flex-wrap gap-2">
          {batch.status === "running" && <Button icon={CirclePause} onClick={() => act.mutate("pause")} busy={act.isPending && act.variables === "pause"}>{t("batch.pause")}</Button>}
          {batch.status === "paused" && <Button variant="primary" icon={CirclePlay} onClick={() => act.mutate("resume")} busy={act.isPending && act.variables === "resume"}>{t("batch.resume")}</Button>}
          {(batch.status === "running" || batch.status === "paused") && <Button icon={Square} onClick={() => ask("stop")}>{t("batch.stop")}</Button>}
          {!alive(batch) && retryable > 0 && <Button icon={RotateCcw} onClick={() => act.mutate("retry")} busy={act.isPending && act.variables === "retry"}>{t("batch.retry", { count: retryable })}</Button>}
          <Menu align="start" trigger={<Button icon={Download}>{t("batch.export")}</Button>} groups={[[{ id: "csv", label: t("batch.csv"), href: door.exported(id, "csv") }, { id: "xlsx", label: t("batch.xlsx"), href: door.exported(id, "xlsx") }]]} />
          {!alive(batch) && <span className="ml-auto"><IconButton icon={Trash2} label={t("batch.remove")} onClick={() => ask("remove")} /></span>}
        </div>
        {act.error && <div className="mt-3"><ErrorNote error={act.error} /></div>}
        {batch.status === "running" && <p className="mt-3 text-xs text-faint">{t("batch.goesOn")}</p>}
      </div>
      <div><Segmented<Filter>
        label={t("batch.filter")}
        value={filter}
        onChange={(f) => { setFilter(f); setPage(1); }}
        options={[{ value: "all", label: `${t("batch.everything")} ${c.total}` }, { value: "failed", label: `${t("batch.status.failed")} ${c.failed}` }, { value: "succeeded", label: `${t("batch.status.succeeded")} ${c.succeeded}` }]}
      /></div>
      {rows.isPending ? <SkeletonRows count={8} /> : rows.isError && !rows.data ? <ErrorState compact error={rows.error} onRetry={() => void rows.refetch()} /> : (rows.data?.data ?? []).length === 0 ? (
        <EmptyState compact icon={ListFilter} title={t("batch.noRows")}>{t("batch.noRowsText")}</EmptyState>
      ) : (
        <Table label={t("batch.rows")} rows={rows.data?.data ?? []} columns={columns} id={(r) => String(r.number)} />
      )}
      {pages > 1 && (
        <nav aria-label={t("batch.pages")} className="flex items-center justify-center gap-3 text-sm text-muted tabular-nums">
          <Button size="sm" disabled={page <= 1} onClick={() => setPage(page - 1)}>{t("batch.before")}</Button>
          {page} / {pages}
          <Button size="sm" disabled={page >= pages} onClick={() => setPage(page + 1)}>{t("batch.next")}</Button>
        </nav>
      )}
      {shown && <RowDrawer batch={batch} row={shown} onClose={() => show(null)} />}
      <Confirm open={asking === "stop"} onClose={() => ask(null)} onConfirm={() => act.mutate("stop")} title={t("batch.stopTitle")} action={t("batch.stop")} busy={act.isPending} error={<ErrorNote error={act.error} />}>
        <p>{t("batch.stopText", { count: c.waiting })}</p>
      </Confirm>
      <Confirm open={asking === "remove"} onClose={() => ask(null)} onConfirm={() => remove.mutate(undefined)} title={t("batch.removeTitle", { name: batch.name })} action={t("batch.remove")} busy={remove.isPending} error={<ErrorNote error={remove.error} />}>
        <p>{t("batch.removeText", { count: c.total })}</p>
      </Confirm>
    </section>
  );
}

function inputsOf(batch: Batch, r: BatchRow): string {
  return (batch.columns ?? []).map((c) => brief(r.inputs?.[c.name])).join(" · ");
}

/** The value itself where there is only one. */
function onlyOne(outputs: { [name: string]: unknown } | null): unknown {
  const list = Object.values(outputs ?? {});
  return list.length === 1 ? list[0] : outputs;
}

function RowDrawer({ batch, row, onClose }: { batch: Batch; row: BatchRow; onClose: () => void }) {
  const { t } = useTranslation();
  const part = (name: string, value: unknown): { name: string; text: string } => ({ name, text: typeof value === "string" ? value : brief(value) });
  const inputs = (batch.columns ?? []).map((c) => part(c.label, row.inputs?.[c.name]));
  const outputs = Object.entries(row.outputs ?? {}).map(([k, v]) => part(k === "answer" ? t("batch.result") : k, v));
  return (
    <Drawer open onClose={onClose} title={t("batch.row", { n: row.number })} description={<BatchState status={row.status} />}>
      <div className="flex flex-col gap-5">
        {row.error && <Callout tone="danger">{sayText(row.error.text)}</Callout>}
        <Parts title={t("batch.inputs")} list={inputs} />
        {outputs.length > 0 && <Parts title={t("batch.result")} list={outputs} />}
      </div>
    </Drawer>
  );
}

function Parts({ title, list }: { title: string; list: { name: string; text: string }[] }) {
  return (
    <section aria-label={title}>
      <h3 className="mb-2 text-sm font-semibold">{title}</h3>
      <dl className="flex flex-col gap-3">
        {list.map((p) => (
          <div key={p.name}>
            <dt className="text-xs text-faint">{p.name}</dt>
            <dd className="mt-0.5 rounded bg-sunken/60 px-3 py-2 text-sm leading-6 whitespace-pre-wrap [overflow-wrap:anywhere]">{p.text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
