import { Pencil, Plus, SearchX, Table2, Trash2 } from "lucide-react";
import { useDeferredValue, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { chunks, datasets, DOCS } from "@/api/knowledge";
import { keys, touches } from "@/api/keys";
import type { Chunk, Dataset, Document } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { Badge, Button, Checkbox, Confirm, Dialog, Disclosure, EmptyState, ErrorNote, ErrorState, Field, IconButton, SearchInput, SkeletonRows, Switch, Textarea } from "@/ui";
import { cx } from "@/ui/cx";
import { unfinished } from "./state";

/** The chunks of a document; the wanted one is scrolled to and marked. */
export function ChunksTab({ dataset, d, wanted }: { dataset: Dataset; d: Document; wanted: string }) {
  const { t } = useTranslation();
  const [q, setQ] = useState("");
  const [page, setPage] = useState(1);
  const [editing, edit] = useState<Chunk | "new" | null>(null);
  const [removing, remove] = useState<Chunk | null>(null);
  const f = { q: useDeferredValue(q.trim()), enabled: "", page };
  const list = useRead(keys.datasets.chunks(dataset.id, d.id, { ...f, revision: d.revision }), () => chunks.list(dataset.id, d.id, f));
  const changed = [...touches.chunks(dataset.id, d.id), ...touches.documents(dataset.id)];
  const turn = useCommand((c: Chunk) => chunks.save(dataset.id, d.id, c.id, { enabled: !c.enabled }), changed);
  const drop = useCommand((c: Chunk) => chunks.remove(dataset.id, d.id, c.id), changed, () => remove(null));
  useOnPageOf(dataset.id, d.id, wanted, setPage);
  const all = list.data?.data ?? [];
  const total = list.data?.total ?? 0;
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <SearchInput value={q} onChange={(v) => { setQ(v); setPage(1); }} label={t("chunk.search")} />
        <span className="flex-1" />
        <ImportButton dataset={dataset} d={d} />
        <Button size="sm" icon={Plus} onClick={() => edit("new")}>{t("chunk.add")}</Button>
      </div>
      {turn.error && <div className="mb-3"><ErrorNote error={turn.error} /></div>}
      {list.isPending ? (
        <SkeletonRows count={5} height={96} />
      ) : list.isError ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : all.length === 0 ? (
        unfinished(d) && f.q === "" ? <SkeletonRows count={4} height={96} /> : <EmptyState icon={SearchX} title={t("chunk.none")} />
      ) : (
        <>
          <ol className="flex flex-col gap-2">
            {all.map((c) => <ChunkRow key={c.id} c={c} marked={c.id === wanted} busy={turn.isPending} onTurn={() => turn.mutate(c)} onEdit={() => edit(c)} onRemove={() => remove(c)} />)}
          </ol>
          {total > DOCS && (
            <div className="mt-3 flex items-center justify-end gap-2 text-sm text-muted">
              <Button size="sm" disabled={page <= 1} onClick={() => setPage(page - 1)}>{t("logs.newer")}</Button>
              <span className="tabular-nums">{page}/{Math.ceil(total / DOCS)}</span>
              <Button size="sm" disabled={page * DOCS >= total} onClick={() => setPage(page + 1)}>{t("logs.older")}</Button>
            </div>
          )}
        </>
      )}
      {editing && <ChunkDialog dataset={dataset} d={d} of={editing === "new" ? null : editing} onClose={() => edit(null)} />}
      <Confirm open={removing !== null} onClose={() => remove(null)} onConfirm={() => removing && drop.mutate(removing)} title={t("chunk.delete", { n: removing?.position ?? 0 })} action={t("kit.delete")} busy={drop.isPending} error={<ErrorNote error={drop.error} />}>
        <p>{t("chunk.deleteText")}</p>
      </Confirm>
    </>
  );
}

/** Goes once to the page that has the wanted chunk. */
function useOnPageOf(dataset: string, d: string, wanted: string, setPage: (n: number) => void) {
  useEffect(() => {
    if (wanted === "") return;
    let gone = false;
    chunks.one(dataset, d, wanted).then((c) => !gone && setPage(Math.max(1, Math.ceil(c.position / DOCS))), () => undefined);
    return () => {
      gone = true;
    };
  }, [dataset, d, wanted, setPage]);
}

