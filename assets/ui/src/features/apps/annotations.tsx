import { getRouteApi, Link } from "@tanstack/react-router";
import { Bookmark, Download, FileUp, FlaskConical, MoreHorizontal, Pencil, Plus, SearchX, Trash2 } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { keys, touches } from "@/api/keys";
import { annotations } from "@/api/operate";
import type { Annotation, App } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { count, percent } from "@/lib/format";
import { Badge, Button, Confirm, Drawer, EmptyState, ErrorNote, ErrorState, IconButton, Menu, Page, SearchInput, SkeletonRows, Table, Time, toast } from "@/ui";
import { textLink } from "@/ui/link";
import { AnnotateDialog } from "./annotate";
import { ImportAnnotations, TryDialog } from "./annotation-dialogs";
import { ReplyCard } from "./annotation-reply";
import { AppFrame } from "./header";
import { Pager, sourceTitle } from "./log-tools";

const route = getRouteApi("/frame/apps/$appId/annotations");

/** The answers that people wrote for an app. */
export function AnnotationsPage() {
  const { appId } = route.useParams();
  return <AppFrame id={appId} at="annotations">{(app) => <Annotations app={app} />}</AppFrame>;
}

type Asking = { what: "edit" | "delete" | "hits"; row: Annotation } | { what: "new" | "import" | "clear" | "try" } | null;

function Annotations({ app }: { app: App }) {
  const { t, i18n } = useTranslation();
  const [q, setQ] = useState("");
  const [page, setPage] = useState(1);
  const [asking, ask] = useState<Asking>(null);
  const filter = { q: useDeferredValue(q.trim()), page };
  const list = useRead(keys.apps.annotations(app.id, filter), () => annotations.list(app.id, filter), { keep: true, stale: 0 });
  const rows = list.data?.data ?? [];
  const close = (): void => ask(null);
  const row = asking && "row" in asking ? asking.row : null;
  const remove = useCommand((id: string) => annotations.remove(app.id, id), touches.annotations(app.id), close);
  const clear = useCommand(() => annotations.clear(app.id), touches.annotations(app.id), close);
  if (app.mode === "workflow" || app.mode === "completion")
    return <EmptyState page icon={Bookmark} title={t("note.never")}>{t("note.neverText")}</EmptyState>;
  return (
    <Page
      title={t("place.annotations")}
      purpose={t("note.purpose")}
      action={
        <>
          <Menu
            trigger={<IconButton icon={MoreHorizontal} variant="default" label={t("note.more")} tip={false} />}
            groups={[
              [
                { id: "csv", label: t("note.exportCsv"), icon: Download, href: annotations.exported(app.id, "csv"), disabled: rows.length === 0 },
                { id: "xlsx", label: t("note.exportXlsx"), icon: Download, href: annotations.exported(app.id, "xlsx"), disabled: rows.length === 0 },
              ],
              [{ id: "clear", label: t("note.clear"), icon: Trash2, danger: true, disabled: rows.length === 0, run: () => ask({ what: "clear" }) }],
            ]}
          />
          <Button icon={FileUp} onClick={() => ask({ what: "import" })}>{t("note.import")}</Button>
          <Button variant="primary" icon={Plus} onClick={() => ask({ what: "new" })}>{t("note.add")}</Button>
        </>
      }
    >
      <ReplyCard app={app} />
      <div className="mb-4 flex flex-wrap items-center gap-2">
        <SearchInput value={q} onChange={(v) => { setPage(1); setQ(v); }} label={t("note.search")} />
        <Button icon={FlaskConical} variant="ghost" disabled={rows.length === 0} onClick={() => ask({ what: "try" })}>{t("note.try")}</Button>
      </div>
      {list.isPending ? (
        <SkeletonRows count={6} />
      ) : list.isError && !list.data ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : rows.length === 0 ? (
        filter.q !== "" ? (
          <EmptyState icon={SearchX} title={t("logs.noneFound")}>{t("apps.noneFoundText")}</EmptyState>
        ) : (
          <EmptyState icon={Bookmark} title={t("note.none")} action={<Link to="/apps/$appId/logs" params={{ appId: app.id }} className={textLink}>{t("note.toLogs")}</Link>}>{t("note.noneText")}</EmptyState>
        )
      ) : (
        <>
          <Table
            label={t("place.annotations")}
            rows={rows}
            id={(r: Annotation) => r.id}
            columns={[
              { id: "question", title: t("note.question"), cell: (r) => <button type="button" onClick={() => ask({ what: "edit", row: r })} className="line-clamp-2 max-w-80 rounded-sm text-left font-medium hover:text-accent-text hover:underline [overflow-wrap:anywhere]" title={r.question}>{r.question}</button> },
              { id: "answer", title: t("note.answer"), wide: true, cell: (r) => <span className="line-clamp-2 max-w-md text-muted [overflow-wrap:anywhere]" title={r.answer}>{r.answer}</span> },
              { id: "hits", title: t("note.hits"), end: true, fit: true, cell: (r) => (r.hit_count > 0 ? <button type="button" onClick={() => ask({ what: "hits", row: r })} aria-label={`${count(r.hit_count, i18n.language)} · ${t("note.hitsOf", { name: r.question })}`} className="rounded-sm text-accent-text hover:underline">{count(r.hit_count, i18n.language)}</button> : <span className="text-faint">0</span>) },
              { id: "at", title: t("kit.created"), end: true, wide: true, fit: true, cell: (r) => <span className="text-muted"><Time at={r.created_at} /></span> },
              { id: "do", title: t("note.more"), quiet: true, fit: true, cell: (r) => (
                <span className="flex">
                  <IconButton icon={Pencil} size="sm" label={t("note.edit")} onClick={() => ask({ what: "edit", row: r })} />
                  <IconButton icon={Trash2} size="sm" label={t("note.delete")} onClick={() => ask({ what: "delete", row: r })} />
                </span>
              ) },
            ]}
          />
          <Pager page={page} total={list.data?.total ?? 0} onPage={setPage} />
        </>
      )}
      {asking?.what === "new" && <AnnotateDialog app={app.id} first={{ question: "", answer: "" }} onClose={close} />}
      {asking?.what === "edit" && row && <AnnotateDialog app={app.id} id={row.id} first={row} onClose={close} />}
      {asking?.what === "import" && <ImportAnnotations app={app.id} onClose={close} />}
      {asking?.what === "try" && <TryDialog app={app.id} onClose={close} />}
      {asking?.what === "hits" && row && <Hits app={app.id} row={row} onClose={close} />}
      <Confirm open={asking?.what === "delete"} onClose={close} onConfirm={() => row && remove.mutate(row.id, { onSuccess: () => toast(t("note.deleted")) })} title={t("note.deleteTitle")} action={t("kit.delete")} busy={remove.isPending} error={<ErrorNote error={remove.error} />}>
        <p className="[overflow-wrap:anywhere]">{row?.question}</p>
        <p>{t("note.deleteText")}</p>
      </Confirm>
      <Confirm open={asking?.what === "clear"} onClose={close} onConfirm={() => clear.mutate(undefined)} title={t("note.clearTitle", { count: list.data?.total ?? 0 })} action={t("kit.delete")} busy={clear.isPending} error={<ErrorNote error={clear.error} />}>
        <p>{t("note.deleteText")}</p>
      </Confirm>
    </Page>
  );
}

