import { ChevronDown, History, Play, Square } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { runDoor, runs } from "@/api/console";
import type { RunDoor } from "@/api/console";
import { keys } from "@/api/keys";
import type { App, Run } from "@/api/types";
import { useRead } from "@/api/use";
import type { FieldProblem, Values } from "@/lib/fields";
import { brief, fieldProblems, firstValues, startFields, toSend } from "@/lib/fields";
import { count, duration } from "@/lib/format";
import { FieldsForm } from "@/parts/fields/fields-form";
import type { Flow } from "@/parts/flow/flow";
import { fromTrace, isOver, tokens } from "@/parts/flow/flow";
import { RunState } from "@/parts/flow/mark";
import { RunResult } from "@/parts/flow/result";
import { Trace } from "@/parts/flow/trace";
import { useRun } from "@/parts/flow/use-run";
import { Button, EmptyState, ErrorState, IconButton, Popover, SkeletonRows, Time } from "@/ui";
import { cx } from "@/ui/cx";
import type { DraftHandle } from "../use-draft";

const memory = (app: string): string => `islet.run.${app}`;

/** Runs the draft of a workflow: a form, then the result and the trace. What changed is saved before a run begins. */
export function RunPanel({ app, draft, onFlow, onPick }: { app: App; draft: DraftHandle; onFlow: (f: Flow, over: boolean) => void; onPick: (node: string) => void }) {
  const { t, i18n } = useTranslation();
  const flush = useRef(draft.flush);
  useEffect(() => {
    flush.current = draft.flush;
  });
  const door = useMemo((): RunDoor => {
    const base = runDoor(app.id);
    return {
      ...base,
      start: async (b, signal) => {
        await flush.current();
        return base.start(b, signal);
      },
    };
  }, [app.id]);
  const fields = useMemo(() => startFields(draft.settings.graph), [draft.settings.graph]);
  const [typed, setTyped] = useState<Values>({});
  const [problems, setProblems] = useState<{ [name: string]: FieldProblem }>({});
  const [folded, fold] = useState(false);
  const run = useRun({ door, onStarted: (r) => sessionStorage.setItem(memory(app.id), r.id), onLost: (e) => e.status === 404 && sessionStorage.removeItem(memory(app.id)) });
  const { follow, show } = run;

  /** Shows a run that is there: one that goes on is followed, one that is over is read. */
  const open = useCallback(
    async (id: string): Promise<void> => {
      try {
        const trace = await runs.one(app.id, id);
        sessionStorage.setItem(memory(app.id), id);
        setTyped((v) => ({ ...v, ...Object.fromEntries(Object.entries(trace.run.inputs ?? {}).filter(([, x]) => typeof x !== "object")) }));
        fold(true);
        if (isOver(trace.run.status)) show(trace.run, { ...fromTrace(trace.nodes ?? []), forms: trace.forms ?? [] });
        else follow(id);
      } catch {
        sessionStorage.removeItem(memory(app.id)); // it is gone: the form stands there as ever
      }
    },
    [app.id, follow, show],
  );
  useEffect(() => {
    const id = sessionStorage.getItem(memory(app.id));
    if (id) void open(id);
  }, [app.id, open]);

  const over = isOver(run.run?.status);
  useEffect(() => onFlow(run.flow, over), [run.flow, over, onFlow]);

  const values: Values = { ...firstValues(fields), ...typed };
  const visible = fields.filter((f) => !f.hidden);
  const start = (): void => {
    const wrong = fieldProblems(fields, values);
    setProblems(wrong);
    if (Object.keys(wrong).length > 0) {
      fold(false);
      return;
    }
    fold(true);
    run.start({ inputs: toSend(fields, values), files: [] });
  };
  const begun = run.run !== null || run.busy || run.problem !== null;
  const took = run.run?.finished_at ? (new Date(run.run.finished_at).getTime() - new Date(run.run.started_at).getTime()) / 1000 : 0;
  const used = run.run && over ? run.run.usage.total_tokens : tokens(run.flow);

  return (
    <section aria-label={t("run.title")} className="flex min-h-0 flex-1 flex-col border-l bg-surface max-lg:min-h-[60vh] max-lg:border-t max-lg:border-l-0">
      <header className="flex h-11 shrink-0 items-center gap-2 border-b pr-2 pl-4">
        <h2 className="font-semibold">{t("run.title")}</h2>
        <span className="min-w-0 flex-1 truncate text-sm text-faint">{t("debug.text")}</span>
        <PastRuns app={app} now={run.run?.id ?? ""} onOpen={(id) => void open(id)} />
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">
        <form
          noValidate
          aria-label={t("run.form")}
          onSubmit={(e) => {
            e.preventDefault();
            if (!run.busy) start();
          }}
        >
          {begun && visible.length > 0 && (
            <button type="button" aria-expanded={!folded} onClick={() => fold(!folded)} className="flex h-9 w-full items-center gap-1.5 px-4 text-sm text-muted hover:text-text">
              <ChevronDown size={14} aria-hidden className={cx("shrink-0 transition-transform", folded && "-rotate-90")} />
              <span className="shrink-0">{t("run.inputs")}</span>
              {folded && <span className="min-w-0 truncate text-faint">{visible.map((f) => brief(values[f.name])).join(" · ")}</span>}
            </button>
          )}
          {!(begun && folded) && (
            <div className="px-4 pt-3 pb-1">
              {visible.length > 0 ? (
                <FieldsForm fields={fields} values={values} problems={problems} door={door} disabled={run.busy} onChange={(f) => { const next = f(values); setTyped((v) => f({ ...firstValues(fields), ...v })); if (Object.keys(problems).length > 0) setProblems(fieldProblems(fields, next)); }} />
              ) : (
                <p className="text-sm text-muted">{t("run.noFields")}</p>
              )}
            </div>
          )}
          <div className="flex gap-2 px-4 py-3">
            {run.busy ? <Button icon={Square} block onClick={run.stop}>{t("chat.stop")}</Button> : <Button type="submit" variant="primary" icon={Play} block>{t(over ? "run.again" : "run.go")}</Button>}
          </div>
        </form>
        {begun ? (
          <div className="border-t">
            <div className="flex min-h-10 flex-wrap items-center gap-x-4 gap-y-0.5 px-4 py-1.5 text-xs text-faint tabular-nums">
              <h3 className="text-base font-semibold text-text">{t("result.title")}</h3>
              {run.run && <RunState status={run.run.status} />}
              {over && <span>{duration(took, i18n.language)}</span>}
              {used > 0 && <span>{t("chat.tokens", { count: used, n: count(used, i18n.language) })}</span>}
            </div>
            <div className="px-4 pb-4"><RunResult running={run} door={door} data steps={false} onReconnect={() => run.run && run.follow(run.run.id)} /></div>
            {run.flow.execs.length > 0 && (
              <div className="border-t px-2.5 py-2">
                <h3 className="px-1.5 pb-1 font-semibold">{t("trace.title")}</h3>
                <Trace flow={run.flow} onPick={onPick} />
              </div>
            )}
          </div>
        ) : (
          <div className="border-t"><EmptyState compact icon={Play} title={t("run.try")}>{t("run.tryText")}</EmptyState></div>
        )}
      </div>
    </section>
  );
}

