import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { runDoor, runs } from "@/api/console";
import { keys } from "@/api/keys";
import type { App } from "@/api/types";
import { useRead } from "@/api/use";
import { count, duration } from "@/lib/format";
import { formLink } from "@/lib/links";
import { Block } from "@/parts/flow/data";
import { FormCard } from "@/parts/flow/form-card";
import { fromTrace, isGood, isOver } from "@/parts/flow/flow";
import { RunState } from "@/parts/flow/mark";
import { Outputs } from "@/parts/flow/outputs";
import { Trace } from "@/parts/flow/trace";
import { sayText } from "@/text/say";
import { Callout, CopyField, CopyIcon, Drawer, ErrorState, Facts, SkeletonRows, Time } from "@/ui";
import { Ledger } from "./ledger";
import { sourceTitle } from "./log-tools";

/** One run: what went in and came out, and when each node worked. */
export function RunDrawer({ app, run, onClose }: { app: App; run: string; onClose: () => void }) {
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
            {trace.data?.ledger && <Ledger list={trace.data.ledger} />}
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

