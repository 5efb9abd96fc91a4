import { Download, FileSpreadsheet, Play, Upload } from "lucide-react";
import { useRef, useState } from "react";
import type { DragEvent } from "react";
import { useTranslation } from "react-i18next";
import type { BatchDoor } from "@/api/batch";
import { asApiError } from "@/api/client";
import type { ApiError } from "@/api/client";
import { keys, touches } from "@/api/keys";
import type { BatchPlan } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { brief } from "@/lib/fields";
import { sayText } from "@/text/say";
import { Button, Callout, EmptyState, ErrorNote, ErrorState, Field, Menu, Select, SkeletonRows, Table } from "@/ui";
import { cx } from "@/ui/cx";
import { alive, BatchState, BatchView, Progress } from "./batch";

/** Runs an app for every row of a table: choose a file, look at what it holds, start, and watch. */
export function BatchPane({ door, open, onOpen }: { door: BatchDoor; open: string | null; onOpen: (id: string | null) => void }) {
  if (open) return <BatchView key={open} door={door} id={open} onBack={() => onOpen(null)} />;
  return (
    <div className="flex flex-col gap-8">
      <NewBatch door={door} onStarted={onOpen} />
      <Past door={door} onOpen={onOpen} />
    </div>
  );
}

function NewBatch({ door, onStarted }: { door: BatchDoor; onStarted: (id: string) => void }) {
  const { t } = useTranslation();
  const [file, setFile] = useState<File | null>(null);
  const [plan, setPlan] = useState<BatchPlan | null>(null);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const [reading, setReading] = useState(false);
  const [over, setOver] = useState(false);
  const [parallel, setParallel] = useState("3");
  const picker = useRef<HTMLInputElement>(null);
  const start = useCommand((f: File) => door.start(f, Number(parallel)), touches.batches(door.at), (b) => onStarted(b.id));
  const take = (f: File | undefined): void => {
    if (!f) return;
    setFile(f);
    setPlan(null);
    setProblem(null);
    setReading(true);
    start.reset();
    door.check(f, () => undefined, new AbortController().signal)
      .then(setPlan, (err: unknown) => setProblem(asApiError(err)))
      .finally(() => setReading(false));
  };
  const dropped = (e: DragEvent): void => {
    e.preventDefault();
    setOver(false);
    take(e.dataTransfer.files[0]);
  };
  return (
    <section aria-label={t("batch.new")} className="flex flex-col gap-4">
      <p className="max-w-2xl text-muted">{t("batch.text")}</p>
      <div
        onDragOver={(e) => { e.preventDefault(); setOver(true); }}
        onDragLeave={() => setOver(false)}
        onDrop={dropped}
        className={cx("flex flex-col items-center gap-3 rounded-lg border border-dashed border-line-strong bg-surface px-4 text-center", plan ? "py-4" : "py-8", over && "border-accent bg-accent-soft")}
      >
        {!plan && <FileSpreadsheet size={28} aria-hidden className="text-faint" />}
        <p>{file ? <span className="font-medium [overflow-wrap:anywhere]">{file.name}</span> : t("batch.drop")}</p>
        <div className="flex flex-wrap justify-center gap-2">
          <Button variant={plan ? "default" : "primary"} icon={Upload} busy={reading} onClick={() => picker.current?.click()}>{t(file ? "batch.otherFile" : "batch.choose")}</Button>
          <Menu trigger={<Button icon={Download}>{t("batch.template")}</Button>} groups={[[{ id: "csv", label: t("batch.csv"), href: door.template("csv") }, { id: "xlsx", label: t("batch.xlsx"), href: door.template("xlsx") }]]} />
        </div>
        {!plan && <p className="text-xs text-faint">{t("batch.limits")}</p>}
        <input ref={picker} type="file" hidden aria-label={t("batch.choose")} accept=".csv,.tsv,.txt,.xlsx" onChange={(e) => { take(e.target.files?.[0]); e.target.value = ""; }} />
      </div>
      <ErrorNote error={problem} />
      {plan && file && <PlanView plan={plan} parallel={parallel} setParallel={setParallel} busy={start.isPending} error={start.error} onStart={() => start.mutate(file)} />}
    </section>
  );
}

