import { useTranslation } from "react-i18next";
import { Area, AreaChart, Bar, BarChart, CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { App, Overview, OverviewStretch } from "@/api/types";
import { compact, count, duration, numbers } from "@/lib/format";
import { Disclosure, Table } from "@/ui";
import { nameOf, perSecond, satisfaction } from "./numbers";

interface Series {
  key: string;
  name: string;
  color: string;
  of: (s: OverviewStretch) => number | null;
}

interface Chart {
  id: string;
  title: string;
  kind: "area" | "bars" | "lines";
  series: Series[];
  say: (n: number) => string;
}

/** The overview over time, and the same as a table for those who do not see charts. */
export function Charts({ app, data }: { app: App; data: Overview }) {
  const { t, i18n } = useTranslation();
  const lang = i18n.language;
  const n = (x: number): string => count(x, lang);
  const chats = app.mode !== "workflow" && app.mode !== "completion";
  const charts: Chart[] = [
    { id: "runs", title: t(app.mode === "workflow" ? "over.runs" : "over.messages"), kind: "area", say: n, series: [
      { key: "runs", name: t(app.mode === "workflow" ? "over.runs" : "over.messages"), color: "var(--chart-1)", of: (s) => s.runs },
      { key: "failed", name: t("over.failedRuns"), color: "var(--danger)", of: (s) => s.failed },
    ] },
    { id: "users", title: t("over.users"), kind: "bars", say: n, series: [{ key: "users", name: t("over.users"), color: "var(--chart-4)", of: (s) => s.users }] },
    ...(chats ? [{ id: "depth", title: t("over.depth"), kind: "lines" as const, say: (x: number) => numbers(lang, { maximumFractionDigits: 1 }).format(x), series: [{ key: "depth", name: t("over.depth"), color: "var(--chart-3)", of: (s: OverviewStretch) => (s.conversations > 0 ? s.runs / s.conversations : null) }] }] : []),
    { id: "tokens", title: t("over.tokens"), kind: "bars", say: n, series: [
      { key: "in", name: t("over.tokensIn"), color: "var(--chart-4)", of: (s) => s.prompt_tokens },
      { key: "out", name: t("over.tokensOut"), color: "var(--chart-1)", of: (s) => s.completion_tokens },
    ] },
    { id: "latency", title: t("over.latency"), kind: "lines", say: (x) => duration(x / 1000, lang), series: [
      { key: "p50", name: t("over.half"), color: "var(--chart-1)", of: (s) => (s.p50_ms > 0 ? s.p50_ms : null) },
      { key: "p95", name: t("over.most"), color: "var(--chart-2)", of: (s) => (s.p95_ms > 0 ? s.p95_ms : null) },
    ] },
    { id: "speed", title: t("over.speed"), kind: "lines", say: (x) => numbers(lang, { maximumFractionDigits: 1 }).format(x), series: [{ key: "speed", name: t("over.speed"), color: "var(--chart-6)", of: (s) => (s.speaking_ms > 0 && s.completion_tokens > 0 ? s.completion_tokens / (s.speaking_ms / 1000) : null) }] },
    ...(app.mode !== "workflow" ? [{ id: "ratings", title: t("over.ratingsTitle"), kind: "bars" as const, say: n, series: [
      { key: "likes", name: t("ops.liked"), color: "var(--chart-6)", of: (s: OverviewStretch) => s.likes },
      { key: "dislikes", name: t("ops.disliked"), color: "var(--chart-2)", of: (s: OverviewStretch) => s.dislikes },
    ] }] : []),
  ];
  const name = (s: OverviewStretch): string => nameOf(data.unit, s.from, lang);
  return (
    <>
      <div className="grid gap-3 lg:grid-cols-2" aria-hidden>
        {charts.map((c) => <Drawn key={c.id} chart={c} stretches={data.each} name={name} />)}
        {data.models.length > 0 && <Models data={data} />}
      </div>
      <div className="mt-5">
        <Disclosure summary={t("over.table")}>
          <Table
            label={t("over.table")}
            rows={data.each}
            id={(s: OverviewStretch) => s.from}
            columns={[
              { id: "at", title: t(data.unit === "hour" ? "over.hour" : data.unit === "week" ? "over.week" : "over.day"), fit: true, cell: name },
              { id: "runs", title: t(app.mode === "workflow" ? "over.runs" : "over.messages"), end: true, cell: (s) => n(s.runs) },
              { id: "users", title: t("over.users"), end: true, cell: (s) => n(s.users) },
              { id: "in", title: t("over.tokensIn"), end: true, cell: (s) => n(s.prompt_tokens) },
              { id: "out", title: t("over.tokensOut"), end: true, cell: (s) => n(s.completion_tokens) },
              { id: "speed", title: t("over.speed"), end: true, cell: (s) => (s.speaking_ms > 0 && s.completion_tokens > 0 ? perSecond(s, lang) : "–") },
              { id: "p50", title: t("over.half"), end: true, cell: (s) => (s.p50_ms > 0 ? duration(s.p50_ms / 1000, lang) : "–") },
              { id: "p95", title: t("over.most"), end: true, cell: (s) => (s.p95_ms > 0 ? duration(s.p95_ms / 1000, lang) : "–") },
              { id: "good", title: t("over.satisfaction"), end: true, cell: (s) => satisfaction(s, lang) },
              { id: "bad", title: t("over.failedRuns"), end: true, cell: (s) => n(s.failed) },
            ]}
          />
          {data.models.length > 0 && (
            <div className="mt-3">
              <Table
                label={t("over.byModel")}
                rows={data.models}
                id={(m) => m.model}
                columns={[
                  { id: "model", title: t("log.model"), cell: (m) => m.model },
                  { id: "calls", title: t("over.calls"), end: true, cell: (m) => n(m.calls) },
                  { id: "in", title: t("over.tokensIn"), end: true, cell: (m) => n(m.prompt_tokens) },
                  { id: "out", title: t("over.tokensOut"), end: true, cell: (m) => n(m.completion_tokens) },
                ]}
              />
            </div>
          )}
        </Disclosure>
      </div>
    </>
  );
}

const axis = { fontSize: 11, fill: "var(--faint)" };

function Drawn({ chart, stretches, name }: { chart: Chart; stretches: readonly OverviewStretch[]; name: (s: OverviewStretch) => string }) {
  const rows = stretches.map((s) => ({ at: name(s), ...Object.fromEntries(chart.series.map((x) => [x.key, x.of(s)])) }));
  const margin = { top: 4, right: 8, bottom: 0, left: 0 };
  const grid = <CartesianGrid stroke="var(--line)" vertical={false} />;
  const x = <XAxis dataKey="at" tick={axis} tickLine={false} axisLine={{ stroke: "var(--line)" }} minTickGap={24} />;
  const y = <YAxis tick={axis} tickLine={false} axisLine={false} width={48} allowDecimals={false} tickFormatter={(v: number) => (chart.id === "latency" ? chart.say(v) : compact(v))} />;
  const tip = (
    <Tooltip
      isAnimationActive={false}
      cursor={{ fill: "var(--hover)", stroke: "var(--line-strong)" }}
      contentStyle={{ background: "var(--raised)", border: "1px solid var(--line)", borderRadius: 6, color: "var(--text)", fontSize: 12, boxShadow: "var(--float)" }}
      labelStyle={{ color: "var(--muted)" }}
      formatter={(v) => (typeof v === "number" ? chart.say(v) : "–")}
    />
  );
  return (
    <figure className="min-w-0 rounded-lg border bg-surface p-4">
      <figcaption className="mb-3 flex flex-wrap items-center gap-x-4 gap-y-1">
        <span className="font-medium">{chart.title}</span>
        {chart.series.length > 1 && chart.series.map((s) => <span key={s.key} className="flex items-center gap-1.5 text-xs text-muted"><span className="size-2 rounded-full" style={{ background: s.color }} />{s.name}</span>)}
      </figcaption>
      <div className="h-48">
        <ResponsiveContainer width="100%" height="100%">
          {chart.kind === "area" ? (
            <AreaChart data={rows} margin={margin} accessibilityLayer={false}>
              {grid}{x}{y}{tip}
              {chart.series.map((s) => <Area key={s.key} type="linear" dataKey={s.key} name={s.name} stroke={s.color} fill={s.color} fillOpacity={0.12} strokeWidth={2} isAnimationActive={false} />)}
            </AreaChart>
          ) : chart.kind === "bars" ? (
            <BarChart data={rows} margin={margin} accessibilityLayer={false}>
              {grid}{x}{y}{tip}
              {chart.series.map((s) => <Bar key={s.key} dataKey={s.key} name={s.name} fill={s.color} {...(chart.id === "tokens" ? { stackId: "one" } : {})} maxBarSize={28} radius={2} isAnimationActive={false} />)}
            </BarChart>
          ) : (
            <LineChart data={rows} margin={margin} accessibilityLayer={false}>
              {grid}{x}{y}{tip}
              {chart.series.map((s) => <Line key={s.key} type="linear" dataKey={s.key} name={s.name} stroke={s.color} strokeWidth={2} dot={{ r: 2, fill: s.color, strokeWidth: 0 }} connectNulls isAnimationActive={false} />)}
            </LineChart>
          )}
        </ResponsiveContainer>
      </div>
    </figure>
  );
}

/** Tokens by model, the busiest first. */
function Models({ data }: { data: Overview }) {
  const { t, i18n } = useTranslation();
  const top = data.models.slice(0, 6);
  const most = Math.max(1, ...top.map((m) => m.prompt_tokens + m.completion_tokens));
  return (
    <figure className="min-w-0 rounded-lg border bg-surface p-4">
      <figcaption className="mb-3 font-medium">{t("over.byModel")}</figcaption>
      <ul className="flex flex-col gap-3">
        {top.map((m) => (
          <li key={m.model}>
            <p className="mb-1 flex items-baseline gap-3 text-sm"><span className="min-w-0 flex-1 truncate" title={m.model}>{m.model}</span><span className="text-muted tabular-nums">{count(m.prompt_tokens + m.completion_tokens, i18n.language)}</span></p>
            <div className="flex h-2 overflow-hidden rounded-full bg-sunken">
              <div className="bg-chart-4" style={{ width: `${(m.prompt_tokens / most) * 100}%` }} />
              <div className="bg-chart-1" style={{ width: `${(m.completion_tokens / most) * 100}%` }} />
            </div>
          </li>
        ))}
      </ul>
    </figure>
  );
}
