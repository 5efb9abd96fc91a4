import { ChevronRight, Wrench } from "lucide-react";
import { useTranslation } from "react-i18next";
import { duration } from "@/lib/format";
import type { Call, Thought } from "@/api/types";
import { sayText } from "@/text/say";
import { Block } from "./data";
import type { Flow } from "./flow";
import { MarkIcon } from "./mark";
import { Trace } from "./trace";

const fold = "group/fold mb-2 rounded border bg-sunken/60 text-sm";
const head = "flex min-h-8 list-none items-center gap-2 rounded px-2.5 text-muted hover:text-text [&::-webkit-details-marker]:hidden";

/** What the graph behind an answer or a result did, folded. */
export function Steps({ flow, live, data }: { flow: Flow; live: boolean; data: boolean }) {
  const { t, i18n } = useTranslation();
  if (flow.execs.length === 0) return null;
  const now = flow.execs.findLast((x) => x.status === "running" || x.status === "paused");
  const failed = flow.execs.some((x) => x.status === "failed");
  const top = flow.execs.filter((x) => x.parent === "");
  const first = top[0];
  const last = top.reduce((n, x) => Math.max(n, new Date(x.at).getTime() + x.elapsed * 1000), 0);
  const whole = first ? Math.max(0, (last - new Date(first.at).getTime()) / 1000) : 0;
  return (
    <details className={fold}>
      <summary className={head}>
        <ChevronRight size={14} aria-hidden className="shrink-0 transition-transform group-open/fold:rotate-90" />
        <MarkIcon mark={live ? (flow.paused ? "paused" : "running") : failed ? "failed" : "done"} />
        <span className="min-w-0 flex-1 truncate">{live && now ? now.title : t("steps.count", { count: flow.execs.length })}</span>
        {!live && whole >= 0.01 && <span className="shrink-0 text-xs text-faint tabular-nums">{duration(whole, i18n.language)}</span>}
      </summary>
      <div className="max-h-[50vh] overflow-y-auto border-t px-1.5 py-1">
        <Trace flow={flow} open={data} />
      </div>
    </details>
  );
}

/** Whether it is told what went into a call or came out; visitors of a web app may see only which tools were used. */
const told = (c: Call): boolean => Object.keys(c.input ?? {}).length > 0 || c.observation !== "" || c.error !== undefined;

/** What an agent thought and which tools it called, folded; each call opens to what went in and came out. */
export function Thoughts({ list, live, watch }: { list: readonly Thought[]; live: boolean; /** Unfolded while it happens. */ watch?: boolean }) {
  const { t, i18n } = useTranslation();
  const calls = list.flatMap((x) => x.calls ?? []);
  const spoken = list.filter((x) => (x.calls ?? []).length > 0 || (x.thought !== "" && x.thought !== x.answer));
  if (calls.length === 0) return null;
  return (
    <details className={fold} open={watch && live}>
      <summary className={head}>
        <ChevronRight size={14} aria-hidden className="shrink-0 transition-transform group-open/fold:rotate-90" />
        {live ? <MarkIcon mark="running" /> : <Wrench size={14} aria-hidden className="shrink-0 text-faint" />}
        <span className="min-w-0 flex-1 truncate">{t("thoughts.used", { count: calls.length, names: [...new Set(calls.map((c) => sayText(c.label) || c.tool))].join(", ") })}</span>
      </summary>
      <ol className="flex max-h-[50vh] flex-col gap-3 overflow-y-auto border-t px-3 py-2">
        {spoken.map((x) => (
          <li key={x.id} className="flex flex-col gap-2">
            {x.thought !== "" && x.thought !== x.answer && <p className="whitespace-pre-wrap text-muted [overflow-wrap:anywhere]">{x.thought}</p>}
            {(x.calls ?? []).map((c, i) => !told(c) ? (
              <p key={i} className="flex min-h-8 items-center gap-2 rounded border bg-surface px-2"><MarkIcon mark={live && c.elapsed === 0 ? "running" : "done"} /><span className="min-w-0 flex-1 truncate">{sayText(c.label) || c.tool}</span><span className="text-xs text-faint tabular-nums">{duration(c.elapsed, i18n.language)}</span></p>
            ) : (
              <details key={i} className="group/call rounded border bg-surface">
                <summary className="flex min-h-8 list-none items-center gap-2 px-2 [&::-webkit-details-marker]:hidden">
                  <ChevronRight size={13} aria-hidden className="shrink-0 text-faint transition-transform group-open/call:rotate-90" />
                  <MarkIcon mark={c.error ? "failed" : c.observation === "" && x.observation === "" && live ? "running" : "done"} />
                  <span className="min-w-0 flex-1 truncate">{sayText(c.label) || c.tool}</span>
                  <span className="text-xs text-faint tabular-nums">{duration(c.elapsed, i18n.language)}</span>
                </summary>
                <div className="flex flex-col gap-2 border-t p-2">
                  <Block title={t("data.inputs")} value={c.input} />
                  {c.error ? <p className="text-xs text-danger-text">{sayText(c.error.text)}</p> : (c.observation || x.observation) !== "" && <Block title={t("data.outputs")} value={c.observation || x.observation} />}
                </div>
              </details>
            ))}
          </li>
        ))}
      </ol>
    </details>
  );
}