/** The caller's own runs of the draft. */
function PastRuns({ app, now, onOpen }: { app: App; now: string; onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <Popover label={t("run.history")} flush open={open} onOpen={setOpen} trigger={<IconButton icon={History} label={t("run.history")} tip={false} aria-haspopup="dialog" />}>
      {open && <PastList app={app} now={now} onOpen={(id) => { setOpen(false); onOpen(id); }} />}
    </Popover>
  );
}

function PastList({ app, now, onOpen }: { app: App; now: string; onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  const filter = { q: "", status: "", source: "", debug: true, page: 1 };
  const list = useRead(keys.apps.runs(app.id, filter), () => runs.list(app.id, filter), { stale: 0 });
  if (list.isPending) return <div className="p-3"><SkeletonRows count={4} height={28} /></div>;
  if (list.isError) return <ErrorState compact error={list.error} onRetry={() => void list.refetch()} />;
  const all = list.data.data ?? [];
  if (all.length === 0) return <EmptyState compact icon={History} title={t("run.noHistory")} />;
  const say = (r: Run): string => Object.values(r.inputs ?? {}).map(brief).join(" · ");
  return (
    <ul className="max-h-[60vh] overflow-y-auto p-1" aria-label={t("run.history")}>
      {all.map(({ run: r }) => (
        <li key={r.id}>
          <button type="button" aria-current={r.id === now ? "true" : undefined} onClick={() => onOpen(r.id)} className={cx("flex w-full flex-col rounded px-2 py-1.5 text-left hover:bg-hover", r.id === now && "bg-accent-soft")}>
            <span className="flex w-full items-center justify-between gap-2"><RunState status={r.status} /><span className="text-xs text-faint"><Time at={r.started_at} /></span></span>
            {say(r) && <span className="w-full truncate text-xs text-muted">{say(r)}</span>}
          </button>
        </li>
      ))}
    </ul>
  );
}