/** Which questions an annotation answered, and how near they were. */
function Hits({ app, row, onClose }: { app: string; row: Annotation; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const [page, setPage] = useState(1);
  const list = useRead(keys.apps.hits(app, row.id, page), () => annotations.hits(app, row.id, page), { keep: true, stale: 0 });
  const ways = { same: t("note.way.same"), meaning: t("note.way.meaning"), words: t("note.way.words") };
  const way = (w: string): string => (w === "same" || w === "meaning" || w === "words" ? ways[w] : w);
  return (
    <Drawer open onClose={onClose} width="md" title={t("note.hitsTitle")} description={row.question}>
      {list.isPending ? (
        <SkeletonRows count={5} />
      ) : list.isError && !list.data ? (
        <ErrorState compact error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <>
          <ol className="divide-y">
            {(list.data?.data ?? []).map((h) => (
              <li key={h.id} className="flex flex-col gap-1 py-2.5">
                <p className="[overflow-wrap:anywhere]">{h.question}</p>
                <p className="flex flex-wrap items-center gap-2 text-xs text-faint">
                  <Badge tone={h.score >= 1 ? "ok" : "neutral"}>{percent(h.score, i18n.language, 1)}</Badge>
                  {way(h.way)} · {sourceTitle(t, h.source)} · <Time at={h.created_at} />
                </p>
              </li>
            ))}
          </ol>
          <Pager page={page} total={list.data?.total ?? 0} onPage={setPage} />
        </>
      )}
    </Drawer>
  );
}
