import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { CheckCircle2, FileUp, Plug, X } from "lucide-react";
import type { DragEvent } from "react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { models } from "@/api/console";
import type { Addition } from "@/api/knowledge";
import { datasets, documents } from "@/api/knowledge";
import { keys, touches } from "@/api/keys";
import { externals } from "@/api/search";
import type { Dataset, ModelRef, PreviewInput } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { firstRules, fromChunking, toChunking } from "@/lib/chunking";
import type { Rules } from "@/lib/chunking";
import { bytes } from "@/lib/format";
import { isSet, noModel } from "@/lib/settings";
import { firstIcon } from "@/parts/icon-picker";
import { ModelPicker } from "@/parts/model-picker";
import { Button, Callout, Card, Dialog, ErrorNote, ErrorState, Field, IconButton, Input, Page, Section, Segmented, Select, SkeletonRows, Spinner, Textarea } from "@/ui";
import { nameLink } from "@/ui/link";
import { cx } from "@/ui/cx";
import { ChunkingForm } from "./chunking-form";
import type { Uploads } from "./files";
import { dropped, useUploads } from "./files";
import { PreviewPane } from "./preview";
import { DocumentState, unfinished } from "./state";

const addRoute = getRouteApi("/frame/knowledge/$id/add");

/** Makes a dataset of documents. */
export function NewDatasetPage() {
  const { t } = useTranslation();
  const defaults = useRead(keys.models.defaults, models.defaults);
  if (defaults.isPending) return <Page title={t("know.new")} purpose={t("know.purpose")}><SkeletonRows count={3} height={120} /></Page>;
  return <Wizard dataset={null} model={isSet(defaults.data?.embedding) ? defaults.data.embedding : null} />;
}

/** Adds documents to a dataset. */
export function AddDocumentsPage() {
  const { t } = useTranslation();
  const { id } = addRoute.useParams();
  const d = useRead(keys.datasets.one(id), () => datasets.one(id));
  if (d.isPending) return <Page title={t("know.add")} purpose={t("know.purpose")}><SkeletonRows count={3} height={120} /></Page>;
  if (d.isError) return <ErrorState error={d.error} onRetry={() => void d.refetch()} />;
  return <Wizard dataset={d.data} model={null} />;
}

type Source = "files" | "text" | "url";

