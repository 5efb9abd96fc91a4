import { BookOpen, Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { datasets } from "@/api/knowledge";
import { search } from "@/api/search";
import type { Condition, Dataset, MetadataField } from "@/api/types";
import { useRead } from "@/api/use";
import { readSelector } from "@/lib/scope";
import type { FieldOf } from "@/lib/search";
import { isSet } from "@/lib/settings";
import { useModels } from "@/parts/model-picker";
import { FilterForm } from "@/parts/search/filter";
import { SearchForm } from "@/parts/search/settings";
import { SelectorField } from "@/parts/variables/selector-field";
import { TemplateEditor } from "@/parts/variables/template-editor";
import { AppIcon, Badge, Button, Callout, ErrorState, IconButton, Menu, Segmented, SkeletonRows } from "@/ui";
import type { FormProps } from "../node-view";
import { Form, ModelField, More, Part } from "./form-parts";
import { standIn } from "./model";
import { merged, rec, text, texts } from "./read";
import { filterOf, searchOf, withFilter, withSearch } from "./retrieval";

export default function KnowledgeRetrievalForm(props: FormProps) {
  const { data, scope, set } = props;
  const { t } = useTranslation();
  const list = useRead(keys.datasets.list({ q: "", tag: "" }), () => datasets.list({ q: "", tag: "" }));
  const all = list.data?.data ?? [];
  const ids = texts(data["dataset_ids"]);
  const mine = ids.flatMap((id) => all.filter((d) => d.id === id));
  const rest = all.filter((d) => !ids.includes(d.id));
  const single = data["retrieval_mode"] === "single";
  return (
    <Form>
      <Part title={t("nodes.query")} hint={t("nodes.retrieveText")}>
        <SelectorField clearable scope={scope} label={t("nodes.query")} accepts={["string"]} value={readSelector(data["query_variable_selector"])} onChange={(s) => set({ query_variable_selector: s })} />
      </Part>
      <Part
        title={t("nodes.datasets")}
        aside={<Menu trigger={<Button size="sm" icon={Plus} disabled={rest.length === 0}>{t("kit.add")}</Button>} groups={[rest.map((d) => ({ id: d.id, label: d.name, hint: d.description || undefined, run: () => set({ dataset_ids: [...ids, d.id] }) }))]} />}
      >
        {list.isPending && ids.length > 0 ? (
          <SkeletonRows count={ids.length} height={36} />
        ) : list.isError ? (
          <ErrorState compact error={list.error} onRetry={() => void list.refetch()} />
        ) : ids.length === 0 ? (
          <p className="rounded border border-dashed px-3 py-2.5 text-center text-sm text-faint">{t(all.length === 0 ? "know.none" : "nodes.noDatasets")}</p>
        ) : (
          <ul aria-label={t("nodes.datasets")} className="divide-y rounded border">
            {ids.map((id) => <DatasetRow key={id} dataset={all.find((d) => d.id === id)} onRemove={() => set({ dataset_ids: ids.filter((x) => x !== id) })} />)}
          </ul>
        )}
      </Part>
      {ids.length > 1 || single ? (
        <Part title={t("use.many")} hint={t(single ? "use.singleText" : "use.multipleText")}>
          <div><Segmented label={t("use.many")} value={single ? "single" : "multiple"} onChange={(v) => set({ retrieval_mode: v })} options={[{ value: "multiple", label: t("use.multiple") }, { value: "single", label: t("use.single") }]} /></div>
        </Part>
      ) : null}
      {single ? <ModelField label={t("nodes.routerModel")} value={rec(data["single_retrieval_config"])["model"]} onChange={(model) => set({ single_retrieval_config: merged(data["single_retrieval_config"], { model }) })} /> : <SearchPart {...props} mine={mine} />}
      <FilterPart {...props} mine={mine} />
      <More title={t("nodes.more")} open={readSelector(data["query_attachment_selector"]).length >= 2}>
        <Part title={t("nodes.attachments")} hint={t("nodes.attachmentsText")}>
          <SelectorField clearable scope={scope} label={t("nodes.attachments")} placeholder={t("kit.none")} accepts={["file", "array[file]"]} value={readSelector(data["query_attachment_selector"])} onChange={(s) => set({ query_attachment_selector: s })} />
        </Part>
      </More>
    </Form>
  );
}

function DatasetRow({ dataset: d, onRemove }: { dataset: Dataset | undefined; onRemove: () => void }) {
  const { t } = useTranslation();
  const name = d?.name ?? t("know.gone");
  return (
    <li className="flex h-9 items-center gap-2 pr-1 pl-2.5">
      {d ? <AppIcon icon={d.icon || "📚"} color={d.icon_color} size="xs" /> : <BookOpen size={16} aria-hidden className="shrink-0 text-faint" />}
      <span className="min-w-0 flex-1 truncate" title={name}>{name}</span>
      {d ? <Badge>{d.external ? t("know.external") : t("know.documents", { count: d.counts?.documents ?? 0, n: d.counts?.documents ?? 0 })}</Badge> : <Badge tone="danger">{t("agent.missing")}</Badge>}
      <IconButton icon={X} size="sm" tip={false} label={t("use.remove", { name })} onClick={onRemove} />
    </li>
  );
}

function SearchPart({ data, set, mine }: FormProps & { mine: Dataset[] }) {
  const { t } = useTranslation();
  const { rows } = useModels("rerank");
  const config = data["multiple_retrieval_config"];
  const s = searchOf(config);
  const row = isSet(s.rerank_model) ? standIn(rows, s.rerank_model) : undefined; // a file names it as it is called elsewhere
  const shown = row ? { ...s, rerank_model: { endpoint_id: row.model.endpoint_id, name: row.model.name } } : s;
  return (
    <Part title={t("use.settings")}>
      <div className="rounded border p-3">
        <SearchForm value={shown} vectors={mine.length === 0 || mine.some((d) => isSet(d.embedding))} onChange={(next) => set({ multiple_retrieval_config: withSearch(config, next) })} />
      </div>
    </Part>
  );
}

const modes = ["disabled", "automatic", "manual"] as const;
const modeText = { disabled: "off", automatic: "automatic", manual: "manual" } as const;

/** The metadata fields that every chosen dataset has, by name and type. */
function useSharedFields(mine: Dataset[]): { fields: MetadataField[]; pending: boolean } {
  const own = mine.filter((d) => !d.external);
  const ids = own.map((d) => d.id);
  const read = useRead(keys.search.shared(ids), () => Promise.all(ids.map((id) => search.fields(id))), { enabled: ids.length > 0, keep: true });
  const lists = (read.data ?? []).map((f, i) => [...f.fields, ...(own[i]?.built_in_fields ? f.built_in : [])]);
  const [first = [], ...others] = lists;
  return { fields: first.filter((f) => others.every((o) => o.some((x) => x.name === f.name && x.type === f.type))), pending: ids.length > 0 && read.isPending };
}

function FilterPart({ data, set, scope, mine }: FormProps & { mine: Dataset[] }) {
  const { t } = useTranslation();
  const { fields, pending } = useSharedFields(mine);
  const mode = modes.find((m) => m === data["metadata_filtering_mode"]) ?? "disabled";
  const filter = filterOf(data);
  const known: FieldOf[] = [...fields, ...(filter.conditions ?? []).filter((c) => !fields.some((f) => f.name === c.name)).map((c): FieldOf => ({ name: c.name, type: "string" }))];
  return (
    <Part title={t("use.filter")} hint={mode === "manual" ? t("nodes.filterText") : t(`use.filter.${modeText[mode]}Text`)}>
      <div><Segmented label={t("use.filter")} value={mode} onChange={(m) => set({ metadata_filtering_mode: m })} options={modes.map((m) => ({ value: m, label: t(`use.filter.${modeText[m]}`) }))} /></div>
      {mode === "automatic" && <ModelField label={t("nodes.filterModel")} value={data["metadata_model_config"]} onChange={(model) => set({ metadata_model_config: model })} />}
      {mode === "manual" &&
        (pending ? (
          <SkeletonRows count={1} height={32} />
        ) : known.length === 0 ? (
          <Callout>{t("nodes.noFields")}</Callout>
        ) : (
          <FilterForm
            narrow
            value={filter}
            fields={known}
            onChange={(f) => set(withFilter(data, f))}
            valueField={(c: Condition, put, hint) => <TemplateEditor rows={1} scope={scope} label={t("filter.value")} accepts={["string", "number", "boolean"]} placeholder={hint} value={typeof c.value === "string" ? c.value : typeof c.value === "number" ? String(c.value) : texts(c.value).join(", ") || text(c.value)} onChange={put} />}
          />
        ))}
    </Part>
  );
}
