import { ChevronsDownUp, ChevronsUpDown, Pencil, Plus, SearchX, Table2, Trash2 } from "lucide-react";
import { useDeferredValue, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ApiError } from "@/api/client";
import { chunks, datasets, DOCS } from "@/api/knowledge";
import { keys, touches } from "@/api/keys";
import type { Chunk, Dataset, Document } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { Badge, Button, ButtonLink, Callout, Confirm, Dialog, Disclosure, EmptyState, ErrorNote, ErrorState, IconButton, SearchInput, Segmented, SkeletonRows, Switch, toast } from "@/ui";
import { cx } from "@/ui/cx";
import { ChunkDrawer } from "./chunk-drawer";
import { Pager } from "./pager";
import { moving, unfinished } from "./progress";

const shows = ["all", "true", "false"] as const;
const LONG = 320; // characters after which a chunk is folded
const LINES = 5;

/** The chunks of a document; the wanted one is scrolled to and marked. */
export function ChunksTab({ dataset, d, wanted }: { dataset: Dataset; d: Document; wanted: string }) {
  const { t } = useTranslation();
  const [q, setQ] = useState("");
  const [show, setShow] = useState<(typeof shows)[number]>("all");
  const [page, setPage] = useState(1);
  const [open, setOpen] = useState(false);
  const [editing, edit] = useState<string | null>(null); // an id; "" is a new one
  const [removing, remove] = useState<Chunk | null>(null);
  const f = { q: useDeferredValue(q.trim()), enabled: show === "all" ? "" : show, page };
  const list = useRead(keys.datasets.chunks(dataset.id, d.id, { ...f, revision: d.revision }), () => chunks.list(dataset.id, d.id, f), { keep: true });
  const changed = [...touches.chunks(dataset.id, d.id), ...touches.documents(dataset.id)];
  const turn = useCommand((c: Chunk) => chunks.save(dataset.id, d.id, c.id, { enabled: !c.enabled }), changed);
  const drop = useCommand((c: Chunk) => chunks.remove(dataset.id, d.id, c.id), changed, () => remove(null));
  const all = list.data?.data ?? [];
  const total = list.data?.total ?? 0;
  const lost = useWanted(dataset.id, d.id, wanted, list.isPlaceholderData || f.q !== "" || f.enabled !== "" ? null : all, page, setPage);
  const last = Math.max(1, Math.ceil(total / DOCS));
  if (list.data && !list.isPlaceholderData && page > last) setPage(last);
  const changeable = d.revision > 0 && !unfinished(d); // the server refuses changes of a document that it works on
  const filtered = f.q !== "" || f.enabled !== "";
  const narrow = (change: () => void): void => {
    change();
    setPage(1);
  };
  return (
    <>
      {lost && <div className="mb-3"><Callout tone="warn">{t("chunk.lost")} <code className="font-mono text-xs">{lost.code}</code></Callout></div>}
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <SearchInput value={q} onChange={(v) => narrow(() => setQ(v))} label={t("chunk.search")} />
        <Segmented label={t("chunk.show")} value={show} onChange={(s) => narrow(() => setShow(s))} options={shows.map((s) => ({ value: s, label: t(`chunk.show.${s}`) }))} />
        <span className="flex-1" />
        <IconButton icon={open ? ChevronsDownUp : ChevronsUpDown} label={t(open ? "chunk.foldAll" : "chunk.openAll")} aria-pressed={open} onClick={() => setOpen(!open)} />
        <ImportButton dataset={dataset} d={d} disabled={!changeable} />
        <Button icon={Plus} disabled={!changeable} onClick={() => edit("")}>{t("chunk.add")}</Button>
      </div>
      {turn.error && <div className="mb-3"><ErrorNote error={turn.error} /></div>}
      {list.isPending ? (
        <SkeletonRows count={5} height={96} />
      ) : list.isError ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : all.length === 0 ? (
        moving(d) && !filtered ? <SkeletonRows count={4} height={96} /> : <EmptyState icon={SearchX} title={t(filtered ? "chunk.noneFound" : "chunk.none")} action={filtered && <Button onClick={() => narrow(() => { setQ(""); setShow("all"); })}>{t("know.clear")}</Button>} />
      ) : (
        <>
          <ol className={cx("flex flex-col gap-2 transition-opacity", list.isPlaceholderData && "opacity-60")}>
            {all.map((c) => <ChunkRow key={c.id} c={c} open={open} marked={c.id === wanted} busy={turn.isPending && turn.variables?.id === c.id} onTurn={() => turn.mutate(c)} onEdit={() => edit(c.id)} onRemove={() => remove(c)} />)}
          </ol>
          <Pager page={page} size={DOCS} total={total} onPage={setPage} />
        </>
      )}
      {editing !== null && <ChunkDrawer key={editing} dataset={dataset} d={d} id={editing} first={all.find((c) => c.id === editing) ?? null} onClose={() => edit(null)} />}
      <Confirm open={removing !== null} onClose={() => remove(null)} onConfirm={() => removing && drop.mutate(removing)} title={t("chunk.delete", { n: removing?.position ?? 0 })} action={t("kit.delete")} busy={drop.isPending} error={<ErrorNote error={drop.error} />}>
        <p className="line-clamp-3 rounded border bg-sunken px-3 py-2 text-sm text-text [overflow-wrap:anywhere]">{removing?.content}</p>
        <p>{t("chunk.deleteText")}{(removing?.children ?? []).length > 0 && <> {t("chunk.deleteChildren", { count: removing?.children?.length ?? 0, n: removing?.children?.length ?? 0 })}</>}</p>
      </Confirm>
    </>
  );
}

