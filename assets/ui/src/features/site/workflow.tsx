import { useNavigate } from "@tanstack/react-router";
import { Play, RotateCcw, Square, Workflow } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { siteRunDoor } from "@/api/site";
import type { FieldProblem, Values } from "@/lib/fields";
import { fieldProblems, firstValues, toSend } from "@/lib/fields";
import { duration } from "@/lib/format";
import { fitting } from "@/lib/prefill";
import { FieldsForm } from "@/parts/fields/fields-form";
import { RunResult } from "@/parts/flow/result";
import { RunState } from "@/parts/flow/mark";
import { isGood, isOver } from "@/parts/flow/flow";
import { useRun } from "@/parts/flow/use-run";
import { Button, EmptyState } from "@/ui";
import type { SiteProps } from "./page";
import { ResultBar } from "./results";
import { fieldsOf } from "./shell";
import { RunSite } from "./tabs";

/** A published workflow: a form, a run, a result. The address names the run, so that a reload finds it again. */
export function WorkflowSite({ code, view, wanted, given }: SiteProps) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const door = useMemo(() => siteRunDoor(code), [code]);
  const fields = useMemo(() => fieldsOf(view), [view]);
  const [values, setValues] = useState<Values>(() => ({ ...firstValues(fields), ...fitting(fields, given.inputs) }));
  const [problems, setProblems] = useState<{ [name: string]: FieldProblem }>({});
  const open = useRef<string | null>(null);
  const result = useRef<HTMLElement>(null);
  const go = useCallback((r: string | null) => void navigate({ to: "/workflow/$code", params: { code }, search: r ? { r } : {}, replace: true }), [navigate, code]);
  const fill = useCallback((inputs: Values | null | undefined) => setValues((v) => ({ ...v, ...Object.fromEntries(fields.filter((f) => !f.files && inputs?.[f.name] !== undefined && inputs[f.name] !== null).map((f) => [f.name, f.kind === "json" ? JSON.stringify(inputs?.[f.name], null, 2) : inputs?.[f.name]])) })), [fields]);
  const run = useRun({
    door,
    onStarted: (r) => {
      if (open.current === r.id) return;
      open.current = r.id;
      go(r.id);
    },
    onLost: (e) => {
      if (e.status !== 404 && e.status !== 400) return;
      if (open.current === null) return; // it never began: what is wrong stands beside the form
      open.current = null;
      run.clear();
      go(null);
    },
  });
  const { follow } = run;
  useEffect(() => {
    if (!wanted || open.current === wanted) return;
    open.current = wanted;
    follow(wanted);
  }, [wanted, follow]);
  const shownInputs = useRef("");
  useEffect(() => {
    if (!run.run || shownInputs.current === run.run.id) return;
    shownInputs.current = run.run.id;
    fill(run.run.inputs);
  }, [run.run, fill]);

  const start = (): void => {
    const wrong = fieldProblems(fields, values);
    setProblems(wrong);
    if (Object.keys(wrong).length > 0) return;
    open.current = null;
    shownInputs.current = "";
    run.start({ inputs: toSend(fields, values), files: [] });
    requestAnimationFrame(() => result.current?.scrollIntoView({ behavior: "smooth", block: "start" })); // on a phone it stands above the form from now on
  };
  const visible = fields.some((f) => !f.hidden);
  const begun = run.run !== null || run.busy || run.problem !== null;
  const over = isOver(run.run?.status);
  const took = run.run?.finished_at ? (new Date(run.run.finished_at).getTime() - new Date(run.run.started_at).getTime()) / 1000 : 0;

  return (
    <RunSite code={code} view={view}>
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(300px,380px)_1fr]">
        <form
          noValidate
          aria-label={t("run.form")}
          onSubmit={(e) => {
            e.preventDefault();
            if (!run.busy) start();
          }}
          className="flex flex-col gap-4 rounded-lg border bg-surface p-4"
        >
          {visible ? (
            <FieldsForm fields={fields} values={values} problems={problems} door={door} disabled={run.busy} onChange={(f) => setValues((v) => { const next = f(v); if (Object.keys(problems).length > 0) setProblems(fieldProblems(fields, next)); return next; })} />
          ) : (
            <p className="text-sm text-muted">{t("run.noFields")}</p>
          )}
          <div className="flex gap-2">
            {run.busy ? (
              <Button size="lg" block icon={Square} onClick={run.stop}>{t("chat.stop")}</Button>
            ) : (
              <Button type="submit" variant="primary" size="lg" icon={over ? RotateCcw : Play} block>{t(over ? "run.again" : "run.go")}</Button>
            )}
          </div>
        </form>
        <section ref={result} aria-label={t("result.title")} className={`min-w-0 scroll-mt-14 rounded-lg border bg-surface ${begun ? "max-lg:order-first" : ""}`}>
          <header className="flex h-11 items-center gap-3 border-b px-4">
            <h2 className="min-w-0 flex-1 truncate font-semibold">{t("result.title")}</h2>
            {run.run && <RunState status={run.run.status} />}
            {over && took > 0 && <span className="text-xs text-faint tabular-nums">{duration(took, i18n.language)}</span>}
          </header>
          <div className="p-4">
            {begun ? (
              <><RunResult running={run} door={door} data={false} onReconnect={() => run.run && run.follow(run.run.id)} />{run.run && isGood(run.run.status) && <ResultBar code={code} id={run.run.id} sharing={view.site.sharing} />}</>
            ) : (
              <EmptyState compact icon={Workflow} title={t("run.empty")}>{t("run.emptyText")}</EmptyState>
            )}
          </div>
        </section>
      </div>
    </RunSite>
  );
}
