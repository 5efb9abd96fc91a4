import { Braces, FileInput, FileOutput, MoreHorizontal, Network, TriangleAlert } from "lucide-react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { apps } from "@/api/console";
import { keys } from "@/api/keys";
import type { App } from "@/api/types";
import { useRead } from "@/api/use";
import type { Flow, NodeMark } from "@/parts/flow/flow";
import { noFlow, nodeMarks } from "@/parts/flow/flow";
import { Button, EmptyState, IconButton, Menu } from "@/ui";
import { DebugPane } from "../debug";
import { ExportDialog } from "../export-dialog";
import { Conflict, LogsLink, Problems, SaveMark, Title } from "../header";
import { ImportDialog } from "../import-dialog";
import { PublishMenu } from "../publish";
import { useDraft } from "../use-draft";
import { Drawing } from "./drawing";
import { readGraph } from "./graph";
import { NodePanel } from "./node-panel";
import { RunPanel } from "./run-panel";
import { VariablesDrawer } from "./variables-drawer";

type Panel = "variables" | "export" | "replace" | null;

/** The page of a workflow or chatflow: its graph to look at, and beside it a run or a chat that is drawn on it. */
export function GraphEditor({ app }: { app: App }) {
  const { t } = useTranslation();
  const draft = useDraft(app);
  const { settings } = draft;
  const graph = useMemo(() => readGraph(settings.graph), [settings.graph]);
  const check = useRead(keys.apps.check(app.id, app.draft_rev), () => apps.check(app.id), { keep: true });
  const [panel, open] = useState<Panel>(null);
  const [selected, select] = useState<string | null>(null);
  const [lit, light] = useState<string | null>(null); // pointed at from the trace
  const [shown, setShown] = useState<{ flow: Flow; over: boolean }>({ flow: noFlow, over: false });
  useEffect(() => {
    document.title = `${app.name} · islet`;
  }, [app.name]);

  const problems = useMemo(() => Object.fromEntries((check.data?.nodes ?? []).filter((n) => !n.ok).map((n) => [n.id, n.problem])), [check.data]);
  const ids = useMemo(() => graph.nodes.map((n) => n.id), [graph]);
  const marks = useMemo((): { [node: string]: NodeMark } | null => (shown.flow.execs.length > 0 ? nodeMarks(shown.flow, ids, shown.over) : null), [shown, ids]);
  const onFlow = useCallback((flow: Flow, over: boolean) => setShown({ flow, over }), []);
  const pick = useCallback((id: string) => select((now) => (now === id ? null : id)), []);
  const node = graph.nodes.find((n) => n.id === selected);
  const variables = (settings.environment ?? []).length + (app.mode === "advanced-chat" ? (settings.conversation ?? []).length : 0);

  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex min-h-13 shrink-0 flex-wrap items-center gap-2 border-b bg-surface px-3 py-2">
        <Title app={app} />
        <SaveMark draft={draft} />
        <div className="ml-auto flex flex-wrap items-center gap-2">
          <Problems list={draft.problems} noModel={false} />
          <GraphProblems graph={graph.nodes} problems={problems} onPick={select} />
          <Button icon={Braces} onClick={() => open("variables")}>{variables > 0 ? t("vars.buttonCount", { n: variables }) : t("vars.button")}</Button>
          <LogsLink app={app} />
          <Menu
            trigger={<IconButton icon={MoreHorizontal} label={t("graph.more")} tip={false} />}
            groups={[[
              { id: "replace", label: t("import.replace"), icon: FileInput, run: () => open("replace") },
              { id: "export", label: t("export.button"), icon: FileOutput, run: () => open("export") },
            ]]}
          />
          <PublishMenu app={app} draft={draft} />
        </div>
      </header>
      <div className="flex min-h-0 flex-1 flex-col lg:flex-row">
        <div className="relative min-h-[45vh] min-w-0 flex-1">
          {graph.nodes.length === 0 ? (
            <EmptyState icon={Network} title={t("graph.empty")} action={<Button icon={FileInput} onClick={() => open("replace")}>{t("import.replace")}</Button>}>{t("graph.emptyText")}</EmptyState>
          ) : (
            <Drawing graph={graph} marks={marks} problems={problems} selected={selected ?? lit} onSelect={pick} />
          )}
          {node && <NodePanel node={node} problem={problems[node.id]} exec={marks?.[node.id]?.exec ?? null} onClose={() => select(null)} />}
        </div>
        <div className="flex min-h-0 min-w-0 shrink-0 flex-col lg:w-[400px] 2xl:w-[460px]">
          {app.mode === "workflow" ? <RunPanel app={app} draft={draft} onFlow={onFlow} onPick={light} /> : <DebugPane app={app} draft={draft} onFlow={onFlow} />}
        </div>
      </div>
      {panel === "variables" && <VariablesDrawer app={app} draft={draft} onClose={() => open(null)} />}
      {panel === "export" && <ExportDialog app={app} onClose={() => open(null)} />}
      {panel === "replace" && (
        <ImportDialog
          replace={app}
          onClose={() => open(null)}
          onReplaced={() => {
            select(null);
            void apps.one(app.id).then(draft.replace);
          }}
        />
      )}
      <Conflict draft={draft} />
    </div>
  );
}

/** The nodes that cannot run here, each leading to its place in the drawing. */
function GraphProblems({ graph, problems, onPick }: { graph: { id: string; title: string }[]; problems: { [id: string]: string }; onPick: (id: string) => void }) {
  const { t } = useTranslation();
  const bad = graph.filter((n) => problems[n.id]);
  if (bad.length === 0) return null;
  return (
    <Menu
      label={t("graph.problems")}
      trigger={<Button variant="ghost" icon={TriangleAlert}>{t("graph.problemsCount", { count: bad.length })}</Button>}
      groups={[bad.map((n) => ({ id: n.id, label: n.title, hint: problems[n.id], run: () => onPick(n.id) }))]}
    />
  );
}

