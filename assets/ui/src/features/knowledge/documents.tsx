import { Link, useNavigate } from "@tanstack/react-router";
import { FileText, MoreHorizontal, Plus, SearchX, Tags, Trash2, Upload } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { DOCS, documents } from "@/api/knowledge";
import { keys, touches } from "@/api/keys";
import type { Dataset, Document } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { compact, count } from "@/lib/format";
import { isSet } from "@/lib/settings";
import type { Column, MenuItem } from "@/ui";
import { Button, Callout, Checkbox, Confirm, EmptyState, ErrorNote, ErrorState, IconButton, Menu, SearchInput, Select, SkeletonRows, Switch, Table, Time } from "@/ui";
import { nameLink } from "@/ui/link";
import { carry, useFileDrop } from "./files";
import { MetadataDialog } from "./metadata";
import { Pager } from "./pager";
import { actionsOf, moving } from "./progress";
import { DocumentState } from "./state";
import { TypeIcon } from "./type-icon";

const POLL = 1000; // milliseconds, while documents are in progress
const states = ["all", "available", "indexing", "queuing", "paused", "error", "disabled", "archived"] as const;
const sorts = ["-created_at", "created_at", "name", "-word_count", "-hit_count"] as const;

type Act = { ids: string[]; action: string };

