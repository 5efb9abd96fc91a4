import { Link } from "@tanstack/react-router";
import { ChevronLeft, CircleAlert, CloudCheck, CloudOff, LoaderCircle, Pencil, ScrollText } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { apps } from "@/api/console";
import { touches } from "@/api/keys";
import type { App, Problem } from "@/api/types";
import { useCommand } from "@/api/use";
import { AppIcon, Badge, Button, Dialog, ErrorNote, Popover, Tooltip } from "@/ui";
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
    <span role="status" className="flex items-center gap-1.5 text-sm text-faint">
      {saved ? <CloudCheck size={15} aria-hidden /> : <LoaderCircle size={14} aria-hidden className="animate-spin" />}
      {t(saved ? "edit.saved" : "edit.saving")}
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

/** The way to what people did with the app. */
export function LogsLink({ app }: { app: App }) {
  const { t } = useTranslation();
  return (
    <Tooltip text={t("logs.title")}>
      <Link to="/apps/$appId/logs" params={{ appId: app.id }} aria-label={t("logs.title")} className="flex size-8 items-center justify-center rounded text-muted hover:bg-hover hover:text-text"><ScrollText size={17} aria-hidden /></Link>
    </Tooltip>
  );
}
