import { Link } from "@tanstack/react-router";
import { Bookmark, ChartLine, ChevronLeft, CircleAlert, CloudCheck, CloudOff, CodeXml, LoaderCircle, Pencil, PencilRuler, ScrollText, SearchX, Sheet } from "lucide-react";
import type { ReactNode } from "react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { apps } from "@/api/console";
import { keys, touches } from "@/api/keys";
import type { App, Problem } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { AppIcon, Badge, Button, Dialog, EmptyState, ErrorNote, ErrorState, Loading, Popover, Skeleton, Tooltip } from "@/ui";
import { cx } from "@/ui/cx";
import { quietLink } from "@/ui/link";
import { InfoDialog } from "./info-dialog";
import type { DraftHandle } from "./use-draft";

/** The app itself, and the way back to the others. */
export function Title({ app }: { app: App }) {
  const { t } = useTranslation();
  const [editing, edit] = useState(false);
  const save = useCommand((b: Parameters<typeof apps.save>[1]) => apps.save(app.id, b), touches.app(app.id), () => edit(false));
  return (
    <>
      <Tooltip text={t("edit.back")}>
        <Link to="/apps" aria-label={t("edit.back")} className="flex size-8 items-center justify-center rounded text-muted hover:bg-hover hover:text-text"><ChevronLeft size={18} aria-hidden /></Link>
      </Tooltip>
      <button type="button" onClick={() => edit(true)} aria-label={t("edit.infoOf", { name: app.name })} className="group flex min-w-0 items-center gap-2 rounded p-1 hover:bg-hover">
        <AppIcon icon={app.icon} color={app.icon_color} size="sm" />
        <h1 className="max-w-60 truncate font-semibold" title={app.name}>{app.name}</h1>
        <Pencil size={13} aria-hidden className="text-faint opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100" />
      </button>
      {editing && (
        <InfoDialog title={t("apps.infoTitle")} action={t("kit.save")} first={{ name: app.name, description: app.description, icon: app.icon, icon_color: app.icon_color }} busy={save.isPending} error={save.error} onClose={() => edit(false)} onSubmit={save.mutate} />
      )}
    </>
  );
}

export function SaveMark({ draft }: { draft: DraftHandle }) {
  const { t } = useTranslation();
  if (draft.state === "failed" || draft.state === "conflict")
    return (
      <Popover
        label={t("edit.notSaved")}
        align="start"
        trigger={<button type="button" className="flex items-center gap-1.5 rounded px-1.5 text-sm text-danger-text hover:bg-hover"><CloudOff size={15} aria-hidden />{t("edit.notSaved")}</button>}
      >
        <div className="flex flex-col gap-3">
          <p className="text-sm text-muted">{t("edit.notSavedText")}</p>
          <ErrorNote error={draft.error} />
          <Button onClick={() => void draft.flush().catch(() => undefined)}>{t("kit.retry")}</Button>
        </div>
      </Popover>
    );
  const saved = draft.state === "saved";
  return (
    <span role="status" title={t(saved ? "edit.saved" : "edit.saving")} className="flex items-center gap-1.5 text-sm text-faint">
      {saved ? <CloudCheck size={15} aria-hidden /> : <LoaderCircle size={14} aria-hidden className="animate-spin" />}
      <span className={saved ? "max-[1439px]:sr-only" : ""}>{t(saved ? "edit.saved" : "edit.saving")}</span>
    </span>
  );
}

const places = ["prompt", "variables", "features"] as const;

/** What keeps the draft from being published, each leading to its place. */
export function Problems({ list, noModel: without }: { list: Problem[]; noModel: boolean }) {
  const { t } = useTranslation();
  const all: Problem[] = without && !list.some((p) => p.field.startsWith("model")) ? [{ field: "model", code: "model_missing", message: t("edit.noModel") }, ...list] : list;
  if (all.length === 0) return null;
  const go = (field: string): void => {
    const place = places.find((p) => field.startsWith(p)) ?? (field.startsWith("model") ? null : "features");
    if (place) document.getElementById(place)?.scrollIntoView({ behavior: "smooth", block: "start" });
  };
  return (
    <Popover
      label={t("edit.problems")}
      flush
      trigger={<button type="button" className="flex h-8 items-center gap-1.5 rounded px-2 text-sm text-warn-text hover:bg-hover"><CircleAlert size={15} aria-hidden />{t("edit.problemsCount", { count: all.length })}</button>}
    >
      <ul className="divide-y p-1" aria-label={t("edit.problems")}>
        {all.map((p, i) => (
          <li key={i}>
            <button type="button" onClick={() => go(p.field)} className="flex w-full items-start gap-2 rounded px-2 py-2 text-left text-sm hover:bg-hover">
              <span className="min-w-0 flex-1">{p.message}</span>
              <Badge>{p.field}</Badge>
            </button>
          </li>
        ))}
      </ul>
    </Popover>
  );
}

