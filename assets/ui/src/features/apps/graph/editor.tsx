import { Braces, FileInput, FileOutput, MessagesSquare, MoreHorizontal, Play } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { apps } from "@/api/console";
import { keys } from "@/api/keys";
import type { App } from "@/api/types";
import { useRead } from "@/api/use";
import type { Flow, NodeMark } from "@/parts/flow/flow";
import { noFlow, nodeMarks } from "@/parts/flow/flow";
import { nodeTitle } from "@/parts/flow/kinds";
import { useMe } from "@/parts/me";
import { Button, IconButton, Menu } from "@/ui";
import { DebugPane } from "../debug";
import { ExportDialog } from "../export-dialog";
import { AppTabs, Conflict, Problems, SaveMark, Title } from "../header";
import { ImportDialog } from "../import-dialog";
import { PublishMenu } from "../publish";
import type { DraftHandle } from "../use-draft";
import { useDraft } from "../use-draft";
import { Canvas } from "./canvas/canvas";
import { createUi, UiContext, useUiStore } from "./canvas/ui";
import { blankOf } from "./catalog";
import { writeDoc } from "./doc";
import { NodePanel } from "./node-panel";
import { RunPanel } from "./run-panel";
import type { GraphStore } from "./store";
import { createGraph, GraphContext, useGraph, useGraphStore } from "./store";
import { VariablesDrawer } from "./variables-drawer";

type Panel = "variables" | "export" | "replace" | null;

/** The page of a workflow or chatflow: the canvas on which its graph is built, and beside it a run or a chat that is drawn on it. */
export function GraphEditor({ app }: { app: App }) {
  const { t } = useTranslation();
  const draft = useDraft(app);
  const me = useMe();
  const words = useRef({ t, name: "" });
  words.current = { t, name: me?.user.name ?? "" };
  const [graph] = useState(() =>
    createGraph(draft.settings.graph, {
      mode: app.mode,
      title: (type) => nodeTitle(words.current.t, type),
      blank: (type) => blankOf(type, { mode: app.mode, model: null }),
      author: () => words.current.name,
      now: () => Date.now(),
    }),
  );
  const [ui] = useState(createUi);
  useSaving(graph, draft);
  return (
    <GraphContext value={graph}>
      <UiContext value={ui}>
        <Page app={app} draft={draft} />
      </UiContext>
    </GraphContext>
  );
}

/** Every step goes into the draft; what comes into the draft from elsewhere is shown. */
function useSaving(graph: GraphStore, draft: DraftHandle): void {
  const written = useRef(draft.settings.graph);
  const set = useRef(draft.set);
  useEffect(() => {
    set.current = draft.set;
  });
  useEffect(
    () =>
      graph.subscribe((s, before) => {
        const step = s.steps[s.at]?.doc;
        if (step === before.steps[before.at]?.doc || s.loads !== before.loads || !step) return;
        written.current = writeDoc(s.view ? { ...step, viewport: s.view } : step);
        set.current({ graph: written.current });
      }),
    [graph],
  );
  useEffect(() => {
    if (draft.settings.graph === written.current) return;
    written.current = draft.settings.graph;
    graph.getState().load(draft.settings.graph);
  }, [graph, draft.settings.graph]);
}

const PANE = "islet.canvas.run"; // whether the run is shown beside the canvas