function Wizard({ dataset, model }: { dataset: Dataset | null; model: ModelRef | null }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const uploads = useUploads();
  const [source, setSource] = useState<Source>("files");
  const [name, setName] = useState("");
  const [embedding, setEmbedding] = useState<ModelRef | null>(model);
  const [text, setText] = useState({ name: "", text: "" });
  const [urls, setUrls] = useState("");
  const [rules, setRules] = useState<Rules>(() => (dataset ? fromChunking(dataset.chunking) : firstRules));
  const [external, setExternal] = useState(false);
  const [batch, setBatch] = useState<{ dataset: string; batch: string } | null>(null);
  const ready = uploads.list.filter((x) => x.id !== "");
  const addresses = urls.split("\n").map((u) => u.trim()).filter((u) => u !== "");
  const adds: Addition[] = [
    ...ready.map((x) => ({ file_id: x.id, name: x.name })),
    ...(text.text.trim() !== "" ? [{ name: text.name.trim() || t("wiz.text"), text: text.text }] : []),
    ...addresses.map((u) => ({ url: u })),
  ];
  const title = name.trim() || guess(adds);
  const save = useCommand(async () => {
    const d = dataset ?? (await datasets.add({ name: title.slice(0, 40), embedding: embedding ?? noModel, chunking: toChunking(rules), icon: "📚", icon_color: firstIcon.icon_color, permission: "all_team_members" }));
    const added = adds.length > 0 ? await documents.add(d.id, adds, toChunking(rules)) : null;
    return { dataset: d.id, batch: added?.batch ?? "" };
  }, touches.datasets, (r) => {
    if (r.batch === "") void go({ to: "/knowledge/$id", params: { id: r.dataset }, search: {} });
    else setBatch(r);
  });
  if (batch) return <ProgressPage dataset={batch.dataset} batch={batch.batch} />;
  const first = ready[0];
  const ask: PreviewInput | null = first ? { file_id: first.id, chunking: toChunking(rules) } : text.text.trim() !== "" ? { text: text.text, chunking: toChunking(rules) } : addresses[0] ? { url: addresses[0], chunking: toChunking(rules) } : null;
  return (
    <Page
      title={dataset ? t("know.add") : t("know.new")}
      purpose={dataset ? dataset.name : t("know.purpose")}
      action={
        <>
          {!dataset && <Button icon={Plug} onClick={() => setExternal(true)}>{t("wiz.external")}</Button>}
          {!dataset && adds.length === 0 && title !== "" && <Button busy={save.isPending} onClick={() => save.mutate(undefined)}>{t("wiz.empty")}</Button>}
          <Button variant="primary" busy={save.isPending} disabled={adds.length === 0 || uploads.busy} onClick={() => save.mutate(undefined)}>{t("wiz.start")}</Button>
        </>
      }
    >
      {save.error && <div className="mb-4"><ErrorNote error={save.error} /></div>}
      <div className="grid gap-6 lg:grid-cols-2">
        <div className="min-w-0">
          <Section title={t("wiz.sources")}>
            <div className="mb-3"><Segmented<Source> label={t("wiz.sources")} value={source} onChange={setSource} options={[{ value: "files", label: t("wiz.files") }, { value: "text", label: t("wiz.text") }, { value: "url", label: t("wiz.url") }]} /></div>
            {source === "files" && <DropZone uploads={uploads} />}
            {source === "text" && (
              <div className="flex flex-col gap-3">
                <Field label={t("wiz.textName")}><Input value={text.name} onChange={(n) => setText({ ...text, name: n })} maxLength={200} /></Field>
                <Field label={t("wiz.textBody")}><Textarea rows={10} value={text.text} onChange={(x) => setText({ ...text, text: x })} /></Field>
              </div>
            )}
            {source === "url" && <Field label={t("wiz.urls")}><Textarea mono rows={5} value={urls} onChange={setUrls} placeholder="http://10.0.0.5/handbook.html" /></Field>}
            <FileList uploads={uploads} />
          </Section>
          {!dataset && (
            <Section title={t("dset.general")}>
              <Card>
                <div className="flex flex-col gap-4">
                  <Field label={t("wiz.name")}><Input value={name} onChange={setName} maxLength={40} placeholder={title} /></Field>
                  <Field label={t("wiz.model")} hint={t("wiz.modelText")}><ModelPicker block kind="embedding" label={t("wiz.model")} none={t("dset.wordsOnly")} value={embedding} onChange={setEmbedding} /></Field>
                </div>
              </Card>
            </Section>
          )}
          <Section title={t("wiz.chunking")}><Card><ChunkingForm value={rules} onChange={setRules} /></Card></Section>
        </div>
        <div className="min-w-0 lg:sticky lg:top-4 lg:max-h-[calc(100vh-2rem)] lg:self-start lg:overflow-y-auto"><PreviewPane ask={ask} name={first?.name ?? (text.name || addresses[0] || "")} /></div>
      </div>
      {external && <ExternalDataset onClose={() => setExternal(false)} />}
    </Page>
  );
}

/** A name for a dataset that nobody named: of its first document, without the extension. */
function guess(adds: Addition[]): string {
  const first = adds[0];
  return (first?.name ?? first?.url ?? "").replace(/\.[A-Za-z0-9]{1,5}$/, "").slice(0, 40);
}

