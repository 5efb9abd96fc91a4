import { Link, useNavigate } from "@tanstack/react-router";
import { BookOpen, Plug, Plus, SearchX } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { datasets } from "@/api/knowledge";
import { keys } from "@/api/keys";
import { tags } from "@/api/search";
import type { Dataset } from "@/api/types";
import { useRead } from "@/api/use";
import { compact } from "@/lib/format";
import { isSet } from "@/lib/settings";
import { AppIcon, Badge, Button, EmptyState, ErrorState, Page, SearchInput, SkeletonRows } from "@/ui";
import { ExternalsDrawer } from "./externals";

const POLL = 2000; // milliseconds, while documents are in progress

export function KnowledgePage() {
  const { t } = useTranslation();
  const go = useNavigate();
  const [q, setQ] = useState("");
  const [tag, setTag] = useState("");
  const [polling, poll] = useState(0);
  const [connections, setConnections] = useState(false);
  const f = { q: useDeferredValue(q.trim()), tag };
  const list = useRead(keys.datasets.list(f), () => datasets.list(f), { every: polling });
  const known = useRead(keys.tags, tags.list);
  const all = list.data?.data ?? [];
  const busy = all.some((d) => (d.counts?.busy ?? 0) > 0) ? POLL : 0;
  if (busy !== polling) poll(busy);
  const add = <Button variant="primary" icon={Plus} onClick={() => void go({ to: "/knowledge/new" })}>{t("know.new")}</Button>;
  return (
    <Page
      title={t("know.title")}
      purpose={t("know.purpose")}
      action={<><Button icon={Plug} onClick={() => setConnections(true)}>{t("know.connections")}</Button>{add}</>}
      tools={
        <>
          <SearchInput value={q} onChange={setQ} label={t("know.search")} />
          {(known.data?.data ?? []).map((x) => (
            <button key={x.id} type="button" aria-pressed={tag === x.id} onClick={() => setTag(tag === x.id ? "" : x.id)}><Badge tone={tag === x.id ? "accent" : "neutral"}>{x.name}</Badge></button>
          ))}
        </>
      }
    >
      {list.isPending ? (
        <SkeletonRows count={4} height={72} />
      ) : list.isError ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : all.length === 0 && (f.q !== "" || tag !== "") ? (
        <EmptyState icon={SearchX} title={t("know.noneFound")} />
      ) : all.length === 0 ? (
        <EmptyState page icon={BookOpen} title={t("know.none")} action={add}>{t("know.noneText")}</EmptyState>
      ) : (
        <ul className="grid gap-3 lg:grid-cols-2">{all.map((d) => <li key={d.id} className="min-w-0"><DatasetCard d={d} /></li>)}</ul>
      )}
      {connections && <ExternalsDrawer onClose={() => setConnections(false)} />}
    </Page>
  );
}

function DatasetCard({ d }: { d: Dataset }) {
  const { t } = useTranslation();
  const c = d.counts;
  return (
    <Link to="/knowledge/$id" params={{ id: d.id }} className="flex h-full gap-3 rounded-lg border bg-surface p-4 transition-colors hover:border-line-strong hover:bg-hover/40">
      <AppIcon icon={d.icon || "📚"} color={d.icon_color} />
      <div className="min-w-0 flex-1">
        <p className="flex items-center gap-2"><span className="truncate font-medium" title={d.name}>{d.name}</span></p>
        <p className="truncate text-sm text-muted" title={d.description}>{d.description || d.created_by_name}</p>
        <div className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-faint">
          {d.external ? (
            <Badge>{t("know.external")}{d.external_name && ` · ${d.external_name}`}</Badge>
          ) : (
            <>
              <span>{t("know.documents", { count: c?.documents ?? 0, n: c?.documents ?? 0 })}</span>
              <span>{t("know.chars", { n: compact(c?.word_count ?? 0) })}</span>
            </>
          )}
          <span>{t("know.apps", { count: d.app_count, n: d.app_count })}</span>
          {!d.external && <Badge>{isSet(d.embedding) ? d.embedding.name : t("know.wordsOnly")}</Badge>}
          {(c?.busy ?? 0) > 0 && <Badge tone="accent">{t("know.busy", { count: c?.busy ?? 0, n: c?.busy ?? 0 })}</Badge>}
          {(c?.failed ?? 0) > 0 && <Badge tone="danger">{t("know.failed", { count: c?.failed ?? 0, n: c?.failed ?? 0 })}</Badge>}
          {(d.tags ?? []).map((x) => x && <Badge key={x.id} tone="accent">{x.name}</Badge>)}
        </div>
      </div>
    </Link>
  );
}