function Page({ app, draft }: { app: App; draft: DraftHandle }) {
  const { t } = useTranslation();
  const { settings, flush } = draft;
  const graph = useGraphStore();
  const ui = useUiStore();
  const check = useRead(keys.apps.check(app.id, app.draft_rev), () => apps.check(app.id), { keep: true });
  const [panel, open] = useState<Panel>(null);
  const [file, setFile] = useState<File | null>(null);
  const [pane, setPane] = useState(() => (localStorage.getItem(PANE) ?? (window.innerWidth >= 1400 ? "1" : "0")) === "1");
  const [shown, setShown] = useState<{ flow: Flow; over: boolean }>({ flow: noFlow, over: false });
  const show = useCallback((on: boolean): void => {
    localStorage.setItem(PANE, on ? "1" : "0");
    setPane(on);
  }, []);
  useEffect(() => {
    document.title = `${app.name} · islet`;
  }, [app.name]);

  const problems = useMemo(() => Object.fromEntries((check.data?.nodes ?? []).filter((n) => !n.ok).map((n) => [n.id, n.problem])), [check.data]);
  useEffect(() => ui.getState().set({ problems }), [ui, problems]);
  const ids = useGraph((s) => s.doc.nodes);
  const marks = useMemo((): { [node: string]: NodeMark } | null => (shown.flow.execs.length > 0 ? nodeMarks(shown.flow, ids.map((n) => n.id), shown.over) : null), [shown, ids]);
  useEffect(() => ui.getState().set({ marks }), [ui, marks]);
  const onFlow = useCallback((flow: Flow, over: boolean) => setShown({ flow, over }), []);
  const onPick = useCallback((id: string) => ui.getState().set({ lit: id }), [ui]);
  const onSave = useCallback(() => void flush().catch(() => undefined), [flush]);
  const onRun = useCallback(() => show(true), [show]);
  const onFile = useCallback((f: File) => {
    setFile(f);
    open("replace");
  }, []);
  const picked = useGraph((s) => s.panel);
  const node = useGraph((s) => s.doc.nodes.find((n) => n.id === picked));
  const close = useCallback(() => graph.getState().open(null), [graph]);
  const variables = (settings.environment ?? []).length + (app.mode === "advanced-chat" ? (settings.conversation ?? []).length : 0);

  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex min-h-13 shrink-0 flex-wrap items-center gap-2 border-b bg-surface px-3 py-2">
        <Title app={app} />
        <AppTabs app={app} at="edit" />
        <SaveMark draft={draft} />
        <div className="ml-auto flex flex-wrap items-center gap-2">
          <Problems list={draft.problems} noModel={false} />
          <Button icon={Braces} onClick={() => open("variables")}>{variables > 0 ? t("vars.buttonCount", { n: variables }) : t("vars.button")}</Button>
          <Menu
            trigger={<IconButton icon={MoreHorizontal} label={t("graph.more")} tip={false} />}
            groups={[[
              { id: "replace", label: t("import.replace"), icon: FileInput, run: () => open("replace") },
              { id: "export", label: t("export.button"), icon: FileOutput, run: () => open("export") },
            ]]}
          />
          <Button icon={app.mode === "workflow" ? Play : MessagesSquare} variant={pane ? "soft" : "default"} aria-pressed={pane} onClick={() => show(!pane)}>{t(app.mode === "workflow" ? "cmd.run" : "canvas.try")}</Button>
          <PublishMenu app={app} draft={draft} />
        </div>
      </header>
      <div className="flex min-h-0 flex-1 flex-col lg:flex-row">
        <div className="relative min-h-[45vh] min-w-0 flex-1">
          <Canvas mode={app.mode} onSave={onSave} onRun={onRun} onFile={onFile} />
          {node && <NodePanel node={node} problem={problems[node.id]} exec={marks?.[node.id]?.exec ?? null} onClose={close} />}
        </div>
        <div className={pane ? "flex min-h-0 min-w-0 shrink-0 flex-col lg:w-[400px] 2xl:w-[460px]" : "hidden"}>
          {app.mode === "workflow" ? <RunPanel app={app} draft={draft} onFlow={onFlow} onPick={onPick} /> : <DebugPane app={app} draft={draft} onFlow={onFlow} />}
        </div>
      </div>
      {panel === "variables" && <VariablesDrawer app={app} draft={draft} onClose={() => open(null)} />}
      {panel === "export" && <ExportDialog app={app} onClose={() => open(null)} />}
      {panel === "replace" && (
        <ImportDialog
          replace={app}
          file={file}
          onClose={() => {
            open(null);
            setFile(null);
          }}
          onReplaced={() => void apps.one(app.id).then(draft.replace)}
        />
      )}
      <Conflict draft={draft} />
    </div>
  );
}