function DropZone({ uploads }: { uploads: Uploads }) {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const drop = (e: DragEvent): void => {
    e.preventDefault();
    setOver(false);
    void dropped(e.dataTransfer).then(uploads.add);
  };
  return (
    <div
      onDragOver={(e) => {
        e.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={cx("flex flex-col items-center gap-3 rounded-lg border-2 border-dashed px-6 py-8 text-center transition-colors", over ? "border-accent bg-accent-soft/40" : "border-line-strong bg-surface")}
    >
      <FileUp size={26} aria-hidden className="text-faint" />
      <p className="max-w-md text-sm text-muted">{over ? t("wiz.drop") : t("wiz.sourcesText")}</p>
      <Button onClick={() => input.current?.click()}>{t("wiz.choose")}</Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={t("wiz.choose")}
        onChange={(e) => {
          uploads.add([...(e.target.files ?? [])]);
          e.target.value = "";
        }}
      />
    </div>
  );
}

function FileList({ uploads }: { uploads: Uploads }) {
  const { t, i18n } = useTranslation();
  if (uploads.list.length === 0) return null;
  return (
    <ul className="mt-3 max-h-96 divide-y overflow-y-auto rounded-md border bg-surface">
      {uploads.list.map((x) => (
        <li key={x.key} className="flex items-center gap-3 py-1.5 pr-1 pl-3 text-sm">
          <span className="min-w-0 flex-1">
            <span className="block truncate" title={x.name}>{x.name}</span>
            {x.error && <ErrorNote error={x.error} />}
          </span>
          <span className="shrink-0 text-xs text-faint tabular-nums">{x.error ? t("wiz.refused") : x.id === "" ? `${Math.round(x.part * 100)} %` : bytes(x.size, i18n.language)}</span>
          {x.id === "" && !x.error ? <Spinner size={14} /> : x.error ? null : <CheckCircle2 size={15} aria-label={t("wiz.ready")} className="text-ok-text" />}
          <IconButton icon={X} size="sm" label={t("wiz.remove", { name: x.name })} onClick={() => uploads.remove(x.key)} />
        </li>
      ))}
    </ul>
  );
}

const POLL = 700; // milliseconds

function ProgressPage({ dataset, batch }: { dataset: string; batch: string }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const [polling, poll] = useState(POLL);
  const list = useRead(keys.datasets.batch(dataset, batch), () => documents.batch(dataset, batch), { every: polling, stale: 0 });
  const act = useCommand((a: { id: string; action: string }) => documents.act(dataset, [a.id], a.action), [keys.datasets.batch(dataset, batch), ...touches.documents(dataset)]);
  const all = list.data?.data ?? [];
  const running = all.some((d) => unfinished(d) && !d.paused);
  const over = list.data !== undefined && !all.some(unfinished);
  if (list.data && (running ? POLL : 0) !== polling) poll(running ? POLL : 0);
  const failed = all.filter((d) => d.stage === "error").length;
  return (
    <Page
      narrow
      title={t("wiz.progress")}
      purpose={t("wiz.progressText")}
      action={
        <>
          <Button onClick={() => void go({ to: "/knowledge/$id", params: { id: dataset }, search: {} })}>{t("wiz.toDocuments")}</Button>
          <Button variant="primary" disabled={!over} onClick={() => void go({ to: "/knowledge/$id", params: { id: dataset }, search: { tab: "retrieval" } })}>{t("wiz.test")}</Button>
        </>
      }
    >
      {list.isPending ? (
        <SkeletonRows count={3} height={52} />
      ) : list.isError ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <>
          {over && <div className="mb-4"><Callout tone={failed > 0 ? "warn" : "ok"}>{failed > 0 ? t("wiz.doneSome", { n: failed }) : t("wiz.done")}</Callout></div>}
          <ul className="divide-y rounded-lg border bg-surface">
            {all.map((d) => (
              <li key={d.id} className="flex flex-wrap items-center gap-3 px-4 py-2.5">
                <Link to="/knowledge/$id/documents/$did" params={{ id: dataset, did: d.id }} search={{}} className={nameLink}>{d.name}</Link>
                <span className="ml-auto"><DocumentState d={d} /></span>
                {d.stage === "error" && <Button size="sm" onClick={() => act.mutate({ id: d.id, action: "retry" })}>{t("doc.a.retry")}</Button>}
                {unfinished(d) && <Button size="sm" variant="ghost" onClick={() => act.mutate({ id: d.id, action: d.paused ? "resume" : "pause" })}>{t(d.paused ? "doc.a.resume" : "doc.a.pause")}</Button>}
              </li>
            ))}
          </ul>
          {act.error && <div className="mt-3"><ErrorNote error={act.error} /></div>}
        </>
      )}
    </Page>
  );
}

function ExternalDataset({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const list = useRead(keys.externals, externals.list);
  const [v, setV] = useState({ name: "", api: "", knowledge: "" });
  const all = list.data?.data ?? [];
  const api = v.api || (all[0]?.id ?? "");
  const save = useCommand(
    () => datasets.add({ name: v.name, external: { api_id: api, knowledge_id: v.knowledge, settings: { top_k: 4, score_threshold: 0, score_threshold_enabled: false } } }),
    touches.datasets,
    (d) => void go({ to: "/knowledge/$id", params: { id: d.id }, search: { tab: "retrieval" } }),
  );
  return (
    <Dialog
      open
      sticky
      onClose={onClose}
      title={t("wiz.external")}
      description={t("wiz.externalText")}
      onSubmit={() => save.mutate(undefined)}
      footer={<><Button onClick={onClose}>{t("kit.cancel")}</Button><Button type="submit" variant="primary" busy={save.isPending} disabled={api === ""}>{t("kit.save")}</Button></>}
    >
      <div className="flex flex-col gap-4">
        <Field label={t("wiz.name")}><Input value={v.name} onChange={(name) => setV({ ...v, name })} maxLength={40} autoFocus /></Field>
        <Field label={t("wiz.connection")}>{all.length === 0 ? <Callout>{t("ext.noneText")}</Callout> : <Select value={api} onChange={(x) => setV({ ...v, api: x })} options={all.map((e) => ({ value: e.id, label: e.name }))} />}</Field>
        <Field label={t("dset.externalId")}><Input mono value={v.knowledge} onChange={(knowledge) => setV({ ...v, knowledge })} /></Field>
        {save.error && <ErrorNote error={save.error} />}
      </div>
    </Dialog>
  );
}
