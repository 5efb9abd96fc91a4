import { ArrowLeft } from "lucide-react";
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { runDoor, runs } from "@/api/console";
import { keys } from "@/api/keys";
import type { App } from "@/api/types";
import { useRead } from "@/api/use";
import type { Flow } from "@/parts/flow/flow";
import { fromTrace, isOver, noFlow } from "@/parts/flow/flow";
import type { Running } from "@/parts/flow/use-run";
import { ErrorState, IconButton, SkeletonRows, Time } from "@/ui";
import { RunView } from "./run-view";

/** An earlier run to read: beside the canvas, which shows how it went. Nothing is run again. */
export function Replay({ app, run, titleOf, onFlow, onPick, onClose }: { app: App; run: string; titleOf: (node: string) => string; onFlow: (f: Flow, over: boolean, partial: boolean) => void; onPick: (node: string) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const trace = useRead(keys.apps.run(app.id, run), () => runs.one(app.id, run));
  const door = useMemo(() => runDoor(app.id), [app.id]);
  const flow = useMemo((): Flow => (trace.data ? { ...fromTrace(trace.data.nodes ?? []), forms: trace.data.forms ?? [] } : noFlow), [trace.data]);
  const it = trace.data?.run;
  useEffect(() => onFlow(flow, isOver(it?.status), Boolean(it?.from_node_id)), [flow, it, onFlow]);
  const running: Running = { run: it ?? null, flow, busy: false, problem: null };
  return (
    <section aria-label={t("tried.replay")} className="flex min-h-0 flex-1 flex-col border-l bg-surface max-lg:min-h-[60vh] max-lg:border-t max-lg:border-l-0">
      <header className="flex h-11 shrink-0 items-center gap-2 border-b pr-4 pl-2">
        <IconButton icon={ArrowLeft} label={t("tried.replayClose")} onClick={onClose} />
        <h2 className="font-semibold">{t("tried.replay")}</h2>
        {it && <span className="min-w-0 truncate text-sm text-faint"><Time at={it.started_at} /></span>}
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">
        {trace.isPending ? (
          <div className="p-4"><SkeletonRows count={4} /></div>
        ) : trace.isError ? (
          <ErrorState compact error={trace.error} onRetry={() => void trace.refetch()} />
        ) : (
          <RunView running={running} door={door} titleOf={titleOf} onPick={onPick} />
        )}
      </div>
    </section>
  );
}