/**
 * Goes to the page that has the wanted chunk. Where chunks were deleted, positions have gaps and a page holds later ones than it
 * seems, so it goes back page by page. Returns why it cannot be shown.
 */
function useWanted(dataset: string, d: string, wanted: string, shown: Chunk[] | null, page: number, setPage: (n: number) => void): ApiError | null {
  const seeking = useRead(keys.datasets.chunks(dataset, d, { one: wanted }), () => chunks.one(dataset, d, wanted), { enabled: wanted !== "" });
  const position = seeking.data?.position ?? 0;
  const arrived = useRef("");
  useEffect(() => {
    if (position > 0 && arrived.current !== wanted) setPage(Math.max(1, Math.ceil(position / DOCS)));
  }, [position, wanted, setPage]);
  useEffect(() => {
    const first = shown?.[0];
    if (!first || position === 0 || arrived.current === wanted) return;
    if (shown?.some((c) => c.id === wanted)) arrived.current = wanted;
    else if (first.position > position && page > 1) setPage(page - 1);
  }, [shown, position, wanted, page, setPage]);
  return seeking.error && seeking.error.status === 404 ? seeking.error : null;
}

function ChunkRow({ c, open, marked, busy, onTurn, onEdit, onRemove }: { c: Chunk; open: boolean; marked: boolean; busy: boolean; onTurn: () => void; onEdit: () => void; onRemove: () => void }) {
  const { t } = useTranslation();
  const row = useRef<HTMLLIElement>(null);
  const [own, setOwn] = useState<boolean | null>(marked ? true : null);
  useEffect(() => setOwn(marked ? true : null), [open, marked]);
  useEffect(() => {
    if (marked) row.current?.scrollIntoView({ block: "center" });
  }, [marked]);
  const shown = own ?? open;
  const heading = (c.heading ?? []).join(" › ");
  const children = c.children ?? [];
  const long = c.content.length > LONG || c.content.split("\n").length > LINES;
  return (
    <li ref={row} aria-current={marked || undefined} className={cx("rounded-md border bg-surface px-3 py-2", marked && "border-accent ring-2 ring-accent/30")}>
      <div className="flex items-center gap-2 text-xs text-faint">
        <Badge tone="accent">#{c.position}</Badge>
        {c.page ? <span className="shrink-0">{t("hit.page", { n: c.page })}</span> : null}
        <span className="hidden shrink-0 tabular-nums sm:inline">{t("wiz.tokens", { n: c.tokens })}</span>
        {c.hit_count > 0 && <span className="hidden shrink-0 sm:inline">{t("chunk.hits", { n: c.hit_count })}</span>}
        <span className="min-w-0 flex-1 truncate" title={heading}>{heading}</span>
        {c.edited && <Badge>{t("chunk.edited")}</Badge>}
        {!c.enabled && <Badge tone="warn">{t("chunk.off")}</Badge>}
        <Switch checked={c.enabled} label={t("chunk.on", { n: c.position })} disabled={busy} onChange={onTurn} />
        <IconButton icon={Pencil} size="sm" label={t("chunk.edit", { n: c.position })} onClick={onEdit} />
        <IconButton icon={Trash2} size="sm" label={t("chunk.delete", { n: c.position })} onClick={onRemove} />
      </div>
      <p className={cx("mt-1 leading-6 whitespace-pre-wrap [overflow-wrap:anywhere]", !shown && long && "line-clamp-5", !c.enabled && "text-muted")}>{c.content}</p>
      {c.answer && <p className={cx("mt-1 border-t pt-1 whitespace-pre-wrap text-muted [overflow-wrap:anywhere]", !shown && "line-clamp-5")}>{c.answer}</p>}
      {long && <button type="button" aria-expanded={shown} onClick={() => setOwn(!shown)} className="mt-1 rounded-sm text-sm text-accent-text hover:underline">{t(shown ? "chunk.less" : "chunk.more")}</button>}
      {children.length > 0 && (
        <div className="mt-2">
          <Disclosure key={String(open)} open={open} summary={t("chunk.children", { count: children.length, n: children.length })}>
            <ol className="flex flex-col gap-1 border-l-2 pl-3 text-sm text-muted">{children.map((k) => <li key={k.id} className="whitespace-pre-wrap [overflow-wrap:anywhere]">{k.content}{k.edited && <> <Badge>{t("chunk.edited")}</Badge></>}</li>)}</ol>
          </Disclosure>
        </div>
      )}
    </li>
  );
}

