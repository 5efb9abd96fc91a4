import { getRouteApi, Link } from "@tanstack/react-router";
import { ChartLine, CodeXml, ExternalLink, QrCode, Users } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { apps } from "@/api/console";
import { keys, touches } from "@/api/keys";
import { overview } from "@/api/operate";
import type { App, Overview } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { count, duration, numbers } from "@/lib/format";
import { apiBase, siteLink } from "@/lib/links";
import { Callout, Card, CopyField, Dialog, EmptyState, ErrorNote, ErrorState, IconButton, Input, Loading, Page, Segmented, Skeleton, Switch } from "@/ui";
import { quietLink } from "@/ui/link";
import { AppFrame } from "./header";
import { McpCard } from "./mcp";
import { dayOf, perSecond, satisfaction, share } from "./numbers";

const route = getRouteApi("/frame/apps/$appId/overview");
const AccessDrawer = lazy(async () => ({ default: (await import("./access")).AccessDrawer }));
const EmbedDialog = lazy(async () => ({ default: (await import("./embed")).EmbedDialog }));
const Charts = lazy(async () => ({ default: (await import("./overview-charts")).Charts }));

/** How an app does: who may reach it, and what it did. */
export function OverviewPage() {
  const { appId } = route.useParams();
  return <AppFrame id={appId} at="overview">{(app) => <Body app={app} />}</AppFrame>;
}

const spans = ["today", "7", "28", "90", "custom"] as const;
type Span = (typeof spans)[number];

function Body({ app }: { app: App }) {
  const { t } = useTranslation();
  const [span, setSpan] = useState<Span>("7");
  const [from, setFrom] = useState(dayOf(-6));
  const [to, setTo] = useState(dayOf(0));
  const period = useMemo(() => (span === "custom" ? { from, to } : { from: dayOf(span === "today" ? 0 : 1 - Number(span)), to: dayOf(0) }), [span, from, to]);
  const ready = period.from !== "" && period.to !== "" && period.from <= period.to;
  const data = useRead(keys.apps.overview(app.id, period), () => overview(app.id, period), { keep: true, stale: 0, enabled: ready, every: 60_000 });
  return (
    <Page title={t("place.overview")} purpose={t("over.purpose")}>
      <div className="mb-8 grid gap-3 md:grid-cols-2 2xl:grid-cols-3">
        <SiteCard app={app} />
        <ApiCard app={app} />
        <McpCard app={app} />
      </div>
      <div className="mb-4 flex flex-wrap items-center gap-2">
        <h2 className="mr-auto text-base font-semibold">{t("over.use")}</h2>
        {span === "custom" && (
          <span className="flex items-center gap-1.5">
            <Input type="date" value={from} onChange={setFrom} label={t("over.from")} />
            <span className="text-faint">–</span>
            <Input type="date" value={to} onChange={setTo} label={t("over.to")} />
          </span>
        )}
        <Segmented label={t("ops.period")} value={span} onChange={setSpan} options={spans.map((s) => ({ value: s, label: t(`period.${s}`) }))} />
      </div>
      {!ready ? (
        <Callout tone="warn">{t("over.badPeriod")}</Callout>
      ) : data.isPending ? (
        <Loading><div className="grid gap-3 sm:grid-cols-2 lg:grid-cols-4">{Array.from({ length: 8 }, (_, i) => <Skeleton key={i} height={84} />)}</div></Loading>
      ) : data.isError && !data.data ? (
        <ErrorState error={data.error} onRetry={() => void data.refetch()} />
      ) : data.data.whole.runs === 0 ? (
        <EmptyState icon={ChartLine} title={t("over.none")}>{t(app.published_version_id ? "over.noneText" : "logs.notPublished")}</EmptyState>
      ) : (
        <>
          <Numbers app={app} data={data.data} />
          <Suspense fallback={<Loading><div className="grid gap-3 lg:grid-cols-2"><Skeleton height={260} /><Skeleton height={260} /></div></Loading>}><Charts app={app} data={data.data} /></Suspense>
        </>
      )}
    </Page>
  );
}

