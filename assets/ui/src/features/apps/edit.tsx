import { getRouteApi, Link } from "@tanstack/react-router";
import { ChevronLeft, CircleAlert, CloudCheck, CloudOff, LoaderCircle, Pencil, SearchX } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { apps, models } from "@/api/console";
import { keys, touches } from "@/api/keys";
import type { App, Problem } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { isSet, noModel } from "@/lib/settings";
import { newVariable } from "@/lib/variables";
import { findModel, ModelPicker, useModels } from "@/parts/model-picker";
import { AppIcon, Badge, Button, Dialog, EmptyState, ErrorNote, ErrorState, Loading, Popover, Section, Skeleton, Tooltip } from "@/ui";
import { quietLink } from "@/ui/link";
import { DebugPane } from "./debug";
import { Features } from "./features";
import { InfoDialog } from "./info-dialog";
import { ParamsPopover } from "./params";
import { PromptEditor } from "./prompt-editor";
import { PublishMenu } from "./publish";
import type { DraftHandle } from "./use-draft";
import { useDraft } from "./use-draft";
import { Variables } from "./variables";

const route = getRouteApi("/frame/apps/$appId/edit");

export function EditPage() {
  const { t } = useTranslation();
  const { appId } = route.useParams();
  const app = useRead(keys.apps.one(appId), () => apps.one(appId), { stale: 0 });
  if (app.isPending)
    return (
      <Loading>
        <div className="flex h-13 items-center gap-3 border-b bg-surface px-4"><Skeleton height={28} line="short" /></div>
        <div className="grid gap-6 p-6 lg:grid-cols-2"><Skeleton height={320} /><Skeleton height={320} /></div>
      </Loading>
    );
  if (app.isError && !app.data)
    return app.error.status === 404 || app.error.status === 400 ? (
      <EmptyState page icon={SearchX} title={t("edit.gone")} action={<Link to="/apps" className={quietLink}>{t("missing.home")}</Link>}>{t("edit.goneText")}</EmptyState>
    ) : (
      <ErrorState error={app.error} onRetry={() => void app.refetch()} />
    );
  return <Editor key={appId} app={app.data} />;
}

function Editor({ app }: { app: App }) {
  const { t } = useTranslation();
  const draft = useDraft(app);
  const { settings, set } = draft;
  const { rows } = useModels("llm");
  const model = findModel(rows, settings.model);
  const vision = model ? Boolean(model.model.abilities.vision) : null;
  useFirstModel(draft);
  useEffect(() => {
    document.title = `${app.name} · islet`;
  }, [app.name]);

  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex min-h-13 shrink-0 flex-wrap items-center gap-2 border-b bg-surface px-3 py-2">
        <Title app={app} />
        <SaveMark draft={draft} />
        <div className="ml-auto flex flex-wrap items-center gap-2">
          <Problems list={draft.problems} noModel={!isSet(settings.model)} />
          <ModelPicker kind="llm" label={t("edit.model")} value={settings.model} onChange={(m) => m && set({ model: { ...m, ...(settings.model.params ? { params: settings.model.params } : {}) } })} />
          <ParamsPopover value={settings.model} onChange={(m) => set({ model: m })} />
          <PublishMenu app={app} draft={draft} />
        </div>
      </header>
      <div className="flex min-h-0 flex-1 flex-col lg:flex-row">
        <div className="min-h-0 flex-1 overflow-y-auto p-5 lg:min-w-[440px]">
          <Section id="prompt" title={t("edit.prompt")} purpose={t("edit.promptText")}>
            <PromptEditor
              label={t("edit.prompt")}
              value={settings.prompt}
              onChange={(prompt) => set({ prompt })}
              vars={settings.variables}
              onDeclare={(name) => set({ variables: [...settings.variables, newVariable(name)] })}
              placeholder={t("edit.promptPlaceholder", { ref: "{{department}}" })}
            />
          </Section>
          <Variables settings={settings} set={set} />
          <Features settings={settings} set={set} vision={vision} />
        </div>
        <DebugPane app={app} draft={draft} />
      </div>
      <Conflict draft={draft} />
    </div>
  );
}

/** A new app starts with the workspace's default model, so that a beginner has nothing to choose. */
function useFirstModel(draft: DraftHandle): void {
  const wanted = !isSet(draft.settings.model);
  const defaults = useRead(keys.models.defaults, models.defaults, { enabled: wanted });
  const { rows } = useModels("llm");
  const only = rows.length === 1 ? rows[0]?.model : undefined;
  const first = isSet(defaults.data?.llm) ? defaults.data.llm : defaults.data && only ? { endpoint_id: only.endpoint_id, name: only.name } : null;
  const { set } = draft;
  useEffect(() => {
    if (wanted && first) set({ model: { ...noModel, ...first } });
    // the model that is offered first is a fresh object after each read; its name is what counts
  }, [wanted, first?.endpoint_id, first?.name, set]);
}

function Title({ app }: { app: App }) {
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

function SaveMark({ draft }: { draft: DraftHandle }) {
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
function Problems({ list, noModel: without }: { list: Problem[]; noModel: boolean }) {
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

function Conflict({ draft }: { draft: DraftHandle }) {
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
