import { GitCompareArrows, History, MoreHorizontal, Pencil, RotateCcw, SearchX, Trash2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { apps } from "@/api/console";
import { inspect } from "@/api/inspect";
import { keys, touches } from "@/api/keys";
import type { App, Version } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { Badge, Button, Confirm, Dialog, Drawer, EmptyState, ErrorNote, ErrorState, Field, IconButton, Input, Menu, Segmented, SkeletonRows, Textarea, Time, toast } from "@/ui";
import { useNameOf } from "./graph/run/who";
import type { DraftHandle } from "./use-draft";

const DiffDialog = lazy(() => import("./diff/diff-dialog").then((m) => ({ default: m.DiffDialog })));

type Asking = { what: "rename" | "restore" | "delete"; version: Version } | null;

export function VersionsDrawer({ app, draft, onClose }: { app: App; draft: DraftHandle; onClose: () => void }) {
  const { t } = useTranslation();
  const [filter, setFilter] = useState<"all" | "mine" | "named">("all");
  const [q, setQ] = useState("");
  const by = { mine: filter === "mine", named: filter === "named", q: q.trim() };
  const list = useRead(keys.apps.versionsBy(app.id, by), () => inspect.versions(app.id, by), { keep: true });
  const every = useRead(keys.apps.versions(app.id), () => apps.versions(app.id));
  const nameOf = useNameOf();
  const [asking, ask] = useState<Asking>(null);
  const [comparing, compare] = useState<string | null>(null);
  const title = (v: Version): string => v.name || t("versions.number", { number: v.number });
  return (
    <Drawer open onClose={onClose} title={t("publish.versions")} description={t("versions.text")}>
      {(every.data?.total ?? 0) > 0 && (
        <div className="mb-3 flex flex-wrap items-center gap-2">
          <Segmented label={t("versions.filter")} value={filter} onChange={setFilter} options={[{ value: "all", label: t("versions.all") }, { value: "mine", label: t("versions.mine") }, { value: "named", label: t("versions.named") }]} />
          <div className="min-w-40 flex-1"><Input type="search" label={t("versions.search")} placeholder={t("versions.search")} value={q} onChange={setQ} /></div>
        </div>
      )}
      {list.isPending ? (
        <SkeletonRows count={4} height={64} />
      ) : list.isError ? (
        <ErrorState compact error={list.error} onRetry={() => void list.refetch()} />
      ) : list.data.data.length === 0 ? (
        (every.data?.total ?? 0) > 0 ? (
          <EmptyState compact icon={SearchX} title={t("versions.noMatch")} action={<Button onClick={() => { setFilter("all"); setQ(""); }}>{t("versions.showAll")}</Button>} />
        ) : (
          <EmptyState compact icon={History} title={t("versions.none")}>{t("versions.noneText")}</EmptyState>
        )
      ) : (
        <ol className="flex flex-col gap-2">
          {list.data.data.map((v) => {
            const live = v.id === app.published_version_id;
            return (
              <li key={v.id} className="flex items-start gap-2 rounded-md border px-3 py-2.5">
                <div className="min-w-0 flex-1">
                  <p className="flex flex-wrap items-center gap-2">
                    <span className="font-medium">{title(v)}</span>
                    {v.name && <span className="text-xs text-faint">{t("versions.number", { number: v.number })}</span>}
                    {live && <Badge tone="ok">{t("versions.live")}</Badge>}
                  </p>
                  {v.note && <p className="text-sm whitespace-pre-wrap text-muted">{v.note}</p>}
                  <p className="text-xs text-faint"><Time at={v.created_at} />{nameOf(v.created_by) && ` · ${nameOf(v.created_by)}`}{v.settings.model.name && ` · ${v.settings.model.name}`}</p>
                </div>
                <IconButton icon={GitCompareArrows} size="sm" label={t("versions.compareOf", { name: title(v) })} onClick={() => compare(v.id)} />
                <Menu
                  trigger={<IconButton icon={MoreHorizontal} size="sm" label={t("versions.menu", { name: title(v) })} tip={false} />}
                  groups={[
                    [
                      { id: "restore", label: t("versions.restore"), icon: RotateCcw, run: () => ask({ what: "restore", version: v }) },
                      { id: "rename", label: t("versions.rename"), icon: Pencil, run: () => ask({ what: "rename", version: v }) },
                    ],
                    [{ id: "delete", label: t("kit.delete"), icon: Trash2, danger: true, disabled: live, hint: live ? t("versions.liveHint") : undefined, run: () => ask({ what: "delete", version: v }) }],
                  ]}
                />
              </li>
            );
          })}
        </ol>
      )}
      {comparing && <Suspense fallback={null}><DiffDialog app={app} draft={draft} versions={every.data?.data ?? []} first={comparing} titleOf={title} onClose={() => compare(null)} /></Suspense>}
      {asking?.what === "rename" && <Rename app={app} version={asking.version} onClose={() => ask(null)} />}
      {asking?.what === "restore" && <Restore app={app} version={asking.version} title={title(asking.version)} draft={draft} onClose={() => ask(null)} />}
      {asking?.what === "delete" && <Remove app={app} version={asking.version} title={title(asking.version)} onClose={() => ask(null)} />}
    </Drawer>
  );
}

function Rename({ app, version, onClose }: { app: App; version: Version; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(version.name);
  const [note, setNote] = useState(version.note);
  const save = useCommand(() => apps.saveVersion(app.id, version.id, { name: name.trim(), note: note.trim() }), touches.versions(app.id), onClose);
  return (
    <Dialog open width="sm" onClose={onClose} title={t("versions.rename")} onSubmit={() => save.mutate(undefined)} footer={<Button type="submit" variant="primary" busy={save.isPending}>{t("kit.save")}</Button>}>
      <div className="flex flex-col gap-4">
        <Field label={t("publish.name")}><Input value={name} onChange={setName} autoFocus maxLength={80} /></Field>
        <Field label={t("publish.note")}><Textarea value={note} onChange={setNote} maxLength={500} /></Field>
        <ErrorNote error={save.error} />
      </div>
    </Dialog>
  );
}

function Restore({ app, version, title, draft, onClose }: { app: App; version: Version; title: string; draft: DraftHandle; onClose: () => void }) {
  const { t } = useTranslation();
  const restore = useCommand(() => apps.restore(app.id, version.id), touches.publish(app.id), (a) => {
    draft.replace(a);
    toast(t("versions.restored", { name: title }));
    onClose();
  });
  return (
    <Confirm open onClose={onClose} onConfirm={() => restore.mutate(undefined)} title={t("versions.restoreTitle", { name: title })} action={t("versions.restore")} busy={restore.isPending} danger={false} error={<ErrorNote error={restore.error} />}>
      <p>{t("versions.restoreText")}</p>
    </Confirm>
  );
}

function Remove({ app, version, title, onClose }: { app: App; version: Version; title: string; onClose: () => void }) {
  const { t } = useTranslation();
  const remove = useCommand(() => apps.removeVersion(app.id, version.id), touches.versions(app.id), onClose);
  return (
    <Confirm open onClose={onClose} onConfirm={() => remove.mutate(undefined)} title={t("versions.deleteTitle", { name: title })} action={t("kit.delete")} busy={remove.isPending} error={<ErrorNote error={remove.error} />}>
      <p>{t("versions.deleteText")}</p>
    </Confirm>
  );
}