function Numbers({ app, data }: { app: App; data: Overview }) {
  const { t, i18n } = useTranslation();
  const lang = i18n.language;
  const w = data.whole;
  const chats = app.mode !== "workflow" && app.mode !== "completion";
  const one = numbers(lang, { maximumFractionDigits: 1 });
  const cards: { name: string; value: string; hint?: string }[] = [
    { name: t(app.mode === "workflow" ? "over.runs" : "over.messages"), value: count(w.runs, lang), ...(w.annotated > 0 ? { hint: t("over.annotated", { count: w.annotated, n: count(w.annotated, lang) }) } : {}) },
    { name: t("over.users"), value: count(w.users, lang) },
    ...(chats ? [{ name: t("over.depth"), value: w.conversations > 0 ? one.format(w.runs / w.conversations) : "–", hint: t("over.conversations", { count: w.conversations, n: count(w.conversations, lang) }) }] : []),
    { name: t("over.tokens"), value: count(w.prompt_tokens + w.completion_tokens, lang), hint: t("over.inOut", { in: count(w.prompt_tokens, lang), out: count(w.completion_tokens, lang) }) },
    { name: t("over.speed"), value: w.speaking_ms > 0 && w.completion_tokens > 0 ? perSecond(w, lang) : "–", hint: t("over.speedHint") },
    { name: t("over.latency"), value: w.p50_ms > 0 ? duration(w.p50_ms / 1000, lang) : "–", ...(w.p95_ms > 0 ? { hint: t("over.p95", { n: duration(w.p95_ms / 1000, lang) }) } : {}) },
    ...(app.mode !== "workflow" ? [{ name: t("over.satisfaction"), value: satisfaction(w, lang), hint: t("over.ratings", { likes: count(w.likes, lang), dislikes: count(w.dislikes, lang) }) }] : []),
    { name: t("over.errors"), value: share(w.failed / w.runs, lang), hint: t("over.failed", { count: w.failed, n: count(w.failed, lang) }) },
  ];
  return (
    <dl className="mb-4 grid grid-cols-2 gap-3 lg:grid-cols-4">
      {cards.map((c) => (
        <div key={c.name} className="rounded-lg border bg-surface px-4 py-3">
          <dt className="text-sm text-muted">{c.name}</dt>
          <dd className="mt-0.5 text-xl font-semibold tabular-nums">{c.value}</dd>
          {c.hint && <dd className="text-xs text-faint tabular-nums">{c.hint}</dd>}
        </div>
      ))}
    </dl>
  );
}

function SiteCard({ app }: { app: App }) {
  const { t } = useTranslation();
  const [panel, show] = useState<"code" | "embed" | "access" | null>(null);
  const close = (): void => show(null);
  const link = siteLink(app.mode, app.site.code);
  const live = Boolean(app.published_version_id);
  const turn = useCommand((enabled: boolean) => apps.saveSite(app.id, { enabled }), touches.app(app.id));
  return (
    <Card>
      <div className="flex items-center gap-3">
        <h2 className="flex-1 font-semibold">{t("over.site")}</h2>
        <Switch checked={app.site.enabled} disabled={turn.isPending} label={t("over.siteOn")} onChange={turn.mutate} />
      </div>
      <p className="mb-3 text-sm text-muted">{t(!live ? "over.unpublished" : app.site.enabled ? "over.siteText" : "over.siteOff")}</p>
      <div className="flex items-start gap-1">
        <div className="min-w-0 flex-1"><CopyField text={link} label={t("publish.link")} /></div>
        <IconButton icon={QrCode} label={t("over.qr")} onClick={() => show("code")} />
        <IconButton icon={CodeXml} label={t("embed.menu")} disabled={!live || !app.site.enabled} onClick={() => show("embed")} />
        <IconButton icon={Users} label={t("access.title")} onClick={() => show("access")} />
        {live && app.site.enabled && <a href={link} target="_blank" rel="noreferrer" aria-label={t("apps.openSite")} className="inline-flex size-8 items-center justify-center rounded text-muted hover:bg-hover hover:text-text"><ExternalLink size={16} aria-hidden /></a>}
      </div>
      <ErrorNote error={turn.error} />
      {panel === "code" && <QrDialog link={link} onClose={close} />}
      <Suspense fallback={null}>
        {panel === "embed" && <EmbedDialog app={app} onClose={close} />}
        {panel === "access" && <AccessDrawer app={app} onClose={close} />}
      </Suspense>
    </Card>
  );
}

const Code = lazy(async () => ({ default: (await import("./qr-code")).QrCode }));

function QrDialog({ link, onClose }: { link: string; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog open width="sm" onClose={onClose} title={t("over.qr")} description={t("over.qrText")}>
      <div className="flex flex-col items-center gap-3">
        <Suspense fallback={<Skeleton height={240} />}><Code text={link} label={link} size={240} /></Suspense>
        <p className="text-center font-mono text-sm [overflow-wrap:anywhere] text-muted">{link}</p>
      </div>
    </Dialog>
  );
}

function ApiCard({ app }: { app: App }) {
  const { t } = useTranslation();
  const turn = useCommand((api_enabled: boolean) => apps.save(app.id, { api_enabled }), touches.app(app.id));
  return (
    <Card>
      <div className="flex items-center gap-3">
        <h2 className="flex-1 font-semibold">{t("over.api")}</h2>
        <Switch checked={app.api_enabled} disabled={turn.isPending} label={t("api.enabled")} onChange={turn.mutate} />
      </div>
      <p className="mb-3 text-sm text-muted">{t(!app.published_version_id ? "over.unpublished" : app.api_enabled ? "over.apiText" : "over.apiOff")}</p>
      <div className="flex items-start gap-2">
        <div className="min-w-0 flex-1"><CopyField text={apiBase()} label={t("api.base")} /></div>
        <Link to="/apps/$appId/api" params={{ appId: app.id }} className={quietLink}>{t("over.toApi")}</Link>
      </div>
      <ErrorNote error={turn.error} />
    </Card>
  );
}
