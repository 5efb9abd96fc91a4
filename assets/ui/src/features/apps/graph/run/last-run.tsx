import { ChevronsRight, Play, SquareTerminal, Square } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { inspect } from "@/api/inspect";
import { keys } from "@/api/keys";
import type { App } from "@/api/types";
import { useRead } from "@/api/use";
import { count } from "@/lib/format";
import { DataBlocks } from "@/parts/flow/data";
import type { Exec } from "@/parts/flow/flow";
import { fromTrace } from "@/parts/flow/flow";
import { Elapsed, MarkIcon, markOf } from "@/parts/flow/mark";
import { sayText } from "@/text/say";
import { Button, Callout, EmptyState, ErrorNote, ErrorState, Select, SkeletonRows, Time } from "@/ui";
import { NodeRunDialog } from "./node-run";
import { useRuns } from "./runs";

/** How a node worked the last time, and the ways to try it again: alone, or with all that is behind it. */
export function LastRun({ app, node, title = "", single = true, top = true }: { app: App; node: string; title?: string; single?: boolean; top?: boolean }) {
  const { t } = useTranslation();
  const runs = useRuns();
  const [asking, ask] = useState(false);
  const last = useRead(keys.apps.lastRun(app.id, node), () => inspect.lastRun(app.id, node), { stale: 0 });
  const alone = runs?.alone.node === node ? runs.alone.running : null;
  const live = alone?.busy ?? false;
  const execs = live && alone ? alone.flow.execs.filter((x) => x.node === node) : fromTrace(last.data?.executions ?? []).execs;
  const run = live ? alone?.run : last.data?.run;
  return (
    <div className="flex flex-col gap-3">
      {runs && (
        <div className="flex flex-wrap gap-2">
          {live ? (
            <Button size="sm" icon={Square} onClick={runs.stopNode}>{t("chat.stop")}</Button>
          ) : (
            <>
              {single && <Button size="sm" icon={Play} onClick={() => ask(true)}>{t("tried.run")}</Button>}
              {top && <Button size="sm" variant="ghost" icon={ChevronsRight} disabled={runs.busy} onClick={() => runs.goOn(node)}>{t("tried.goOn")}</Button>}
            </>
          )}
        </div>
      )}
      {alone?.problem && <ErrorNote error={alone.problem} />}
      {last.isPending && !live ? (
        <SkeletonRows count={3} height={40} />
      ) : last.isError && !live ? (
        <ErrorState compact error={last.error} onRetry={() => void last.refetch()} />
      ) : execs.length === 0 && !live ? (
        <EmptyState compact icon={SquareTerminal} title={t("tried.never")}>{t(run ? "tried.traceGone" : "tried.neverText")}</EmptyState>
      ) : (
        <Execs execs={execs} when={run?.started_at} alone={run?.only_node_id === node} live={live} />
      )}
      {asking && <NodeRunDialog app={app.id} node={node} title={title || node} onClose={() => ask(false)} />}
    </div>
  );
}

function Execs({ execs, when, alone, live }: { execs: readonly Exec[]; when: string | undefined; alone: boolean; live: boolean }) {
  const { t, i18n } = useTranslation();
  const [picked, pick] = useState("");
  const failed = execs.find((x) => x.status === "failed");
  const x = execs.find((e) => e.id === picked) ?? failed ?? execs.at(-1);
  if (!x) return <p role="status" className="text-sm text-muted">{t("chat.waiting")}</p>;
  const tokens = x.usage?.total_tokens ?? 0;
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
        <span className="flex items-center gap-1.5"><MarkIcon mark={markOf[x.status]} />{t(`status.${x.status}`)}</span>
        <span className="text-xs text-faint"><Elapsed exec={x} /></span>
        {tokens > 0 && <span className="text-xs text-faint tabular-nums">{t("chat.tokens", { count: tokens, n: count(tokens, i18n.language) })}</span>}
        {!live && when && <span className="text-xs text-faint"><Time at={when} /> · {t(alone ? "tried.byItself" : "tried.withAll")}</span>}
      </div>
      {execs.length > 1 && (
        <Select
          label={t("tried.which")}
          value={x.id}
          onChange={pick}
          options={execs.map((e, i) => ({ value: e.id, label: t("tried.execution", { n: i + 1, total: execs.length, status: t(`status.${e.status}`) }) }))}
        />
      )}
      {x.error && <Callout tone={x.status === "failed" ? "danger" : "warn"}>{sayText(x.error.text)} <code className="font-mono text-xs">{x.error.code}</code></Callout>}
      {x.attempts.map((a) => <p key={a.retry} className="text-xs text-warn-text [overflow-wrap:anywhere]">{t("trace.attempt", { n: a.retry })}{a.error && `: ${sayText(a.error.text)}`}</p>)}
      <DataBlocks data={x} />
    </div>
  );
}