/** The documents of a dataset. Files that are dropped on the page are added. */
export function DocumentsTab({ dataset }: { dataset: Dataset }) {
  const { t, i18n } = useTranslation();
  const go = useNavigate();
  const [q, setQ] = useState("");
  const [status, setStatus] = useState<(typeof states)[number]>("all");
  const [sort, setSort] = useState<(typeof sorts)[number]>("-created_at");
  const [page, setPage] = useState(1);
  const [picked, pick] = useState<Document[]>([]);
  const [removing, remove] = useState<Document[] | null>(null);
  const [describing, describe] = useState<Document[] | null>(null);
  const [polling, poll] = useState(0);
  const over = useFileDrop((files) => {
    carry.put(files);
    void go({ to: "/knowledge/$id/add", params: { id: dataset.id } });
  });
  const f = { q: useDeferredValue(q.trim()), status: status === "all" ? "" : status, sort, page };
  const list = useRead(keys.datasets.documents(dataset.id, f), () => documents.list(dataset.id, f), { every: polling, keep: true });
  const act = useCommand((a: Act) => documents.act(dataset.id, a.ids, a.action), touches.documents(dataset.id), (_, a) => {
    if (a.action === "delete") pick((l) => l.filter((d) => !a.ids.includes(d.id)));
    remove(null);
  });
  const all = list.data?.data ?? [];
  const total = list.data?.total ?? 0;
  const every = all.some(moving) ? POLL : 0;
  if (every !== polling) poll(every);
  const last = Math.max(1, Math.ceil(total / DOCS));
  if (list.data && !list.isPlaceholderData && page > last) setPage(last);
  const chosen = picked.map((p) => all.find((d) => d.id === p.id) ?? p); // the ones of this page are fresh
  const on = (d: Document): boolean => picked.some((p) => p.id === d.id);
  const everyOn = all.length > 0 && all.every(on);
  const filtered = f.q !== "" || f.status !== "";
  const narrow = (change: () => void): void => {
    change();
    setPage(1);
  };
  const clear = (): void => narrow(() => { setQ(""); setStatus("all"); });
  const add = <Button variant="primary" icon={Plus} onClick={() => void go({ to: "/knowledge/$id/add", params: { id: dataset.id } })}>{t("know.add")}</Button>;
  const columns: Column<Document>[] = [
    {
      id: "pick",
      title: t("doc.selectAll"),
      quiet: true,
      fit: true,
      cell: (d) => <Checkbox checked={on(d)} onChange={(x) => pick(x ? [...picked, d] : picked.filter((p) => p.id !== d.id))}><span className="sr-only">{t("doc.select", { name: d.name })}</span></Checkbox>,
    },
    {
      id: "name",
      title: t("doc.name"),
      cell: (d) => (
        <>
          <Link to="/knowledge/$id/documents/$did" params={{ id: dataset.id, did: d.id }} search={{}} className={nameLink}><span className="flex items-center gap-2"><TypeIcon d={d} /><span className="line-clamp-2 max-w-96 [overflow-wrap:anywhere]" title={d.name}>{d.name}</span></span></Link>
          <div className="mt-1 md:hidden"><DocumentState d={d} /></div>
        </>
      ),
    },
    { id: "state", title: t("doc.state"), wide: true, cell: (d) => <DocumentState d={d} /> },
    { id: "chunks", title: t("doc.chunks"), end: true, wide: true, cell: (d) => count(d.chunks, i18n.language) },
    { id: "words", title: t("doc.words"), end: true, wide: true, cell: (d) => <span title={count(d.word_count, i18n.language)}>{compact(d.word_count)}</span> },
    { id: "hits", title: t("doc.hits"), end: true, wide: true, cell: (d) => count(d.hit_count, i18n.language) },
    { id: "added", title: t("doc.added"), wide: true, cell: (d) => <Time at={d.created_at} /> },
    { id: "on", title: t("doc.on"), fit: true, wide: true, cell: (d) => <span className="flex"><Switch checked={d.enabled} label={t("doc.onOf", { name: d.name })} disabled={act.isPending} onChange={(x) => act.mutate({ ids: [d.id], action: x ? "enable" : "disable" })} /></span> },
    { id: "do", title: t("kit.actions"), quiet: true, fit: true, cell: (d) => <Menu trigger={<IconButton icon={MoreHorizontal} size="sm" tip={false} label={t("doc.menu", { name: d.name })} />} groups={menuOf(d)} /> },
  ];
  const menuOf = (d: Document): MenuItem[][] => [
    actionsOf([d]).map((a) => ({ id: a, label: t(`doc.a.${a}`), run: () => act.mutate({ ids: [d.id], action: a }) })),
    [{ id: "metadata", label: t("meta.set"), icon: Tags, run: () => describe([d]) }],
    [{ id: "delete", label: t("doc.a.delete"), icon: Trash2, danger: true, run: () => remove([d]) }],
  ];
  return (
    <>
      {!isSet(dataset.embedding) && total > 0 && (
        <div className="mb-3">
          <Callout action={<Button size="sm" onClick={() => void go({ to: "/knowledge/$id", params: { id: dataset.id }, search: { tab: "settings" }, replace: true })}>{t("doc.chooseModel")}</Button>}>{t("doc.wordsOnly")}</Callout>
        </div>
      )}
      {(total > 0 || filtered) && (
        <div className="mb-3 flex min-h-8 flex-wrap items-center gap-2">
          <SearchInput value={q} onChange={(v) => narrow(() => setQ(v))} label={t("doc.search")} />
          <div className="w-32"><Select label={t("doc.state")} value={status} onChange={(s) => narrow(() => setStatus(s))} options={states.map((s) => ({ value: s, label: s === "all" ? t("doc.all") : t(`doc.d.${s}`) }))} /></div>
          <div className="w-36"><Select label={t("doc.sort")} value={sort} onChange={(s) => narrow(() => setSort(s))} options={sorts.map((s) => ({ value: s, label: t(`doc.sort.${s}`) }))} /></div>
          <div className="ml-auto"><Checkbox checked={everyOn} disabled={all.length === 0} onChange={(x) => pick(x ? [...picked, ...all.filter((d) => !on(d))] : picked.filter((p) => !all.some((d) => d.id === p.id)))}><span className="text-sm text-muted">{t("doc.selectPage")}</span></Checkbox></div>
        </div>
      )}
      {act.error && !removing && <div className="mb-3"><ErrorNote error={act.error} /></div>}
      {list.isPending ? (
        <SkeletonRows count={6} height={48} />
      ) : list.isError ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : total === 0 && filtered ? (
        <EmptyState icon={SearchX} title={t("doc.noneFound")} action={<Button onClick={clear}>{t("know.clear")}</Button>} />
      ) : total === 0 ? (
        <EmptyState icon={FileText} title={t("doc.none")} action={add}>{t("doc.noneText")}</EmptyState>
      ) : (
        <>
          <Table label={t("know.tab.documents")} rows={all} columns={columns} id={(d) => d.id} />
          <Pager page={page} size={DOCS} total={total} onPage={setPage} />
        </>
      )}
      {chosen.length > 0 && (
        <div className="sticky bottom-3 z-20 mt-3 flex flex-wrap items-center gap-1.5 rounded-md border bg-raised px-3 py-1.5 shadow-float" role="group" aria-label={t("doc.selected", { count: chosen.length, n: chosen.length })}>
          <span className="mr-1 text-sm font-medium tabular-nums">{t("doc.selected", { count: chosen.length, n: chosen.length })}</span>
          {actionsOf(chosen).map((a) => <Button key={a} size="sm" disabled={act.isPending} onClick={() => act.mutate({ ids: chosen.map((d) => d.id), action: a })}>{t(`doc.a.${a}`)}</Button>)}
          <Button size="sm" icon={Tags} onClick={() => describe(chosen)}>{t("meta.set")}</Button>
          <Button size="sm" variant="danger" icon={Trash2} onClick={() => remove(chosen)}>{t("doc.a.delete")}</Button>
          <span className="ml-auto"><Button size="sm" variant="ghost" onClick={() => pick([])}>{t("doc.unselect")}</Button></span>
        </div>
      )}
      <DeleteDocuments dataset={dataset} docs={removing} busy={act.isPending} error={act.error && <ErrorNote error={act.error} />} onClose={() => remove(null)} onConfirm={(ids) => act.mutate({ ids, action: "delete" })} />
      {describing && <MetadataDialog dataset={dataset} docs={describing} onClose={() => describe(null)} onDone={() => describe(null)} />}
      {over && (
        <div className="pointer-events-none fixed inset-3 z-40 flex items-center justify-center rounded-lg border-2 border-dashed border-accent bg-accent-soft/70" role="status">
          <p className="flex items-center gap-2 rounded-md border bg-raised px-4 py-3 font-medium shadow-float"><Upload size={18} aria-hidden />{t("doc.dropHere", { name: dataset.name })}</p>
        </div>
      )}
    </>
  );
}

