import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { RunDoor } from "@/api/console";
import { count, duration } from "@/lib/format";
import { Block } from "@/parts/flow/data";
import { isOver, tokens } from "@/parts/flow/flow";
import { RunState } from "@/parts/flow/mark";
import { RunResult } from "@/parts/flow/result";
import { Trace } from "@/parts/flow/trace";
import type { Running } from "@/parts/flow/use-run";
import { CopyIcon, Tabs, Time } from "@/ui";

type Tab = "result" | "detail" | "trace";

/** A run, going on or over, under three heads: what came of it, what it was given and took, and node by node. */
export function RunView({ running: r, door, titleOf, onPick, onReconnect }: {
  running: Running;
  door: RunDoor;
  titleOf: (node: string) => string;
  onPick: (node: string) => void;
  onReconnect?: () => void;
}) {
  const { t, i18n } = useTranslation();
  const [tab, setTab] = useState<Tab>("result");
  const run = r.run;
  const over = isOver(run?.status);
  const took = run?.finished_at ? (new Date(run.finished_at).getTime() - new Date(run.started_at).getTime()) / 1000 : 0;
  const used = run && over ? run.usage.total_tokens : tokens(r.flow);
  const rows: [string, string][] = run
    ? [
        [t("tried.elapsed"), over ? duration(took, i18n.language) : "–"],
        [t("tried.tokens"), count(used, i18n.language)],
        [t("tried.steps"), over ? count(run.steps, i18n.language) : String(r.flow.execs.length)],
        ...(run.exceptions > 0 ? [[t("tried.exceptions"), String(run.exceptions)] satisfies [string, string]] : []),
        ...(run.from_node_id ? [[t("tried.from"), titleOf(run.from_node_id)] satisfies [string, string]] : []),
      ]
    : [];
  return (
    <div className="px-4 pt-1 pb-4">
      <div className="flex min-h-9 flex-wrap items-center gap-x-4 gap-y-0.5 text-xs text-faint tabular-nums">
        {run && <RunState status={run.status} />}
        {over && <span>{duration(took, i18n.language)}</span>}
        {used > 0 && <span>{t("chat.tokens", { count: used, n: count(used, i18n.language) })}</span>}
        {run?.from_node_id && <span className="min-w-0 truncate">{t("tried.fromNode", { name: titleOf(run.from_node_id) })}</span>}
      </div>
      <Tabs
        label={t("tried.tabs")}
        value={tab}
        onChange={setTab}
        tabs={[{ value: "result", label: t("result.title") }, { value: "detail", label: t("tried.detail") }, { value: "trace", label: t("trace.title"), ...(r.flow.execs.length > 0 ? { count: r.flow.execs.length } : {}) }]}
      >
        {tab === "result" && <RunResult running={r} door={door} data steps={false} {...(onReconnect ? { onReconnect } : {})} />}
        {tab === "detail" && run && (
          <div className="flex flex-col gap-3">
            <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5 text-sm">
              {rows.map(([name, value]) => [<dt key={name} className="text-faint">{name}</dt>, <dd key={`${name}=`} className="min-w-0 truncate">{value}</dd>])}
              <dt className="text-faint">{t("tried.began")}</dt>
              <dd><Time at={run.started_at} /></dd>
              <dt className="text-faint">{t("tried.id")}</dt>
              <dd className="flex min-w-0 items-center gap-1"><code className="truncate font-mono text-xs">{run.id}</code><CopyIcon text={run.id} /></dd>
            </dl>
            {run.inputs && Object.keys(run.inputs).length > 0 && <Block title={t("data.inputs")} value={run.inputs} />}
            {run.outputs && Object.keys(run.outputs).length > 0 && <Block title={t("data.outputs")} value={run.outputs} />}
          </div>
        )}
        {tab === "trace" && (r.flow.execs.length > 0 ? <Trace flow={r.flow} onPick={onPick} /> : <p className="text-sm text-faint">{t("data.none")}</p>)}
      </Tabs>
    </div>
  );
}