function ChunkRow({ c, marked, busy, onTurn, onEdit, onRemove }: { c: Chunk; marked: boolean; busy: boolean; onTurn: () => void; onEdit: () => void; onRemove: () => void }) {
  const { t } = useTranslation();
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (marked) row.current?.scrollIntoView({ block: "center" });
  }, [marked]);
  const heading = (c.heading ?? []).join(" › ");
  const children = c.children ?? [];
  return (
    <li ref={row} aria-current={marked || undefined} className={cx("rounded-md border bg-surface px-3 py-2", marked && "border-accent ring-2 ring-accent/30", !c.enabled && "opacity-60")}>
      <div className="flex items-center gap-2 text-xs text-faint">
        <Badge tone="accent">#{c.position}</Badge>
        {c.page ? <span className="shrink-0">{t("hit.page", { n: c.page })}</span> : null}
        <span className="hidden shrink-0 sm:inline">{t("wiz.tokens", { n: c.tokens })}</span>
        {c.hit_count > 0 && <span className="hidden shrink-0 sm:inline">{t("chunk.hits", { n: c.hit_count })}</span>}
        <span className="min-w-0 flex-1 truncate" title={heading}>{heading}</span>
        {c.edited && <Badge>{t("chunk.edited")}</Badge>}
        {!c.enabled && <Badge tone="warn">{t("chunk.off")}</Badge>}
        <Switch checked={c.enabled} label={t("chunk.on", { n: c.position })} disabled={busy} onChange={onTurn} />
        <IconButton icon={Pencil} size="sm" label={t("chunk.edit", { n: c.position })} onClick={onEdit} />
        <IconButton icon={Trash2} size="sm" label={t("chunk.delete", { n: c.position })} onClick={onRemove} />
      </div>
      <p className={cx("mt-1 leading-6 whitespace-pre-wrap [overflow-wrap:anywhere]", !marked && "line-clamp-5")}>{c.content}</p>
      {c.answer && <p className="mt-1 border-t pt-1 text-muted [overflow-wrap:anywhere]">{c.answer}</p>}
      {children.length > 0 && (
        <div className="mt-2">
          <Disclosure summary={t("chunk.children", { count: children.length, n: children.length })}>
            <ol className="flex flex-col gap-1 border-l-2 pl-3 text-sm text-muted">{children.map((k) => <li key={k.id} className="whitespace-pre-wrap [overflow-wrap:anywhere]">{k.content}</li>)}</ol>
          </Disclosure>
        </div>
      )}
    </li>
  );
}

function ChunkDialog({ dataset, d, of, onClose }: { dataset: Dataset; d: Document; of: Chunk | null; onClose: () => void }) {
  const { t } = useTranslation();
  const qa = d.chunking.form === "qa_model";
  const [content, setContent] = useState(of?.content ?? "");
  const [answer, setAnswer] = useState(of?.answer ?? "");
  const [again, setAgain] = useState(true);
  const parent = d.chunking.form === "hierarchical_model";
  const save = useCommand(
    async () => {
      if (of) await chunks.save(dataset.id, d.id, of.id, { content, answer, ...(parent ? { regenerate_child_chunks: again } : {}) });
      else await chunks.add(dataset.id, d.id, [{ content, answer, keywords: [] }]);
    },
    [...touches.chunks(dataset.id, d.id), ...touches.documents(dataset.id)],
    onClose,
  );
  return (
    <Dialog
      open
      sticky
      width="lg"
      onClose={onClose}
      title={of ? t("chunk.edit", { n: of.position }) : t("chunk.new")}
      onSubmit={() => save.mutate(undefined)}
      footer={<><Button onClick={onClose}>{t("kit.cancel")}</Button><Button type="submit" variant="primary" busy={save.isPending} disabled={content.trim() === ""}>{t("kit.save")}</Button></>}
    >
      <div className="flex flex-col gap-4">
        <Field label={t(qa ? "chunk.question" : "chunk.content")}><Textarea rows={qa ? 3 : 12} value={content} onChange={setContent} autoFocus /></Field>
        {qa && <Field label={t("chunk.answer")}><Textarea rows={8} value={answer} onChange={setAnswer} /></Field>}
        {of && parent && <Checkbox checked={again} onChange={setAgain}>{t("chunk.regenerate")}</Checkbox>}
        {save.error && <ErrorNote error={save.error} />}
      </div>
    </Dialog>
  );
}

function ImportButton({ dataset, d }: { dataset: Dataset; d: Document }) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [open, setOpen] = useState(false);
  const send = useCommand(
    async (f: File) => {
      const file = await datasets.upload(f, () => undefined, new AbortController().signal);
      await chunks.importFile(dataset.id, d.id, file.id);
    },
    [...touches.chunks(dataset.id, d.id), ...touches.documents(dataset.id)],
    () => setOpen(false),
  );
  return (
    <>
      <Button size="sm" icon={Table2} onClick={() => setOpen(true)}>{t("chunk.import")}</Button>
      <Dialog open={open} width="sm" onClose={() => setOpen(false)} title={t("chunk.import")} footer={<><Button onClick={() => setOpen(false)}>{t("kit.cancel")}</Button><Button variant="primary" busy={send.isPending} onClick={() => input.current?.click()}>{t("wiz.choose")}</Button></>}>
        <p className="text-muted">{t("chunk.importText")}</p>
        {send.error && <div className="mt-3"><ErrorNote error={send.error} /></div>}
        <input
          ref={input}
          type="file"
          accept=".csv,.xlsx"
          aria-label={t("chunk.import")}
          className="sr-only"
          tabIndex={-1}
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
