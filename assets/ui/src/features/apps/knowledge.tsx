import { Link } from "@tanstack/react-router";
import { BookOpen, ExternalLink, Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { datasets } from "@/api/knowledge";
import { search } from "@/api/search";
import type { AppKnowledge, Dataset, Filter } from "@/api/types";
import { useRead } from "@/api/use";
import { plainSearch, shownSearch } from "@/lib/search";
import type { Draft } from "@/lib/settings";
import { isSet } from "@/lib/settings";
import { FilterForm } from "@/parts/search/filter";
import { SearchForm } from "@/parts/search/settings";
import { AppIcon, Badge, Button, Card, Disclosure, EmptyState, ErrorState, Field, IconButton, Menu, Section, Segmented, Select, SkeletonRows, Switch } from "@/ui";
import { iconLink, quietLink } from "@/ui/link";

const start: AppKnowledge = { datasets: [], single: false, search: plainSearch };
const noFilter: Filter = { logical_operator: "and", conditions: [] };

/** The datasets that an app answers from. */
export function KnowledgeSection({ settings, set, mode }: { settings: Draft; set: (part: Partial<Draft>) => void; mode: string }) {
  const { t } = useTranslation();
  const list = useRead(keys.datasets.list({ q: "", tag: "" }), () => datasets.list({ q: "", tag: "" }));
  const now: AppKnowledge = { ...start, ...settings.knowledge };
  const ids = now.datasets ?? [];
  const all = list.data?.data ?? [];
  const change = (part: Partial<AppKnowledge>): void => set({ knowledge: { ...now, ...part } });
  const mine = ids.map((id) => ({ id, dataset: all.find((d) => d.id === id) }));
  const rest = all.filter((d) => !ids.includes(d.id));
  const drop = (id: string): void => {
    const left = ids.filter((x) => x !== id);
    if (left.length > 0) change({ datasets: left });
    else set({ knowledge: null });
  };
  const add = (
    <Menu
      trigger={<Button size="sm" icon={Plus} disabled={rest.length === 0}>{t("kit.add")}</Button>}
      groups={[rest.map((d) => ({ id: d.id, label: d.name, run: () => change({ datasets: [...ids, d.id] }) }))]}
    />
  );
  return (
    <Section id="knowledge" title={t("use.title")} purpose={t(mode === "agent-chat" ? "use.textAgent" : "use.text")} action={list.data && all.length > 0 ? add : undefined}>
      {list.isPending ? (
        <SkeletonRows count={1} />
      ) : list.isError ? (
        <ErrorState compact error={list.error} onRetry={() => void list.refetch()} />
      ) : all.length === 0 && ids.length === 0 ? (
        <EmptyState compact icon={BookOpen} title={t("know.none")} action={<Link to="/knowledge/new" className={quietLink}>{t("know.new")}</Link>} />
      ) : mine.length === 0 ? null : (
        <Card pad={false}>
          <ul className="divide-y" aria-label={t("use.title")}>
            {mine.map((m) => <Row key={m.id} dataset={m.dataset} onRemove={() => drop(m.id)} />)}
          </ul>
          <div className="border-t px-4 py-3">
            <Disclosure summary={t("use.settings")}>
              <Settings value={now} onChange={change} settings={settings} mode={mode} datasets={mine.flatMap((m) => (m.dataset ? [m.dataset] : []))} />
            </Disclosure>
          </div>
        </Card>
      )}
    </Section>
  );
}

function Row({ dataset: d, onRemove }: { dataset: Dataset | undefined; onRemove: () => void }) {
  const { t } = useTranslation();
  const name = d?.name ?? t("know.gone");
  return (
    <li className="flex items-center gap-3 py-2 pr-2 pl-4">
      {d ? <AppIcon icon={d.icon || "📚"} color={d.icon_color} size="xs" /> : <BookOpen size={16} aria-hidden className="shrink-0 text-faint" />}
      <span className="min-w-0 flex-1 truncate" title={name}>{name}</span>
      {d ? <Badge>{d.external ? t("know.external") : t("know.documents", { count: d.counts?.documents ?? 0, n: d.counts?.documents ?? 0 })}</Badge> : <Badge tone="danger">{t("agent.missing")}</Badge>}
      {d && <Link to="/knowledge/$id" params={{ id: d.id }} search={{}} className={iconLink} aria-label={t("use.open", { name })}><ExternalLink size={15} aria-hidden /></Link>}
      <IconButton icon={X} size="sm" label={t("use.remove", { name })} onClick={onRemove} />
    </li>
  );
}

function Settings({ value, onChange, settings, mode, datasets: mine }: { value: AppKnowledge; onChange: (part: Partial<AppKnowledge>) => void; settings: Draft; mode: string; datasets: Dataset[] }) {
  const { t } = useTranslation();
  const vectors = mine.some((d) => isSet(d.embedding));
  const texts = ["paragraph", "text"].flatMap((kind) => settings.variables.filter((v) => v.kind === kind)); // the server takes the first as well
  return (
    <div className="flex flex-col gap-5 pt-1">
      {mine.length > 1 && mode !== "agent-chat" && (
        <div className="flex flex-col gap-1">
          <span className="text-sm font-medium">{t("use.many")}</span>
          <Segmented label={t("use.many")} value={value.single ? "single" : "multiple"} onChange={(v) => onChange({ single: v === "single" })} options={[{ value: "multiple", label: t("use.multiple") }, { value: "single", label: t("use.single") }]} />
          <p className="text-xs text-faint">{t(value.single ? "use.singleText" : "use.multipleText")}</p>
        </div>
      )}
      {!value.single && <SearchForm value={shownSearch(value.search)} onChange={(search) => onChange({ search })} vectors={vectors} />}
      {mode === "completion" && texts.length > 0 && (
        <div className="max-w-xs"><Field label={t("use.query")}><Select value={value.query_variable || (texts[0]?.name ?? "")} onChange={(query_variable) => onChange({ query_variable })} options={texts.map((v) => ({ value: v.name, label: v.label || v.name }))} /></Field></div>
      )}
      <FilterPart value={value} onChange={onChange} first={mine[0]} />
      <Field inline label={t("use.citations")} hint={t("use.citationsText")}><Switch checked={!value.no_citations} onChange={(on) => onChange({ no_citations: !on })} /></Field>
    </div>
  );
}

const filterModes = ["off", "automatic", "manual"] as const;

function FilterPart({ value, onChange, first }: { value: AppKnowledge; onChange: (part: Partial<AppKnowledge>) => void; first: Dataset | undefined }) {
  const { t } = useTranslation();
  const fields = useRead(keys.search.fields(first?.id ?? ""), () => search.fields(first?.id ?? ""), { enabled: first !== undefined && !first.external });
  const known = [...(fields.data?.fields ?? []), ...(first?.built_in_fields ? (fields.data?.built_in ?? []) : [])].flatMap((f) => (f ? [f] : []));
  const mode = value.filter_mode === "automatic" || value.filter_mode === "manual" ? value.filter_mode : "off";
  if (known.length === 0 && mode === "off") return null;
  return (
    <div className="flex flex-col gap-1">
      <span className="text-sm font-medium">{t("use.filter")}</span>
      <Segmented label={t("use.filter")} value={mode} onChange={(m) => onChange({ filter_mode: m === "off" ? "" : m })} options={filterModes.map((m) => ({ value: m, label: t(`use.filter.${m}`) }))} />
      <p className="text-xs text-faint">{t(`use.filter.${mode}Text`)}</p>
      {mode === "manual" && <div className="mt-2"><FilterForm value={value.filter ?? noFilter} onChange={(filter) => onChange({ filter })} fields={known} /></div>}
    </div>
  );
}
