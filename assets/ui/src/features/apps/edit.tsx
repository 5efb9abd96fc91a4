import { getRouteApi, Link } from "@tanstack/react-router";
import { Columns3, FileOutput, MoreHorizontal, SearchX, Workflow } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { apps, models } from "@/api/console";
import { keys } from "@/api/keys";
import type { App } from "@/api/types";
import { useRead } from "@/api/use";
import { isSet, noModel } from "@/lib/settings";
import { newVariable } from "@/lib/variables";
import { GenerateButton } from "@/parts/generate/generate-button";
import { findModel, ModelPicker, useModels } from "@/parts/model-picker";
import { EmptyState, ErrorState, IconButton, Loading, Menu, Section, Skeleton, SkeletonRows } from "@/ui";
import { quietLink } from "@/ui/link";
import { CompletionDebug } from "./completion-debug";
import { ConvertDialog } from "./convert-dialog";
import { DebugPane } from "./debug";
import { ExportDialog } from "./export-dialog";
import { Features } from "./features";
import { isGraphMode } from "./graph/graph";
import { AppTabs, Conflict, Problems, SaveMark, Title } from "./header";
import { KnowledgeSection } from "./knowledge";
import { ParamsPopover } from "./params";
import { PromptEditor } from "./prompt-editor";
import { PublishMenu } from "./publish";
import type { DraftHandle } from "./use-draft";
import { useDraft } from "./use-draft";
import { Variables } from "./variables";

const route = getRouteApi("/frame/apps/$appId/edit");

const AgentSection = lazy(async () => ({ default: (await import("./agent")).AgentSection }));
const Compare = lazy(async () => ({ default: (await import("./compare")).Compare }));
const GraphEditor = lazy(async () => ({ default: (await import("./graph/editor")).GraphEditor }));

export function EditPage() {
  const { t } = useTranslation();
  const { appId } = route.useParams();
  const app = useRead(keys.apps.one(appId), () => apps.one(appId), { stale: 2000 });
  if (app.isPending) return wait;
  if (app.isError && !app.data)
    return app.error.status === 404 || app.error.status === 400 ? (
      <EmptyState page icon={SearchX} title={t("edit.gone")} action={<Link to="/apps" className={quietLink}>{t("missing.home")}</Link>}>{t("edit.goneText")}</EmptyState>
    ) : (
      <ErrorState error={app.error} onRetry={() => void app.refetch()} />
    );
  return isGraphMode(app.data.mode) ? <Suspense fallback={wait}><GraphEditor key={appId} app={app.data} /></Suspense> : <Editor key={appId} app={app.data} />;
}

const wait = (
  <Loading>
    <div className="flex h-13 items-center gap-3 border-b bg-surface px-4"><Skeleton height={28} line="short" /></div>
    <div className="grid gap-6 p-6 lg:grid-cols-2"><Skeleton height={320} /><Skeleton height={320} /></div>
  </Loading>
);

function Editor({ app }: { app: App }) {
  const { t } = useTranslation();
  const draft = useDraft(app);
  const { settings, set } = draft;
  const { rows } = useModels("llm");
  const model = findModel(rows, settings.model);
  const vision = model ? Boolean(model.model.abilities.vision) : null;
  const [comparing, compare] = useState(false);
  const [panel, open] = useState<"convert" | "export" | null>(null);
  useFirstModel(draft);
  useEffect(() => {
    document.title = `${app.name} · islet`;
  }, [app.name]);

  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex min-h-13 shrink-0 flex-wrap items-center gap-2 border-b bg-surface px-3 py-2">
        <Title app={app} />
        <AppTabs app={app} at="edit" />
        <SaveMark draft={draft} />
        <div className="ml-auto flex flex-wrap items-center gap-2">
          <Problems list={draft.problems} noModel={!isSet(settings.model)} />
          <ModelPicker kind="llm" label={t("edit.model")} value={settings.model} onChange={(m) => m && set({ model: { ...m, ...(settings.model.params ? { params: settings.model.params } : {}) } })} />
          <ParamsPopover value={settings.model} onChange={(m) => set({ model: m })} />
          <Menu
            trigger={<IconButton icon={MoreHorizontal} label={t("graph.more")} tip={false} />}
            groups={[[
              { id: "compare", label: t("compare.title"), icon: Columns3, checked: comparing, run: () => compare(!comparing) },
              { id: "convert", label: t("convert.button"), icon: Workflow, run: () => open("convert") },
              { id: "export", label: t("export.button"), icon: FileOutput, run: () => open("export") },
            ]]}
          />
          <PublishMenu app={app} draft={draft} />
        </div>
      </header>
      {comparing ? <Suspense fallback={wait}><Compare app={app} draft={draft} onClose={() => compare(false)} /></Suspense> : <div className="flex min-h-0 flex-1 flex-col lg:flex-row">
        <div className="min-h-0 flex-1 overflow-y-auto p-5 lg:min-w-[440px]">
          <Section
            id="prompt"
            title={t("edit.prompt")}
            purpose={t(app.mode === "completion" ? "edit.promptTextOnce" : "edit.promptText")}
            action={<GenerateButton kind="prompt" talks={app.mode !== "completion"} current={settings.prompt} variables={settings.variables.map((v) => v.name)} onAccept={(g) => set({ prompt: g.text })} />}
          >
            <PromptEditor
              label={t("edit.prompt")}
              value={settings.prompt}
              onChange={(prompt) => set({ prompt })}
              vars={settings.variables}
              onDeclare={(name) => set({ variables: [...settings.variables, newVariable(name)] })}
              placeholder={t("edit.promptPlaceholder", { ref: "{{department}}" })}
            />
          </Section>
          <Variables app={app.id} settings={settings} set={set} />
          <KnowledgeSection settings={settings} set={set} mode={app.mode} />
          {app.mode === "agent-chat" && <Suspense fallback={<SkeletonRows count={4} />}><AgentSection settings={settings} set={set} model={model} /></Suspense>}
          <Features settings={settings} set={set} vision={vision} talks={app.mode !== "completion"} />
        </div>
        {app.mode === "completion" ? <CompletionDebug app={app} draft={draft} onCompare={() => compare(true)} /> : <DebugPane app={app} draft={draft} onCompare={() => compare(true)} />}
      </div>}
      {panel === "convert" && <ConvertDialog app={app} onClose={() => open(null)} before={draft.flush} />}
      {panel === "export" && <ExportDialog app={app} onClose={() => open(null)} />}
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
