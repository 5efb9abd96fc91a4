import { Braces, FileInput, FileOutput, History, MessagesSquare, MoreHorizontal, Play, SlidersHorizontal, SquareTerminal } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { apps, models } from "@/api/console";
import { keys } from "@/api/keys";
import type { App } from "@/api/types";
import { useRead } from "@/api/use";
import { isSet } from "@/lib/settings";
import type { Flow, NodeMark } from "@/parts/flow/flow";
import { isOver, noFlow, nodeMarks } from "@/parts/flow/flow";
import { nodeTitle } from "@/parts/flow/kinds";
import { useMe } from "@/parts/me";
import { Button, Drawer, IconButton, Menu } from "@/ui";
import { ExportDialog } from "../export-dialog";
import { ChatflowFeatures } from "../features";
import { AppTabs, Conflict, SaveMark, Title } from "../header";
import { ImportDialog } from "../import-dialog";
import { PublishMenu } from "../publish";
import type { DraftHandle } from "../use-draft";
import { useDraft } from "../use-draft";
import { Canvas } from "./canvas/canvas";
import { Checklist, useFindings } from "./canvas/checklist";
import { createUi, goTo, UiContext, useUiStore } from "./canvas/ui";
import type { Finding } from "./check";
import { writeDoc } from "./doc";
import type { Data } from "./node-view";
import { viewOf } from "./nodes";
import { NodePanel } from "./panel/node-panel";
import { HistoryDrawer } from "./run/history";
import { Inspector } from "./run/inspector";
import { RunsProvider, useRuns } from "./run/runs";
import { Side } from "./run/side";
import type { GraphStore } from "./store";
import { createGraph, GraphContext, useGraph, useGraphStore } from "./store";
import { VariablesDrawer } from "./variables-drawer";

type Panel = "variables" | "export" | "replace" | "history" | "features" | null;

