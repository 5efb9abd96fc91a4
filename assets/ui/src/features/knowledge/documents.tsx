import { Link, useNavigate } from "@tanstack/react-router";
import { FileText, MoreHorizontal, Plus, SearchX } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { DOCS, documents } from "@/api/knowledge";
import { keys, touches } from "@/api/keys";
import type { Dataset, Document } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { compact, count } from "@/lib/format";
import type { Column, MenuItem } from "@/ui";
import { Button, Checkbox, Confirm, EmptyState, ErrorNote, ErrorState, IconButton, Menu, SearchInput, Select, SkeletonRows, Switch, Table, Time } from "@/ui";
import { nameLink } from "@/ui/link";
import type { Display } from "./state";
import { display, DocumentState, unfinished } from "./state";

const POLL = 1000; // milliseconds, while documents are in progress
const states = ["all", "available", "indexing", "queuing", "paused", "error", "disabled", "archived"] as const;

type Act = { ids: string[]; action: string };

/** The documents of a dataset. */
export function DocumentsTab({ dataset }: { dataset: Dataset }) {
  const { t, i18n } = useTranslation();
  const go = useNavigate();
  const [q, setQ] = useState("");
  const [status, setStatus] = useState<(typeof states)[number]>("all");
  const [page, setPage] = useState(1);
  const [picked, pick] = useState<string[]>([]);
  const [removing, remove] = useState<Document[] | null>(null);
  const [polling, poll] = useState(0);
  const f = { q: useDeferredValue(q.trim()), status: status === "all" ? "" : status, sort: "-created_at", page };
  const list = useRead(keys.datasets.documents(dataset.id, f), () => documents.list(dataset.id, f), { every: polling });
  const act = useCommand((a: Act) => documents.act(dataset.id, a.ids, a.action), touches.documents(dataset.id), () => {
    pick([]);
    remove(null);
  });
  const all = list.data?.data ?? [];
  const total = list.data?.total ?? 0;
  const every = all.some((d) => unfinished(d) && !d.paused) ? POLL : 0;
  if (every !== polling) poll(every);
  const chosen = all.filter((d) => picked.includes(d.id));
  const columns: Column<Document>[] = [
    {
      id: "pick",
      title: t("doc.selectAll"),
      quiet: true,
      fit: true,
      wide: true,
      cell: (d) => <Checkbox checked={picked.includes(d.id)} onChange={(on) => pick(on ? [...picked, d.id] : picked.filter((x) => x !== d.id))}><span className="sr-only">{t("doc.select", { name: d.name })}</span></Checkbox>,
    },
    {
      id: "name",
      title: t("doc.name"),
      cell: (d) => <Link to="/knowledge/$id/documents/$did" params={{ id: dataset.id, did: d.id }} search={{}} className={nameLink}><span className="flex items-center gap-2"><FileText size={15} aria-hidden className="shrink-0 text-faint" /><span className="line-clamp-2 max-w-96 [overflow-wrap:anywhere]" title={d.name}>{d.name}</span></span></Link>,
    },
    { id: "state", title: t("doc.state"), cell: (d) => <DocumentState d={d} /> },
    { id: "chunks", title: t("doc.chunks"), end: true, wide: true, cell: (d) => count(d.chunks, i18n.language) },
    { id: "words", title: t("doc.words"), end: true, wide: true, cell: (d) => compact(d.word_count) },
    { id: "hits", title: t("doc.hits"), end: true, wide: true, cell: (d) => count(d.hit_count, i18n.language) },
    { id: "added", title: t("doc.added"), wide: true, cell: (d) => <Time at={d.created_at} /> },
    { id: "on", title: t("doc.on"), fit: true, wide: true, cell: (d) => <Switch checked={d.enabled} label={t("doc.onOf", { name: d.name })} disabled={act.isPending} onChange={(on) => act.mutate({ ids: [d.id], action: on ? "enable" : "disable" })} /> },
    { id: "do", title: t("kit.actions"), quiet: true, fit: true, cell: (d) => <Menu trigger={<IconButton icon={MoreHorizontal} size="sm" label={t("doc.menu", { name: d.name })} />} groups={menuOf(d)} /> },
  ];
  const menuOf = (d: Document): MenuItem[][] => [
    actionsOf([d]).map((a) => ({ id: a, label: t(`doc.a.${a}`), run: () => act.mutate({ ids: [d.id], action: a }) })),
    [{ id: "delete", label: t("doc.a.delete"), danger: true, run: () => remove([d]) }],
  ];
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <SearchInput value={q} onChange={(v) => { setQ(v); setPage(1); }} label={t("doc.search")} />
        <div className="w-40"><Select label={t("doc.state")} value={status} onChange={(s) => { setStatus(s); setPage(1); }} options={states.map((s) => ({ value: s, label: s === "all" ? t("doc.all") : t(`doc.d.${s}`) }))} /></div>
        {chosen.length > 0 && (
          <div className="flex flex-wrap items-center gap-1.5" role="group" aria-label={t("doc.selected", { n: chosen.length })}>
            <span className="text-sm text-muted">{t("doc.selected", { n: chosen.length })}</span>
            {actionsOf(chosen).map((a) => <Button key={a} size="sm" busy={act.isPending} onClick={() => act.mutate({ ids: picked, action: a })}>{t(`doc.a.${a}`)}</Button>)}
            <Button size="sm" variant="danger" onClick={() => remove(chosen)}>{t("doc.a.delete")}</Button>
          </div>
        )}
      </div>
      {act.error && !removing && <div className="mb-3"><ErrorNote error={act.error} /></div>}
      {list.isPending ? (
        <SkeletonRows count={6} height={48} />
      ) : list.isError ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : total === 0 && (f.q !== "" || f.status !== "") ? (
        <EmptyState icon={SearchX} title={t("doc.noneFound")} />
      ) : total === 0 ? (
        <EmptyState icon={FileText} title={t("doc.none")} action={<Button variant="primary" icon={Plus} onClick={() => void go({ to: "/knowledge/$id/add", params: { id: dataset.id } })}>{t("know.add")}</Button>}>{t("doc.noneText")}</EmptyState>
      ) : (
        <>
          <Table label={t("know.tab.documents")} rows={all} columns={columns} id={(d) => d.id} />
          {total > DOCS && (
            <div className="mt-3 flex items-center justify-end gap-2 text-sm text-muted">
              <Button size="sm" disabled={page <= 1} onClick={() => setPage(page - 1)}>{t("logs.newer")}</Button>
              <span className="tabular-nums">{page}/{Math.ceil(total / DOCS)}</span>
              <Button size="sm" disabled={page * DOCS >= total} onClick={() => setPage(page + 1)}>{t("logs.older")}</Button>
            </div>
          )}
        </>
      )}
      <Confirm
        open={removing !== null}
        onClose={() => remove(null)}
        onConfirm={() => removing && act.mutate({ ids: removing.map((d) => d.id), action: "delete" })}
        title={t("doc.deleteTitle", { count: removing?.length ?? 0, n: removing?.length ?? 0 })}
        action={t("kit.delete")}
        busy={act.isPending}
        error={<ErrorNote error={act.error} />}
      >
        <p>{t("doc.deleteText", { chunks: (removing ?? []).reduce((n, d) => n + d.chunks, 0) })}</p>
      </Confirm>
    </>
  );
}

const verbs = ["retry", "pause", "resume", "enable", "disable", "archive", "un_archive"] as const;
type Verb = (typeof verbs)[number];

const fits: Record<Verb, (s: Display, d: Document) => boolean> = {
  retry: (s) => s === "error",
  pause: (s) => s === "queuing" || s === "indexing",
  resume: (s) => s === "paused",
  enable: (_, d) => !d.enabled,
  disable: (_, d) => d.enabled,
  archive: (_, d) => d.stage === "completed" && !d.archived,
  un_archive: (_, d) => d.archived,
};

/** What can be done with all of some documents. */
export function actionsOf(list: Document[]): Verb[] {
  return verbs.filter((v) => list.length > 0 && list.every((d) => fits[v](display(d), d)));
}