function ImportButton({ dataset, d, disabled }: { dataset: Dataset; d: Document; disabled: boolean }) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [open, setOpen] = useState(false);
  const send = useCommand(
    async (f: File) => {
      const file = await datasets.upload(f, () => undefined, new AbortController().signal);
      return chunks.importFile(dataset.id, d.id, file.id);
    },
    [...touches.chunks(dataset.id, d.id), ...touches.documents(dataset.id)],
    (r) => {
      setOpen(false);
      const n = (r.data ?? []).length;
      toast(t("chunk.imported", { count: n, n }));
    },
  );
  const qa = d.chunking.form === "qa_model";
  const template = `data:text/csv;charset=utf-8,${encodeURIComponent(`\uFEFF${qa ? "question,answer" : "content"}\r\n${qa ? `"${t("chunk.sampleQuestion")}","${t("chunk.sampleAnswer")}"` : `"${t("chunk.sampleContent")}"`}\r\n`)}`;
  return (
    <>
      <Button icon={Table2} disabled={disabled} onClick={() => { send.reset(); setOpen(true); }}>{t("chunk.import")}</Button>
      <Dialog
        open={open}
        width="sm"
        onClose={() => setOpen(false)}
        title={t("chunk.import")}
        footer={<><ButtonLink href={template} download>{t("chunk.template")}</ButtonLink><Button variant="primary" busy={send.isPending} onClick={() => input.current?.click()}>{t("chunk.chooseTable")}</Button></>}
      >
        <p className="text-muted">{t(qa ? "chunk.importQA" : "chunk.importText")}</p>
        {send.error && <div className="mt-3"><ErrorNote error={send.error} /></div>}
        <input
          ref={input}
          type="file"
          accept=".csv,.xlsx"
          aria-label={t("chunk.import")}
          hidden
          onChange={(e) => {
            const f = e.target.files?.[0];
            e.target.value = "";
            if (f) send.mutate(f);
          }}
        />
      </Dialog>
    </>
  );
}
