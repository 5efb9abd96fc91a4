import { History } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { PAGE, runs } from "@/api/console";
import { keys } from "@/api/keys";
import type { App, RunEntry } from "@/api/types";
import { useRead } from "@/api/use";
import { brief } from "@/lib/fields";
import { duration } from "@/lib/format";
import { RunState } from "@/parts/flow/mark";
import { Button, Drawer, EmptyState, ErrorState, Segmented, Select, SkeletonRows, Time } from "@/ui";
import { useNameOf } from "./who";

type Status = "all" | "succeeded" | "failed" | "stopped" | "running";
const wire: Record<Status, string> = { all: "", succeeded: "succeeded,partial-succeeded", failed: "failed,interrupted", stopped: "stopped", running: "running,paused" };

/** The runs of the draft, by everybody who works on it. One that is picked is drawn on the canvas, to read. */
export function HistoryDrawer({ app, titleOf, onOpen, onClose }: { app: App; titleOf: (node: string) => string; onOpen: (run: string) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const [everyone, setEveryone] = useState(false);
  const [status, setStatus] = useState<Status>("all");
  const [page, setPage] = useState(1);
  const filter = { q: "", status: wire[status], source: "", debug: true, everyone, page };
  const list = useRead(keys.apps.runs(app.id, filter), () => runs.list(app.id, filter), { stale: 0, keep: true });
  const all = list.data?.data ?? [];
  const pages = Math.ceil((list.data?.total ?? 0) / PAGE);
  return (
    <Drawer open onClose={onClose} title={t("run.history")} description={t("tried.historyText")}>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <Segmented label={t("tried.whose")} value={everyone ? "all" : "mine"} onChange={(v) => { setEveryone(v === "all"); setPage(1); }} options={[{ value: "mine", label: t("tried.mine") }, { value: "all", label: t("tried.everyone") }]} />
        <div className="w-36"><Select label={t("tried.status")} value={status} onChange={(v) => { setStatus(v); setPage(1); }} options={[{ value: "all", label: t("tried.anyStatus") }, { value: "succeeded", label: t("status.succeeded") }, { value: "failed", label: t("status.failed") }, { value: "stopped", label: t("status.stopped") }, { value: "running", label: t("status.running") }]} /></div>
      </div>
      {list.isPending ? (
        <SkeletonRows count={5} height={52} />
      ) : list.isError ? (
        <ErrorState compact error={list.error} onRetry={() => void list.refetch()} />
      ) : all.length === 0 ? (
        <EmptyState compact icon={History} title={t("run.noHistory")}>{t("tried.noHistoryText")}</EmptyState>
      ) : (
        <ul className="flex flex-col gap-1.5" aria-label={t("run.history")}>
          {all.map((e) => <li key={e.run.id}><Entry entry={e} everyone={everyone} titleOf={titleOf} onOpen={() => onOpen(e.run.id)} /></li>)}
        </ul>
      )}
      {pages > 1 && (
        <div className="mt-3 flex items-center justify-between">
          <Button size="sm" disabled={page <= 1} onClick={() => setPage(page - 1)}>{t("tried.newer")}</Button>
          <span className="text-xs text-faint tabular-nums">{page} / {pages}</span>
          <Button size="sm" disabled={page >= pages} onClick={() => setPage(page + 1)}>{t("tried.older")}</Button>
        </div>
      )}
    </Drawer>
  );
}

function Entry({ entry, everyone, titleOf, onOpen }: { entry: RunEntry; everyone: boolean; titleOf: (node: string) => string; onOpen: () => void }) {
  const { t, i18n } = useTranslation();
  const nameOf = useNameOf();
  const r = entry.run;
  const took = r.finished_at ? (new Date(r.finished_at).getTime() - new Date(r.started_at).getTime()) / 1000 : null;
  const said = [entry.query, ...Object.values(r.inputs ?? {}).map(brief)].filter(Boolean).join(" · ");
  return (
    <button type="button" onClick={onOpen} className="flex w-full flex-col gap-0.5 rounded-md border px-3 py-2 text-left transition-colors hover:border-accent-line hover:bg-hover">
      <span className="flex w-full items-center gap-3">
        <RunState status={r.status} />
        {took !== null && <span className="text-xs text-faint tabular-nums">{duration(took, i18n.language)}</span>}
        <span className="ml-auto text-xs text-faint"><Time at={r.started_at} /></span>
      </span>
      <span className="flex w-full gap-2 text-xs text-muted">
        {everyone && <span className="shrink-0">{nameOf(entry.end_user) || t("tried.somebody")}</span>}
        {r.from_node_id && <span className="shrink-0">{t("tried.fromNode", { name: titleOf(r.from_node_id) })}</span>}
        <span className="min-w-0 truncate text-faint">{said}</span>
      </span>
    </button>
  );
}