/** The page of a workflow or chatflow: the canvas on which its graph is built, and beside it a run or a chat that is drawn on it. */
export function GraphEditor({ app }: { app: App }) {
  const { t } = useTranslation();
  const draft = useDraft(app);
  const me = useMe();
  const model = useDefaultModel();
  const words = useRef({ t, name: "", model });
  words.current = { t, name: me?.user.name ?? "", model };
  const [graph] = useState(() =>
    createGraph(draft.settings.graph, {
      mode: app.mode,
      title: (type) => nodeTitle(words.current.t, type),
      blank: (type) => viewOf(type).blank({ mode: app.mode, model: words.current.model }),
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

/** The site's default chat model, as a node's data names it. */
function useDefaultModel(): Data | null {
  const defaults = useRead(keys.models.defaults, models.defaults, { stale: 60_000 });
  const m = defaults.data?.llm;
  return useMemo(() => (isSet(m) ? { provider: m.endpoint_id, name: m.name, mode: "chat", completion_params: m.params ?? {} } : null), [m]);
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
  const [pane, setPane] = useState(() => (localStorage.getItem(PANE) ?? (window.innerWidth >= 1400 ? "1" : "0")) === "1");
  const show = useCallback((on: boolean): void => {
    localStorage.setItem(PANE, on ? "1" : "0");
    setPane(on);
  }, []);
  const onPane = useCallback(() => show(true), [show]);
  return (
    <RunsProvider app={app} flush={draft.flush} onPane={onPane}>
      <Board app={app} draft={draft} pane={pane} onPane={show} />
    </RunsProvider>
  );
}

const INSPECTOR = "islet.canvas.inspector"; // whether the variables are shown below the canvas

function Board({ app, draft, pane, onPane: show }: { app: App; draft: DraftHandle; pane: boolean; onPane: (on: boolean) => void }) {
  const { t } = useTranslation();
  const { settings, flush } = draft;
  const runs = useRuns();
  const [inspecting, setInspecting] = useState(() => localStorage.getItem(INSPECTOR) === "1");
  const inspect = (on: boolean): void => {
    localStorage.setItem(INSPECTOR, on ? "1" : "0");
    setInspecting(on);
  };
  const graph = useGraphStore();
  const ui = useUiStore();
  const check = useRead(keys.apps.check(app.id, app.draft_rev), () => apps.check(app.id), { keep: true });
  const [panel, open] = useState<Panel>(null);
  const [file, setFile] = useState<File | null>(null);
  const [shown, setShown] = useState<{ flow: Flow; over: boolean; partial: boolean }>({ flow: noFlow, over: false, partial: false });
  useEffect(() => {
    document.title = `${app.name} · islet`;
  }, [app.name]);

  const { environment, conversation } = settings;
  const model = useDefaultModel();
  const around = useMemo(() => ({ place: { mode: app.mode, model }, env: environment ?? [], conversation: conversation ?? [] }), [app.mode, model, environment, conversation]);
  const here = useFindings(around);
  const found = useMemo((): Finding[] => [...(check.data?.nodes ?? []).filter((n) => !n.ok).map((n) => ({ node: n.id, field: "", text: n.problem, refused: true })), ...here], [check.data, here]);
  const problems = useMemo(() => Object.fromEntries(found.toReversed().map((f) => [f.node, f.text])), [found]);
  useEffect(() => ui.getState().set({ problems }), [ui, problems]);
  const blocked = draft.problems.length + found.filter((f) => f.refused).length;
  const ids = useGraph((s) => s.doc.nodes);
  const doubts = useMemo(
    () => found.filter((f) => !f.refused).map((f) => ({ at: ids.find((n) => n.id === f.node)?.title ?? "", text: f.text, show: () => goTo(ui, f.node, true) })),
    [found, ids, ui],
  );
  const alone = runs?.alone.running;
  const marks = useMemo(() => marksOf(shown, alone && runs?.replay === null ? { flow: alone.flow, over: isOver(alone.run?.status) } : null, ids.map((n) => n.id)), [shown, alone, runs?.replay, ids]);
  useEffect(() => ui.getState().set({ marks }), [ui, marks]);
  const onFlow = useCallback((flow: Flow, over: boolean, partial: boolean) => setShown({ flow, over, partial }), []);
  const titleOf = useCallback((id: string) => graph.getState().doc.nodes.find((n) => n.id === id)?.title ?? id, [graph]);
  const onHistory = useCallback(() => open("history"), []);
  const onPick = useCallback((id: string) => {
    ui.getState().set({ lit: id });
    goTo(ui, id, false);
  }, [ui]);
  const onSave = useCallback(() => void flush().catch(() => undefined), [flush]);
  const side = useRef<HTMLDivElement>(null);
  const onRun = useCallback(() => {
    show(true);
    const enter = (left: number): void => { // its code may still be on its way
      const first = side.current?.querySelector('textarea, input, [role="combobox"], button[type="submit"]');
      if (first instanceof HTMLElement) first.focus();
      else if (left > 0) requestAnimationFrame(() => enter(left - 1));
    };
    requestAnimationFrame(() => enter(60));
  }, [show]);
  const onFile = useCallback((f: File) => {
    setFile(f);
    open("replace");
  }, []);
  const picked = useGraph((s) => s.panel);
  const close = useCallback(() => graph.getState().open(null), [graph]);
  const variables = (settings.environment ?? []).length + (app.mode === "advanced-chat" ? (settings.conversation ?? []).length : 0);

  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex min-h-13 shrink-0 flex-wrap items-center gap-2 border-b bg-surface px-3 py-2">
        <Title app={app} />
        <AppTabs app={app} at="edit" />
        <SaveMark draft={draft} />
        <div className="ml-auto flex flex-wrap items-center gap-2">
          <Checklist found={found} settings={draft.problems} />
          <Button icon={Braces} onClick={() => open("variables")}>{variables > 0 ? t("vars.buttonCount", { n: variables }) : t("vars.button")}</Button>
          <IconButton icon={SquareTerminal} label={t("tried.title")} active={inspecting} aria-pressed={inspecting} onClick={() => inspect(!inspecting)} />
          <Menu
            trigger={<IconButton icon={MoreHorizontal} label={t("graph.more")} tip={false} />}
            groups={[[
              ...(app.mode === "advanced-chat" ? [{ id: "features", label: t("tried.features"), icon: SlidersHorizontal, run: () => open("features") }] : []),
              { id: "history", label: t("run.history"), icon: History, run: onHistory },
            ], [
              { id: "replace", label: t("import.replace"), icon: FileInput, run: () => open("replace") },
              { id: "export", label: t("export.button"), icon: FileOutput, run: () => open("export") },
            ]]}
          />
          <Button icon={app.mode === "workflow" ? Play : MessagesSquare} variant={pane ? "soft" : "default"} aria-pressed={pane} onClick={() => show(!pane)}>{t(app.mode === "workflow" ? "cmd.run" : "canvas.try")}</Button>
          <PublishMenu app={app} draft={draft} blocked={blocked} doubts={doubts} />
        </div>
      </header>
      <div className="flex min-h-0 flex-1 flex-col lg:flex-row">
        <div className="flex min-h-0 min-w-0 flex-1 flex-col">
          <div className="relative min-h-[45vh] min-w-0 flex-1 lg:min-h-0">
            <Canvas mode={app.mode} onSave={onSave} onRun={onRun} onFile={onFile} />
            {picked !== null && <NodePanel app={app} settings={settings} id={picked} problem={problems[picked]} ran={Boolean(marks?.[picked]?.exec)} onClose={close} />}
          </div>
          {inspecting && <Inspector app={app} nodes={ids} onPick={onPick} onClose={() => inspect(false)} />}
        </div>
        <div ref={side} className={pane ? "flex min-h-0 min-w-0 shrink-0 flex-col lg:w-[400px] 2xl:w-[460px]" : "hidden"}>
          <Side app={app} draft={draft} titleOf={titleOf} onFlow={onFlow} onPick={onPick} onHistory={onHistory} />
        </div>
      </div>
      {panel === "variables" && <VariablesDrawer app={app} draft={draft} onClose={() => open(null)} />}
      {panel === "features" && (
        <Drawer open onClose={() => open(null)} title={t("tried.features")} description={t("tried.featuresText")}>
          <ChatflowFeatures settings={settings} set={draft.set} />
        </Drawer>
      )}
      {panel === "history" && (
        <HistoryDrawer
          app={app}
          titleOf={titleOf}
          onClose={() => open(null)}
          onOpen={(id) => {
            open(null);
            runs?.look(id);
          }}
        />
      )}
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

/** How the nodes stand in the run that is shown, and over it in the run of one node alone. Of a run that began in the middle only what worked is told. */
function marksOf(shown: { flow: Flow; over: boolean; partial: boolean }, alone: { flow: Flow; over: boolean } | null, ids: readonly string[]): { [node: string]: NodeMark } | null {
  const marks = shown.flow.execs.length > 0 ? nodeMarks(shown.flow, ids, shown.over) : {};
  const out = Object.fromEntries(Object.entries(marks).filter(([, m]) => m.exec !== null || !(shown.partial && m.mark === "skipped")));
  if (alone && alone.flow.execs.length > 0) Object.assign(out, Object.fromEntries(Object.entries(nodeMarks(alone.flow, [], alone.over)).filter(([id]) => ids.includes(id))));
  return Object.keys(out).length > 0 ? out : null;
}
