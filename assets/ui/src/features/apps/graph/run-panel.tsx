import { ChevronDown, History, Play, Square } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { runDoor, runs } from "@/api/console";
import type { RunDoor } from "@/api/console";
import type { App } from "@/api/types";
import type { FieldProblem, Values } from "@/lib/fields";
import { brief, fieldProblems, firstValues, startFields, toSend } from "@/lib/fields";
import { FieldsForm } from "@/parts/fields/fields-form";
import type { Flow } from "@/parts/flow/flow";
import { fromTrace, isOver } from "@/parts/flow/flow";
import { useRun } from "@/parts/flow/use-run";
import { Button, EmptyState, IconButton } from "@/ui";
import { cx } from "@/ui/cx";
import type { DraftHandle } from "../use-draft";
import { RunView } from "./run/run-view";
import { useOffer } from "./run/runs";

const memory = (app: string): string => `islet.run.${app}`;

/** Runs the draft of a workflow: a form, then the result and the trace. What changed is saved before a run begins. */
export function RunPanel({ app, draft, titleOf, onFlow, onPick, onHistory }: { app: App; draft: DraftHandle; titleOf: (node: string) => string; onFlow: (f: Flow, over: boolean, partial: boolean) => void; onPick: (node: string) => void; onHistory: () => void }) {
  const { t } = useTranslation();
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
  const partial = Boolean(run.run?.from_node_id);
  useEffect(() => onFlow(run.flow, over, partial), [run.flow, over, partial, onFlow]);
  useOffer((from) => {
    fold(true);
    run.start({ inputs: {}, files: [], from });
  }, run.busy);

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

  return (
    <section aria-label={t("run.title")} className="flex min-h-0 flex-1 flex-col border-l bg-surface max-lg:min-h-[60vh] max-lg:border-t max-lg:border-l-0">
      <header className="flex h-11 shrink-0 items-center gap-2 border-b pr-2 pl-4">
        <h2 className="font-semibold">{t("run.title")}</h2>
        <span className="min-w-0 flex-1 truncate text-sm text-faint">{t("debug.text")}</span>
        <IconButton icon={History} label={t("run.history")} onClick={onHistory} />
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
          <div className="border-t"><RunView running={run} door={door} titleOf={titleOf} onPick={onPick} onReconnect={() => run.run && run.follow(run.run.id)} /></div>
        ) : (
          <div className="border-t"><EmptyState compact icon={Play} title={t("run.try")}>{t("run.tryText")}</EmptyState></div>
        )}
      </div>
    </section>
  );
}
