import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { Plus, SearchX } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { datasets } from "@/api/knowledge";
import { keys } from "@/api/keys";
import type { Dataset } from "@/api/types";
import { useRead } from "@/api/use";
import { count } from "@/lib/format";
import { isSet } from "@/lib/settings";
import { sayText } from "@/text/say";
import { AppIcon, Badge, Button, Callout, EmptyState, ErrorState, SkeletonRows, Tabs } from "@/ui";
import { quietLink } from "@/ui/link";
import { ApiTab } from "./api-tab";
import { DocumentsTab } from "./documents";
import { making } from "./progress";
import { RetrievalTab } from "./retrieval";
import { SettingsTab } from "./settings";
import { Bar, NextTry } from "./state";

const route = getRouteApi("/frame/knowledge/$id");
const tabs = ["documents", "retrieval", "settings", "api"] as const;
type Tab = (typeof tabs)[number];
const POLL = 1500; // milliseconds, while something is being made

export function DatasetPage() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const [polling, poll] = useState(0);
  const d = useRead(keys.datasets.one(id), () => datasets.one(id), { every: polling });
  const every = (d.data?.counts?.busy ?? 0) > 0 ? POLL : 0;
  if (every !== polling) poll(every);
  if (d.isPending) return <div className="mx-auto w-full max-w-6xl px-4 py-6 sm:px-8"><SkeletonRows count={5} height={56} /></div>;
  if (d.isError)
    return d.error.status === 404 || d.error.status === 400 ? (
      <EmptyState page icon={SearchX} title={t("know.gone")} action={<Link to="/knowledge" className={quietLink}>{t("know.title")}</Link>}>{t("know.goneText")}</EmptyState>
    ) : (
      <ErrorState error={d.error} onRetry={() => void d.refetch()} />
    );
  return <Inside dataset={d.data} />;
}

function Inside({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const search = route.useSearch();
  const wanted = tabs.find((x) => x === search.tab) ?? (dataset.external ? "retrieval" : "documents");
  useEffect(() => {
    document.title = `${dataset.name} · islet`;
  }, [dataset.name]);
  const shown = dataset.external ? tabs.filter((x) => x !== "documents") : tabs;
  return (
    <div className="mx-auto w-full max-w-6xl px-4 py-6 sm:px-8">
      <header className="mb-4 flex flex-wrap items-center gap-3">
        <AppIcon icon={dataset.icon || "📚"} color={dataset.icon_color} />
        <div className="min-w-0 flex-1">
          <h1 className="truncate text-xl font-semibold" title={dataset.name}>{dataset.name}</h1>
          <p className="flex flex-wrap items-center gap-2 text-sm text-muted">
            {dataset.description && <span className="truncate">{dataset.description}</span>}
            {!dataset.external && <Badge>{isSet(dataset.embedding) ? dataset.embedding.name : t("know.wordsOnly")}</Badge>}
          </p>
        </div>
        {!dataset.external && <Button variant="primary" icon={Plus} onClick={() => void go({ to: "/knowledge/$id/add", params: { id: dataset.id } })}>{t("know.add")}</Button>}
      </header>
      {!dataset.external && <ProgressBanner dataset={dataset} />}
      <Tabs<Tab>
        label={dataset.name}
        value={wanted}
        onChange={(tab) => void go({ to: "/knowledge/$id", params: { id: dataset.id }, search: tab === "documents" ? {} : { tab }, replace: true })}
        tabs={shown.map((x) => ({ value: x, label: t(`know.tab.${x}`), ...(x === "documents" ? { count: dataset.counts?.documents ?? 0 } : {}) }))}
      >
        {wanted === "documents" ? <DocumentsTab dataset={dataset} /> : wanted === "retrieval" ? <RetrievalTab dataset={dataset} /> : wanted === "settings" ? <SettingsTab dataset={dataset} /> : <ApiTab dataset={dataset} />}
      </Tabs>
    </div>
  );
}

/** How far the index and its vectors are, and what keeps them. */
function ProgressBanner({ dataset }: { dataset: Dataset }) {
  const { t, i18n } = useTranslation();
  const [polling, poll] = useState(0);
  const got = useRead(keys.datasets.progress(dataset.id), () => datasets.progress(dataset.id), { every: polling });
  const p = got.data;
  const every = making(p) || (dataset.counts?.busy ?? 0) > 0 ? POLL : 0;
  if (every !== polling) poll(every);
  if (!p || !making(p)) return null;
  const n = (x: number): string => count(x, i18n.language);
  const vectors = p.new_model || (p.embedding && p.units > 0);
  return (
    <div className="mb-4 flex flex-col gap-2" role="status">
      {p.building && <Callout>{t("doc.building", { done: n(p.rebuilt), all: n(p.total) })}<div className="mt-1.5"><Bar value={p.total > 0 ? p.rebuilt / p.total : 0} /></div></Callout>}
      {vectors && (
        <Callout tone={p.error ? "warn" : "info"}>
          {t(p.new_model ? "doc.makingNew" : "doc.making", { done: n(p.embedded), all: n(p.units) })}
          {p.error && <p>{sayText(p.error.text)} <code className="font-mono text-xs">{p.error.code}</code><NextTry at={p.try_at} /></p>}
          <div className="mt-1.5"><Bar value={p.units > 0 ? p.embedded / p.units : 0} /></div>
        </Callout>
      )}
    </div>
  );
}