export function Conflict({ draft }: { draft: DraftHandle }) {
  const { t } = useTranslation();
  const theirs = useCommand(draft.takeTheirs, []);
  const mine = useCommand(draft.keepMine, []);
  return (
    <Dialog
      open={draft.state === "conflict"}
      sticky
      width="sm"
      onClose={() => undefined}
      title={t("edit.conflict")}
      footer={
        <>
          <Button busy={theirs.isPending} onClick={() => theirs.mutate(undefined)}>{t("edit.takeTheirs")}</Button>
          <Button variant="danger" busy={mine.isPending} onClick={() => mine.mutate(undefined)}>{t("edit.keepMine")}</Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 text-muted">
        <p>{t("edit.conflictText")}</p>
        <ErrorNote error={theirs.error ?? mine.error} />
      </div>
    </Dialog>
  );
}

/** The pages of an app, in the order in which one makes, gives out and watches it. */
const pages = [
  { at: "edit", to: "/apps/$appId/edit", icon: PencilRuler },
  { at: "api", to: "/apps/$appId/api", icon: CodeXml },
  { at: "logs", to: "/apps/$appId/logs", icon: ScrollText },
  { at: "annotations", to: "/apps/$appId/annotations", icon: Bookmark },
  { at: "overview", to: "/apps/$appId/overview", icon: ChartLine },
  { at: "batches", to: "/apps/$appId/batches", icon: Sheet },
] as const;

export type AppPlace = (typeof pages)[number]["at"];

/** The way between the pages of an app. */
export function AppTabs({ app, at }: { app: App; at: AppPlace }) {
  const { t } = useTranslation();
  return (
    <nav aria-label={t("place.label")} className="flex max-w-full items-center gap-0.5 overflow-x-auto">
      {pages.filter((p) => p.at !== "batches" || app.mode === "workflow" || app.mode === "completion").map((p) => (
        <Link
          key={p.at}
          to={p.to}
          params={{ appId: app.id }}
          aria-current={p.at === at ? "page" : undefined}
          className={cx("flex h-8 shrink-0 items-center gap-1.5 rounded px-2.5 whitespace-nowrap transition-colors", p.at === at ? "bg-accent-soft font-medium text-accent-text" : "text-muted hover:bg-hover hover:text-text")}
        >
          <p.icon size={15} aria-hidden className="max-[1439px]:hidden" />
          {t(`place.${p.at}`)}
        </Link>
      ))}
    </nav>
  );
}

/** A page of an app that is not its editor: the same header, then what the page shows. */
export function AppFrame({ id, at, children }: { id: string; at: AppPlace; children: (app: App) => ReactNode }) {
  const { t } = useTranslation();
  const app = useRead(keys.apps.one(id), () => apps.one(id));
  const name = app.data?.name ?? "";
  useEffect(() => {
    if (name) document.title = `${t(`place.${at}`)} · ${name} · islet`;
  }, [name, at, t]);
  if (app.isPending) return <div className="p-8"><Loading><Skeleton height={28} line="short" /></Loading></div>;
  if (app.isError && !app.data)
    return app.error.status === 404 || app.error.status === 400 ? (
      <EmptyState page icon={SearchX} title={t("edit.gone")} action={<Link to="/apps" className={quietLink}>{t("missing.home")}</Link>}>{t("edit.goneText")}</EmptyState>
    ) : (
      <ErrorState error={app.error} onRetry={() => void app.refetch()} />
    );
  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex min-h-13 shrink-0 flex-wrap items-center gap-2 border-b bg-surface px-3 py-2">
        <Title app={app.data} />
        <AppTabs app={app.data} at={at} />
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto" key={id}>{children(app.data)}</div>
    </div>
  );
}
