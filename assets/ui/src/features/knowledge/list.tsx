import { Link, useNavigate } from "@tanstack/react-router";
import { BookOpen, Cpu, Plug, Plus, SearchX, TextSearch } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { datasets } from "@/api/knowledge";
import { keys } from "@/api/keys";
import { tags } from "@/api/search";
import type { Dataset } from "@/api/types";
import { useRead } from "@/api/use";
import { compact, count } from "@/lib/format";
import { isSet } from "@/lib/settings";
import { AppIcon, Badge, Button, EmptyState, ErrorState, Page, SearchInput, SkeletonRows, Time } from "@/ui";
import { ExternalsDrawer } from "./externals";
import { Bar } from "./state";

const POLL = 2000; // milliseconds, while documents are in progress

export function KnowledgePage() {
  const { t } = useTranslation();
  const go = useNavigate();
  const [q, setQ] = useState("");
  const [tag, setTag] = useState("");
  const [polling, poll] = useState(0);
  const [connections, setConnections] = useState(false);
  const f = { q: useDeferredValue(q.trim()), tag };
  const list = useRead(keys.datasets.list(f), () => datasets.list(f), { every: polling, keep: true });
  const known = useRead(keys.tags, tags.list);
  const all = list.data?.data ?? [];
  const busy = all.some((d) => (d.counts?.busy ?? 0) > 0) ? POLL : 0;
  if (busy !== polling) poll(busy);
  const filtered = f.q !== "" || tag !== "";
  const clear = (): void => {
    setQ("");
    setTag("");
  };
  const add = <Button variant="primary" icon={Plus} onClick={() => void go({ to: "/knowledge/new" })}>{t("know.new")}</Button>;
  return (
    <Page
      title={t("know.title")}
      purpose={t("know.purpose")}
      action={<><Button icon={Plug} onClick={() => setConnections(true)}>{t("know.connections")}</Button>{add}</>}
      tools={
        (all.length > 0 || filtered || list.isPending) && <>
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
      ) : all.length === 0 && filtered ? (
        <EmptyState icon={SearchX} title={t("know.noneFound")} action={<Button onClick={clear}>{t("know.clear")}</Button>} />
      ) : all.length === 0 ? (
        <EmptyState icon={BookOpen} title={t("know.none")} action={add}>{t("know.noneText")}</EmptyState>
      ) : (
        <ul className="grid gap-3 lg:grid-cols-2">{all.map((d) => <li key={d.id} className="min-w-0"><DatasetCard d={d} /></li>)}</ul>
      )}
      {connections && <ExternalsDrawer onClose={() => setConnections(false)} />}
    </Page>
  );
}

function DatasetCard({ d }: { d: Dataset }) {
  const { t, i18n } = useTranslation();
  const c = d.counts;
  const busy = c?.busy ?? 0;
  const failed = c?.failed ?? 0;
  return (
    <article className="relative flex h-full gap-3 rounded-lg border bg-surface p-4 transition-[border-color,box-shadow] focus-within:border-accent-line hover:border-line-strong hover:shadow-[0_2px_8px_rgb(0_0_0/0.05)]">
      <AppIcon icon={d.icon || "📚"} color={d.icon_color} />
      <div className="flex min-w-0 flex-1 flex-col">
        <div className="flex items-center gap-2">
          <h2 className="min-w-0 flex-1 truncate font-semibold" title={d.name}>
            <Link to="/knowledge/$id" params={{ id: d.id }} className="after:absolute after:inset-0 after:rounded-lg focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-accent">{d.name}</Link>
          </h2>
          {busy > 0 && <Badge tone="accent">{t("know.busy", { count: busy, n: busy })}</Badge>}
          {failed > 0 && <Badge tone="danger">{t("know.failed", { count: failed, n: failed })}</Badge>}
        </div>
        <p className="truncate text-sm text-muted" title={d.description}>{d.description || <span className="text-faint">{t("know.noText")}</span>}</p>
        <p className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-0.5 text-xs text-muted tabular-nums">
          {!d.external && (
            <>
              <span>{t("know.documents", { count: c?.documents ?? 0, n: count(c?.documents ?? 0, i18n.language) })}</span>
              <span>{t("know.chars", { n: compact(c?.word_count ?? 0) })}</span>
            </>
          )}
          <span>{t("know.apps", { count: d.app_count, n: d.app_count })}</span>
        </p>
        {busy > 0 && <div className="mt-1.5"><Bar value={c && c.documents > 0 ? (c.documents - busy) / c.documents : 0} /></div>}
        <div className="mt-auto flex items-center gap-1.5 pt-2.5 text-xs text-faint">
          {d.external ? <Badge icon={Plug}>{t("know.external")}{d.external_name && ` · ${d.external_name}`}</Badge> : <Badge icon={isSet(d.embedding) ? Cpu : TextSearch}>{isSet(d.embedding) ? d.embedding.name : t("know.wordsOnly")}</Badge>}
          {(d.tags ?? []).slice(0, 3).map((x) => x && <Badge key={x.id} tone="accent">{x.name}</Badge>)}
          <span className="relative z-[1] ml-auto flex min-w-0 items-center gap-1.5">{d.created_by_name && <span className="truncate">{d.created_by_name}</span>}<Time at={d.updated_at} /></span>
        </div>
      </div>
    </article>
  );
}