function PlanView({ plan, parallel, setParallel, busy, error, onStart }: { plan: BatchPlan; parallel: string; setParallel: (n: string) => void; busy: boolean; error: ApiError | null; onStart: () => void }) {
  const { t } = useTranslation();
  const missing = plan.missing ?? [];
  const ignored = plan.ignored ?? [];
  const columns = plan.columns ?? [];
  const sample = (plan.sample ?? []).map((row, i) => ({ n: i + 1, row }));
  return (
    <div className="flex flex-col gap-4 rounded-lg border bg-surface p-4">
      <h3 className="font-semibold">{t("batch.found", { count: plan.total })}</h3>
      {missing.length > 0 && <Callout tone="danger">{t("batch.missing", { list: missing.join(", ") })}</Callout>}
      {ignored.length > 0 && <Callout>{t("batch.ignored", { list: ignored.join(", ") })}</Callout>}
      {missing.length === 0 && plan.wrong > 0 && (
        <Callout tone="warn">
          <p>{t("batch.wrong", { count: plan.wrong })}</p>
          <ul className="mt-1 max-h-40 list-disc overflow-y-auto pl-5 text-sm">
            {(plan.problems ?? []).map((p) => <li key={p.row}>{t("batch.rowProblem", { n: p.row, problem: sayText(p.problem) })}</li>)}
          </ul>
        </Callout>
      )}
      {columns.length > 0 && (
        <Table
          label={t("batch.sample")}
          rows={sample}
          id={(r) => String(r.n)}
          columns={[{ id: "#", title: "#", fit: true, cell: (r: (typeof sample)[number]) => <span className="text-faint tabular-nums">{r.n}</span> }, ...columns.map((c) => ({ id: c.name, title: c.label, cell: (r: (typeof sample)[number]) => <span className="line-clamp-2 [overflow-wrap:anywhere]">{brief(r.row[c.name])}</span> }))]}
        />
      )}
      <div className="flex flex-wrap items-end justify-between gap-4">
        <div className="w-56"><Field label={t("batch.parallel")}><Select value={parallel} onChange={setParallel} options={["1", "2", "3", "5", "10"].map((n) => ({ value: n, label: t("batch.parallelN", { count: Number(n) }) }))} /></Field></div>
        <Button variant="primary" size="lg" icon={Play} busy={busy} disabled={missing.length > 0 || columns.length === 0} onClick={onStart}>{t("batch.start", { count: plan.total })}</Button>
      </div>
      <ErrorNote error={error} />
    </div>
  );
}

function Past({ door, onOpen }: { door: BatchDoor; onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  const list = useRead(keys.batches.list(door.at), door.list, { stale: 0, every: 5000 });
  const all = list.data?.data ?? [];
  return (
    <section aria-label={t("batch.past")}>
      <h2 className="mb-2 font-semibold">{t("batch.past")}</h2>
      {list.isPending ? <SkeletonRows count={3} /> : list.isError && !list.data ? <ErrorState compact error={list.error} onRetry={() => void list.refetch()} /> : all.length === 0 ? (
        <EmptyState compact icon={FileSpreadsheet} title={t("batch.none")}>{t("batch.noneText")}</EmptyState>
      ) : (
        <ul className="flex flex-col gap-2">
          {all.map((b) => (
            <li key={b.id}>
              <button type="button" onClick={() => onOpen(b.id)} className="flex w-full flex-col gap-2 rounded-lg border bg-surface px-4 py-3 text-left transition-colors hover:border-line-strong hover:bg-hover">
                <span className="flex w-full items-center gap-3">
                  <span className="min-w-0 flex-1 truncate font-medium" title={b.name}>{b.name}</span>
                  {b.counts.failed > 0 && !alive(b) && <span className="text-sm text-danger-text">{t("batch.failed", { count: b.counts.failed })}</span>}
                  <BatchState status={b.status} />
                </span>
                <span className="flex w-full items-center gap-3 text-xs text-faint tabular-nums"><Progress batch={b} /><span className="shrink-0">{b.counts.succeeded + b.counts.failed + b.counts.stopped}/{b.counts.total}</span></span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
