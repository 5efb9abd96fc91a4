import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { CheckCircle2, FileUp, FolderUp, Plug, RotateCw, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
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
import { bytes, count } from "@/lib/format";
import { isSet, noModel } from "@/lib/settings";
import { firstIcon } from "@/parts/icon-picker";
import { ModelPicker } from "@/parts/model-picker";
import { Button, Callout, Card, Dialog, ErrorNote, ErrorState, Field, IconButton, Input, Page, Section, Segmented, Select, SkeletonRows, Spinner, Textarea, useSentence } from "@/ui";
import { nameLink } from "@/ui/link";
import { cx } from "@/ui/cx";
import { ChunkingForm } from "./chunking-form";
import type { Uploads } from "./files";
import { carry, useFileDrop, useUploads } from "./files";
import { PreviewPane } from "./preview";
import { TypeIcon } from "./type-icon";
import { moving, tally, unfinished } from "./progress";
import { Bar, DocumentState } from "./state";

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
  const { add: upload } = uploads;
  const [chosen, choose] = useState(0);
  const [source, setSource] = useState<Source>("files");
  const [name, setName] = useState("");
  const [embedding, setEmbedding] = useState<ModelRef | null>(model);
  const [text, setText] = useState({ name: "", text: "" });
  const [urls, setUrls] = useState("");
  const [rules, setRules] = useState<Rules>(() => (dataset ? fromChunking(dataset.chunking) : firstRules));
  const [external, setExternal] = useState(false);
  const [batch, setBatch] = useState<{ dataset: string; batch: string } | null>(null);
  const over = useFileDrop((files) => {
    if (batch) return;
    setSource("files");
    upload(files);
  });
  useEffect(() => {
    const timer = setTimeout(() => { const files = carry.take(); if (files.length > 0) upload(files); }, 0);
    return () => clearTimeout(timer);
  }, [upload]);
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
  const first = ready.find((x) => x.key === chosen) ?? ready[0];
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
            {source === "files" && <DropZone over={over} compact={uploads.list.length > 0} onFiles={upload} />}
            {source === "text" && (
              <div className="flex flex-col gap-3">
                <Field label={t("wiz.textName")}><Input value={text.name} onChange={(n) => setText({ ...text, name: n })} maxLength={200} /></Field>
                <Field label={t("wiz.textBody")}><Textarea rows={10} value={text.text} onChange={(x) => setText({ ...text, text: x })} /></Field>
              </div>
            )}
            {source === "url" && <Field label={t("wiz.urls")}><Textarea mono rows={5} value={urls} onChange={setUrls} placeholder="http://10.0.0.5/handbook.html" /></Field>}
            <FileList uploads={uploads} shown={first?.key ?? 0} onShow={choose} />
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
        <div tabIndex={0} className="min-w-0 lg:sticky lg:top-4 lg:max-h-[calc(100vh-2rem)] lg:self-start lg:overflow-y-auto"><PreviewPane ask={ask} name={first?.name ?? (text.name || addresses[0] || "")} /></div>
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

function DropZone({ over, compact, onFiles }: { over: boolean; compact: boolean; onFiles: (files: File[]) => void }) {
  const { t } = useTranslation();
  const some = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const input = (label: string) => ({
    type: "file",
    multiple: true,
    hidden: true,
    "aria-label": label,
    onChange: (e: React.ChangeEvent<HTMLInputElement>) => {
      onFiles([...(e.target.files ?? [])]);
      e.target.value = "";
    },
  });
  return (
    <div className={cx("flex flex-col items-center gap-3 rounded-lg border-2 border-dashed px-6 text-center transition-colors", compact ? "py-4" : "py-8", over ? "border-accent bg-accent-soft/40" : "border-line-strong bg-surface")}>
      {!compact && <FileUp size={26} aria-hidden className={over ? "text-accent-text" : "text-faint"} />}
      <p className="max-w-md text-sm text-muted">{over ? t("wiz.drop") : t("wiz.sourcesText")}</p>
      <div className="flex flex-wrap justify-center gap-2">
        <Button onClick={() => some.current?.click()}>{t("wiz.choose")}</Button>
        <Button icon={FolderUp} onClick={() => folder.current?.click()}>{t("wiz.chooseFolder")}</Button>
      </div>
      <input ref={some} {...input(t("wiz.choose"))} />
      <input
        ref={(el) => {
          folder.current = el;
          el?.setAttribute("webkitdirectory", "");
        }}
        {...input(t("wiz.chooseFolder"))}
      />
    </div>
  );
}

/** The files with their progress. A click on one that is there shows how it is cut. */
function FileList({ uploads, shown, onShow }: { uploads: Uploads; shown: number; onShow: (key: number) => void }) {
  const { t, i18n } = useTranslation();
  const sentence = useSentence();
  if (uploads.list.length === 0) return null;
  const ready = uploads.list.filter((x) => x.id !== "");
  const refused = uploads.list.filter((x) => x.error).length;
  return (
    <>
      <p className="mt-3 mb-1 text-xs text-faint tabular-nums" role="status">
        {t("wiz.filesReady", { n: ready.length, all: uploads.list.length, size: bytes(ready.reduce((n, x) => n + x.size, 0), i18n.language) })}
        {refused > 0 && <span className="text-danger-text"> · {t("wiz.filesRefused", { count: refused, n: refused })}</span>}
      </p>
      <ul className="max-h-96 divide-y overflow-y-auto rounded-md border bg-surface">
        {uploads.list.map((x) => (
          <li key={x.key} className={cx("relative flex items-center gap-2 py-1.5 pr-1 pl-3 text-sm", x.key === shown && x.id !== "" && "bg-accent-soft/40")}>
            <span className="min-w-0 flex-1">
              {x.id === "" ? <span className="block truncate" title={x.name}>{x.name}</span> : <button type="button" aria-pressed={x.key === shown} title={x.name} onClick={() => onShow(x.key)} className="block max-w-full truncate rounded-sm text-left hover:underline">{x.name}</button>}
              {x.error && <span role="alert" className="block text-xs text-danger-text">{sentence(x.error)} <code className="font-mono opacity-90">{x.error.code}</code></span>}
              {x.id === "" && !x.error && <span className="mt-1 block"><Bar value={x.part} /></span>}
            </span>
            <span className="w-16 shrink-0 text-right text-xs text-faint tabular-nums">{x.error || x.id !== "" ? bytes(x.size, i18n.language) : `${Math.round(x.part * 100)} %`}</span>
            <span className="flex w-4 shrink-0 justify-center">{x.id === "" && !x.error ? <Spinner size={14} /> : x.error ? null : <CheckCircle2 size={15} role="img" aria-label={t("wiz.ready")} className="text-ok-text" />}</span>
            {x.error && x.error.code !== "file_too_large" && x.error.code !== "file_empty" && <IconButton icon={RotateCw} size="sm" label={t("wiz.again", { name: x.name })} onClick={() => uploads.retry(x.key)} />}
            <IconButton icon={X} size="sm" label={t("wiz.remove", { name: x.name })} onClick={() => uploads.remove(x.key)} />
          </li>
        ))}
      </ul>
    </>
  );
}

const POLL = 700; // milliseconds
const POLL_MANY = 2500; // where there are more documents than one answer holds

function ProgressPage({ dataset, batch }: { dataset: string; batch: string }) {
  const { t, i18n } = useTranslation();
  const go = useNavigate();
  const [polling, poll] = useState(POLL);
  const list = useRead(keys.datasets.batch(dataset, batch), () => documents.batch(dataset, batch), { every: polling, stale: 0 });
  const act = useCommand((a: { ids: string[]; action: string }) => documents.act(dataset, a.ids, a.action), [keys.datasets.batch(dataset, batch), ...touches.documents(dataset)]);
  const all = list.data ?? [];
  const over = list.data !== undefined && !all.some(unfinished);
  const every = list.data && !all.some(moving) ? 0 : all.length > 100 ? POLL_MANY : POLL;
  if (list.data && every !== polling) poll(every);
  const sum = tally(all);
  const failed = all.filter((d) => d.stage === "error");
  const n = (x: number): string => count(x, i18n.language);
  return (
    <Page
      narrow
      title={t("wiz.progress")}
      purpose={t("wiz.progressText")}
      action={
        <>
          <Button onClick={() => void go({ to: "/knowledge/$id", params: { id: dataset }, search: {} })}>{t("wiz.toDocuments")}</Button>
          <Button variant="primary" disabled={sum.ready === 0} onClick={() => void go({ to: "/knowledge/$id", params: { id: dataset }, search: { tab: "retrieval" } })}>{t("wiz.test")}</Button>
        </>
      }
    >
      {list.isPending ? (
        <SkeletonRows count={3} height={52} />
      ) : list.isError ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <>
          <div className="mb-4">
            {over ? (
              <Callout tone={sum.failed > 0 ? "warn" : "ok"} action={failed.length > 1 && <Button size="sm" busy={act.isPending} onClick={() => act.mutate({ ids: failed.map((d) => d.id), action: "retry" })}>{t("wiz.retryAll")}</Button>}>
                {sum.failed > 0 ? t("wiz.doneSome", { n: sum.failed }) : t("wiz.done")}
              </Callout>
            ) : (
              <div className="flex flex-col gap-1.5 rounded border px-3 py-2" role="status">
                <p className="flex flex-wrap gap-x-3 text-sm tabular-nums">
                  <span>{t("wiz.readyOf", { n: n(sum.ready), all: n(sum.all) })}</span>
                  {sum.paused > 0 && <span className="text-warn-text">{t("wiz.pausedN", { n: n(sum.paused) })}</span>}
                  {sum.failed > 0 && <span className="text-danger-text">{t("know.failed", { count: sum.failed, n: n(sum.failed) })}</span>}
                </p>
                <Bar value={sum.share} />
              </div>
            )}
          </div>
          {act.error && <div className="mb-3"><ErrorNote error={act.error} /></div>}
          <ul className="divide-y rounded-lg border bg-surface">
            {all.map((d) => (
              <li key={d.id} className="flex min-h-12 flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2">
                <span className="flex min-w-40 flex-1 items-center gap-2"><TypeIcon d={d} /><Link to="/knowledge/$id/documents/$did" params={{ id: dataset, did: d.id }} search={{}} className={`${nameLink} [overflow-wrap:anywhere]`}>{d.name}</Link></span>
                {d.stage === "completed" && <span className="text-xs text-faint tabular-nums">{t("wiz.chunksN", { count: d.chunks, n: n(d.chunks) })}</span>}
                <span className="w-60 max-sm:order-last max-sm:w-full"><DocumentState d={d} /></span>
                <span className="flex w-16 justify-end max-sm:empty:hidden">
                  {d.stage === "error" && <Button size="sm" disabled={act.isPending} onClick={() => act.mutate({ ids: [d.id], action: "retry" })}>{t("doc.a.retry")}</Button>}
                  {unfinished(d) && <Button size="sm" variant="ghost" disabled={act.isPending} onClick={() => act.mutate({ ids: [d.id], action: d.paused ? "resume" : "pause" })}>{t(d.paused ? "doc.a.resume" : "doc.a.pause")}</Button>}
                </span>
              </li>
            ))}
          </ul>
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
