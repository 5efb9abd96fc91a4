import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { ArrowLeft, Download, FileUp, Layers, MoreHorizontal, Pencil, SearchX, Trash2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { datasets, documents } from "@/api/knowledge";
import { keys, touches } from "@/api/keys";
import type { Dataset, Document } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { fromChunking, toChunking } from "@/lib/chunking";
import { bytes } from "@/lib/format";
import { Button, ButtonLink, Callout, Dialog, EmptyState, ErrorNote, ErrorState, Field, IconButton, Input, Menu, SkeletonRows, Tabs, toast } from "@/ui";
import { quietLink } from "@/ui/link";
import { ChunkingForm } from "./chunking-form";
import { ChunksTab } from "./chunks";
import { DetailsTab, TextTab } from "./details";
import { PreviewPane } from "./preview";
import { DeleteDocuments } from "./documents";
import { MAX_FILE } from "./files";
import { actionsOf, moving } from "./progress";
import { Bar, DocumentState } from "./state";
import { TypeIcon } from "./type-icon";

const route = getRouteApi("/frame/knowledge/$id/documents/$did");
const POLL = 1000; // milliseconds, while the document is in progress
const tabs = ["chunks", "text", "details"] as const;
type Tab = (typeof tabs)[number];

/** One document: its chunks, what was read of it, and what is known of it. */
export function DocumentPage() {
  const { t } = useTranslation();
  const { id, did } = route.useParams();
  const [polling, poll] = useState(0);
  const dataset = useRead(keys.datasets.one(id), () => datasets.one(id));
  const d = useRead(keys.datasets.document(id, did), () => documents.one(id, did), { every: polling });
  const every = d.data && moving(d.data) ? POLL : 0;
  if (every !== polling) poll(every);
  const error = dataset.error ?? d.error;
  if (error)
    return error.status === 404 || error.status === 400 ? (
      <EmptyState page icon={SearchX} title={t("doc.gone")} action={<Link to="/knowledge" className={quietLink}>{t("know.title")}</Link>}>{t("know.goneText")}</EmptyState>
    ) : (
      <ErrorState error={error} onRetry={() => { void dataset.refetch(); void d.refetch(); }} />
    );
  if (!dataset.data || !d.data) return <div className="mx-auto w-full max-w-6xl px-4 py-6 sm:px-8"><SkeletonRows count={5} height={72} /></div>;
  return <Inside key={did} dataset={dataset.data} d={d.data} />;
}

function Inside({ dataset, d }: { dataset: Dataset; d: Document }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const { chunk } = route.useSearch();
  const [tab, setTab] = useState<Tab>("chunks");
  const [asking, ask] = useState<"rename" | "rechunk" | "replace" | "delete" | null>(null);
  const act = useCommand((action: string) => documents.act(dataset.id, [d.id], action), touches.documents(dataset.id));
  const remove = useCommand(() => documents.act(dataset.id, [d.id], "delete"), [...touches.dataset(dataset.id), ["datasets", "documents", dataset.id]], () => {
    toast(t("doc.deleted", { name: d.name }));
    void go({ to: "/knowledge/$id", params: { id: dataset.id }, search: {}, replace: true });
  });
  useEffect(() => {
    document.title = `${d.name} · islet`;
  }, [d.name]);
  const close = (): void => ask(null);
  return (
    <div className="mx-auto w-full max-w-6xl px-4 py-6 sm:px-8">
      <Link to="/knowledge/$id" params={{ id: dataset.id }} search={{}} className="inline-flex rounded-sm text-muted hover:text-text"><span className="flex items-center gap-1 text-sm"><ArrowLeft size={14} aria-hidden />{dataset.name}</span></Link>
      <header className="mt-2 mb-4 flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="flex min-w-0 flex-1 basis-64 items-center gap-2">
          <TypeIcon d={d} />
          <h1 className="min-w-0 truncate text-xl font-semibold" title={d.name}>{d.name}</h1>
          <IconButton icon={Pencil} size="sm" label={t("doc.rename")} onClick={() => ask("rename")} />
        </div>
        <DocumentState d={d} />
        <div className="flex gap-2">
          {d.file_id && <ButtonLink href={documents.download(dataset.id, d.id)} icon={Download} download>{t("doc.download")}</ButtonLink>}
          <Button icon={Layers} onClick={() => ask("rechunk")}>{t("doc.rechunk")}</Button>
          <Menu
            trigger={<IconButton icon={MoreHorizontal} variant="default" tip={false} busy={act.isPending} label={t("doc.menu", { name: d.name })} />}
            groups={[
              actionsOf([d]).map((a) => ({ id: a, label: t(`doc.a.${a}`), run: () => act.mutate(a) })),
              [{ id: "replace", label: t("doc.replace"), icon: FileUp, run: () => ask("replace") }],
              [{ id: "delete", label: t("doc.a.delete"), icon: Trash2, danger: true, run: () => ask("delete") }],
            ]}
          />
        </div>
      </header>
      {act.error && <div className="mb-3"><ErrorNote error={act.error} /></div>}
      <Tabs<Tab> label={d.name} value={tab} onChange={setTab} tabs={tabs.map((x) => ({ value: x, label: t(`doc.tab.${x}`), ...(x === "chunks" ? { count: d.chunks } : {}) }))}>
        {tab === "chunks" ? <ChunksTab dataset={dataset} d={d} wanted={chunk ?? ""} /> : tab === "text" ? <TextTab dataset={dataset} d={d} /> : <DetailsTab dataset={dataset} d={d} />}
      </Tabs>
      {asking === "rename" && <Rename dataset={dataset} d={d} onClose={close} />}
      {asking === "rechunk" && <CutAgain dataset={dataset} d={d} onClose={close} />}
      {asking === "replace" && <Replace dataset={dataset} d={d} onClose={close} />}
      <DeleteDocuments dataset={dataset} docs={asking === "delete" ? [d] : null} busy={remove.isPending} error={remove.error && <ErrorNote error={remove.error} />} onClose={close} onConfirm={() => remove.mutate(undefined)} />
    </div>
  );
}

/** Another file in the place of this one. */
function Replace({ dataset, d, onClose }: { dataset: Dataset; d: Document; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const stop = useRef<AbortController | null>(null);
  const [file, setFile] = useState<File | null>(null);
  const [part, setPart] = useState(0);
  useEffect(() => () => stop.current?.abort(), []);
  const save = useCommand(
    async (f: File) => {
      stop.current = new AbortController();
      const sent = await datasets.upload(f, setPart, stop.current.signal);
      return documents.save(dataset.id, d.id, { file_id: sent.id });
    },
    [...touches.documents(dataset.id), ...touches.chunks(dataset.id, d.id)],
    () => {
      toast(t("doc.replaced"));
      onClose();
    },
  );
  const large = file !== null && file.size > MAX_FILE;
  return (
    <Dialog
      open
      sticky
      width="sm"
      onClose={onClose}
      title={t("doc.replace")}
      onSubmit={() => file && !large && save.mutate(file)}
      footer={<><Button onClick={onClose}>{t("kit.cancel")}</Button><Button type="submit" variant="primary" busy={save.isPending} disabled={!file || large}>{t("doc.replaceDo")}</Button></>}
    >
      <div className="flex flex-col gap-3">
        <p className="text-sm text-muted">{t("doc.replaceText")}</p>
        <div className="flex items-center gap-3 rounded-md border bg-surface px-3 py-2">
          <span className="min-w-0 flex-1 truncate text-sm" title={file?.name}>{file ? file.name : <span className="text-faint">{t("doc.replaceNone")}</span>}</span>
          {file && <span className="shrink-0 text-xs text-faint tabular-nums">{bytes(file.size, i18n.language)}</span>}
          <Button size="sm" disabled={save.isPending} onClick={() => input.current?.click()}>{t("doc.replaceChoose")}</Button>
        </div>
        <input ref={input} type="file" hidden aria-label={t("doc.replaceChoose")} onChange={(e) => { save.reset(); setPart(0); setFile(e.target.files?.[0] ?? null); }} />
        {save.isPending && <Bar value={part} />}
        {large && <Callout tone="danger">{t("wiz.tooLarge")}</Callout>}
        {save.error && <ErrorNote error={save.error} />}
      </div>
    </Dialog>
  );
}

function Rename({ dataset, d, onClose }: { dataset: Dataset; d: Document; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(d.name);
  const save = useCommand(() => documents.save(dataset.id, d.id, { name: name.trim() }), touches.documents(dataset.id), onClose);
  return (
    <Dialog
      open
      width="sm"
      onClose={onClose}
      title={t("doc.rename")}
      onSubmit={() => save.mutate(undefined)}
      footer={<><Button onClick={onClose}>{t("kit.cancel")}</Button><Button type="submit" variant="primary" busy={save.isPending} disabled={name.trim() === ""}>{t("kit.save")}</Button></>}
    >
      <div className="flex flex-col gap-3">
        <Field label={t("doc.name")}><Input value={name} onChange={setName} maxLength={200} autoFocus /></Field>
        {save.error && <ErrorNote error={save.error} />}
      </div>
    </Dialog>
  );
}

/** Other rules for this document, with what they would make of it. */
function CutAgain({ dataset, d, onClose }: { dataset: Dataset; d: Document; onClose: () => void }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const [rules, setRules] = useState(() => fromChunking(d.chunking));
  const save = useCommand(() => documents.save(dataset.id, d.id, { chunking: toChunking(rules) }), [...touches.documents(dataset.id), ...touches.chunks(dataset.id, d.id)], () => {
    onClose();
    void go({ to: "/knowledge/$id/documents/$did", params: { id: dataset.id, did: d.id }, search: {}, replace: true });
  });
  return (
    <Dialog
      open
      sticky
      width="lg"
      onClose={onClose}
      title={t("doc.rechunk")}
      onSubmit={() => save.mutate(undefined)}
      footer={<><Button onClick={onClose}>{t("kit.cancel")}</Button><Button type="submit" variant="primary" busy={save.isPending}>{t("wiz.start")}</Button></>}
    >
      <p className="mb-4 text-sm text-muted">{t("doc.rechunkText")}</p>
      {save.error && <div className="mb-3"><ErrorNote error={save.error} /></div>}
      <div className="grid gap-6 lg:grid-cols-2">
        <ChunkingForm value={rules} onChange={setRules} />
        <PreviewPane ask={{ dataset_id: dataset.id, document_id: d.id, chunking: toChunking(rules) }} name={d.name} />
      </div>
    </Dialog>
  );
}
