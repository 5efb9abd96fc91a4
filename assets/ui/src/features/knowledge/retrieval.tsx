import { History, Search as SearchIcon, SearchX, SlidersHorizontal } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys, touches } from "@/api/keys";
import type { Ask } from "@/api/search";
import { HISTORY, search } from "@/api/search";
import type { Asked, Dataset, Filter, Search, SearchSettings } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { isSet } from "@/lib/settings";
import { plainSearch, shownSearch, spoken } from "@/lib/search";
import { FilterForm } from "@/parts/search/filter";
import { SearchForm } from "@/parts/search/settings";
import type { TextKey } from "@/text";
import { sayText } from "@/text/say";
import type { Column } from "@/ui";
import { Badge, Button, Callout, Card, Disclosure, EmptyState, ErrorNote, ErrorState, Section, SkeletonRows, Table, Textarea, Time } from "@/ui";
import { HitCard } from "./hit";
import { WhyNot } from "./why-not";

/** Tries searches on a dataset and explains what comes, and what does not. */
export function RetrievalTab({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const vectors = isSet(dataset.embedding);
  const [query, setQuery] = useState("");
  const [settings, setSettings] = useState<SearchSettings>(() => shownSearch({ ...plainSearch, ...dataset.search }));
  const [filter, setFilter] = useState<Filter>({ logical_operator: "and", conditions: [] });
  const [why, setWhy] = useState(false);
  const fields = useRead(keys.search.fields(dataset.id), () => search.fields(dataset.id));
  const all = [...(fields.data?.fields ?? []), ...(fields.data?.built_in ?? [])];
  const ask = (q: string): Ask => ({ query: q, settings, filter: spoken(filter) });
  const go = useCommand((q: string) => search.tries(dataset.id, ask(q)), touches.searched(dataset.id));
  const start = (q: string): void => {
    setQuery(q);
    if (q.trim() !== "") go.mutate(q);
  };
  return (
    <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <div className="min-w-0">
        <form
          className="flex flex-col gap-2"
          onSubmit={(e) => {
            e.preventDefault();
            start(query);
          }}
        >
          <Textarea
            label={t("try.query")}
            value={query}
            onChange={setQuery}
            rows={2}
            maxLength={2000}
            placeholder={t("try.placeholder")}
            onKeyDown={(e) => {
              if (e.key !== "Enter" || e.shiftKey || e.nativeEvent.isComposing) return;
              e.preventDefault();
              start(query);
            }}
          />
          <div className="flex flex-wrap items-center gap-2">
            <Button type="submit" variant="primary" icon={SearchIcon} busy={go.isPending} disabled={query.trim() === ""}>{t("try.go")}</Button>
            <Button variant="ghost" disabled={query.trim() === ""} onClick={() => setWhy(true)}>{t("why.button")}</Button>
          </div>
        </form>
        <div className="mt-5">
          {go.error ? <ErrorNote error={go.error} /> : go.isPending ? <SkeletonRows count={3} height={120} /> : go.data ? <Results found={go.data} dataset={dataset.id} vectors={vectors} /> : <EmptyState icon={SearchIcon} title={t("try.empty")}>{t("try.emptyText")}</EmptyState>}
        </div>
        <HistorySection dataset={dataset.id} onAgain={start} />
      </div>
      <aside className="flex flex-col gap-4">
        <Card>
          <p className="flex items-center gap-2 font-medium"><SlidersHorizontal size={15} aria-hidden />{t("try.settings")}</p>
          <p className="mb-3 text-xs text-faint">{t("try.settingsText")}</p>
          <SearchForm value={settings} onChange={setSettings} vectors={vectors} />
          <div className="mt-4 border-t pt-3">
            <Disclosure summary={t("try.filter")}><FilterForm value={filter} onChange={setFilter} fields={all} /></Disclosure>
          </div>
        </Card>
      </aside>
      {why && <WhyNot dataset={dataset.id} ask={ask(query)} onClose={() => setWhy(false)} />}
    </div>
  );
}

function Results({ found, dataset, vectors }: { found: Search; dataset: string; vectors: boolean }) {
  const { t } = useTranslation();
  const hits = found.hits ?? [];
  return (
    <div className="flex flex-col gap-3" aria-live="polite">
      {(found.notes ?? []).map((n) => <Callout key={n.en} tone={vectors ? "warn" : "info"}>{sayText(n)}</Callout>)}
      {hits.length === 0 ? (
        <EmptyState icon={SearchX} title={t("try.nothing")}>{t("try.nothingText")}</EmptyState>
      ) : (
        <>
          <p className="text-sm text-muted">
            {t("try.found", { count: hits.length, n: hits.length })} · {t("try.of", { n: found.seen })} · {found.ms.toFixed(1)} ms
          </p>
          {hits.map((h, i) => <HitCard key={h.chunk.id || i} hit={h} rank={i + 1} dataset={dataset} />)}
        </>
      )}
    </div>
  );
}

const sources: { [s: string]: TextKey } = { hit_testing: "try.by.hit_testing", app: "try.by.app", api: "try.by.api" };

function HistorySection({ dataset, onAgain }: { dataset: string; onAgain: (q: string) => void }) {
  const { t } = useTranslation();
  const [page, setPage] = useState(1);
  const list = useRead(keys.search.history(dataset, page), () => search.history(dataset, page));
  const columns: Column<Asked>[] = [
    { id: "query", title: t("try.query"), cell: (a) => <button type="button" title={t("try.again")} className="line-clamp-2 max-w-96 text-left hover:underline" onClick={() => onAgain(a.query)}>{a.query}</button> },
    { id: "by", title: t("try.by.app"), wide: true, cell: (a) => { const k = sources[a.source]; return <Badge>{a.app_name || (k ? t(k) : a.source)}</Badge>; } },
    { id: "found", title: t("try.foundCount"), end: true, cell: (a) => a.found },
    { id: "best", title: t("try.best"), end: true, wide: true, cell: (a) => (a.found > 0 ? a.best.toFixed(3) : "–") },
    { id: "time", title: t("try.time"), end: true, wide: true, cell: (a) => `${a.ms.toFixed(1)} ms` },
    { id: "when", title: t("try.when"), cell: (a) => <Time at={a.created_at} /> },
  ];
  const total = list.data?.total ?? 0;
  return (
    <div className="mt-8">
      <Section title={t("try.history")} purpose={t("try.historyText")}>
        {list.isPending ? (
          <SkeletonRows count={3} height={40} />
        ) : list.isError ? (
          <ErrorState compact error={list.error} onRetry={() => void list.refetch()} />
        ) : total === 0 ? (
          <p className="flex items-center gap-2 text-sm text-faint"><History size={14} aria-hidden />{t("try.noHistory")}</p>
        ) : (
          <>
            <Table label={t("try.history")} rows={list.data.data ?? []} columns={columns} id={(a) => a.id} />
            {total > HISTORY && (
              <div className="mt-2 flex justify-end gap-2">
                <Button size="sm" disabled={page <= 1} onClick={() => setPage(page - 1)}>{t("logs.newer")}</Button>
                <Button size="sm" disabled={page * HISTORY >= total} onClick={() => setPage(page + 1)}>{t("logs.older")}</Button>
              </div>
            )}
          </>
        )}
      </Section>
    </div>
  );
}