const NAMED = 5; // documents that a question names

/** Asks before documents are deleted, and names them and what goes with them. */
export function DeleteDocuments({ dataset, docs, busy, error, onClose, onConfirm }: { dataset: Dataset; docs: Document[] | null; busy: boolean; error: React.ReactNode; onClose: () => void; onConfirm: (ids: string[]) => void }) {
  const { t, i18n } = useTranslation();
  const list = docs ?? [];
  const chunks = list.reduce((n, d) => n + d.chunks, 0);
  return (
    <Confirm open={docs !== null} onClose={onClose} onConfirm={() => onConfirm(list.map((d) => d.id))} title={t("doc.deleteTitle", { count: list.length, n: list.length })} action={t("kit.delete")} busy={busy} error={error}>
      <ul className="list-disc pl-5 text-text">
        {list.slice(0, NAMED).map((d) => <li key={d.id} className="[overflow-wrap:anywhere]">{d.name}</li>)}
        {list.length > NAMED && <li>{t("doc.deleteMore", { count: list.length - NAMED, n: list.length - NAMED })}</li>}
      </ul>
      <p>{t("doc.deleteText", { chunks: count(chunks, i18n.language) })}</p>
      {dataset.app_count > 0 && <p>{t("doc.deleteApps", { count: dataset.app_count, n: dataset.app_count })}</p>}
    </Confirm>
  );
}
