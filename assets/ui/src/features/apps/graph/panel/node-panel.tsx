import { ArrowLeftRight, ChevronRight, Copy, CopyPlus, MoreHorizontal, Play, Trash2, TriangleAlert, X } from "lucide-react";
import { Suspense, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { App, Settings } from "@/api/types";
import { copyText } from "@/lib/clipboard";
import { nodeIcon, nodeTitle } from "@/parts/flow/kinds";
import { NodeNames } from "@/parts/variables/names";
import { IconButton, Menu, Segmented, SkeletonRows, toast } from "@/ui";
import { useUiStore } from "../canvas/ui";
import { isAddable } from "../catalog";
import { nodeOf, parentsOf } from "../doc";
import type { FlowNode } from "../node-view";
import { viewOf } from "../nodes";
import { absent } from "../nodes/absent";
import { unknown } from "../nodes/unknown";
import { LastRun } from "../run/last-run";
import { NodeRunDialog } from "../run/node-run";
import { useRuns } from "../run/runs";
import { scopeOf, varsOf } from "../scope";
import { useGraph, useGraphStore } from "../store";
import { titlesOf } from "../titles";
import { ErrorHandling } from "./error-handling";
import { NextSteps } from "./next-steps";
import { Outputs } from "./outputs";
import { DescriptionField, TitleField } from "./title";
import { useWidth } from "./width";

type Tab = "settings" | "run";

export interface NodePanelProps {
  app: App;
  /** The settings as they are edited: their variables can be read in every node. */
  settings: Pick<Settings, "environment" | "conversation">;
  id: string;
  /** What the server says is wrong with it. */
  problem: string | undefined;
  /** A run that is drawn on the canvas came through it: its part is shown first. */
  ran: boolean;
  onClose: () => void;
}

/** One node of the graph: how it is set, what it makes, what follows, and its last run. It floats beside the canvas, which stays in use. */
export function NodePanel(props: NodePanelProps) {
  const node = useGraph((s) => nodeOf(s.doc, props.id));
  return node ? <Panel key={node.id} {...props} node={node} /> : null;
}

function Panel({ app, settings, node, problem, ran, onClose }: NodePanelProps & { node: FlowNode }) {
  const { t } = useTranslation();
  const graph = useGraphStore();
  const doc = useGraph((s) => s.doc);
  const box = useRef<HTMLElement>(null);
  const runs = useRuns();
  const [tab, setTab] = useState<Tab>(ran ? "run" : "settings");
  const [asking, ask] = useState(false);
  const { width, handle, dragging } = useWidth();
  const view = viewOf(node.type);
  const names = titlesOf(doc);
  const scope = useMemo(() => scopeOf(doc, node.id, settings.environment ?? [], settings.conversation ?? [], app.mode), [doc, node.id, settings.environment, settings.conversation, app.mode]);
  const outputs = useMemo(() => varsOf(node), [node]);
  const shown = runs ? tab : "settings";
  const Icon = nodeIcon(node.type);
  useEffect(() => {
    const onKey = (e: KeyboardEvent): void => {
      const inside = e.target instanceof Node && box.current?.contains(e.target);
      if (e.key === "Escape" && !e.defaultPrevented && (inside || e.target === document.body)) onClose();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [onClose]);
  return (
    <aside
      ref={box}
      data-node-panel
      aria-label={t("graph.nodePanel", { name: node.title })}
      style={{ width }}
      className={`anim-slide absolute top-3 right-3 bottom-3 z-10 flex max-w-[calc(100%-24px)] flex-col rounded-lg border bg-raised shadow-float ${dragging ? "select-none" : ""}`}
    >
      <div {...handle} aria-label={t("panel.width")} className="absolute inset-y-2 -left-1 z-10 w-2 cursor-col-resize touch-none rounded-full transition-colors hover:bg-accent-line" />
      <h2 className="sr-only">{node.title}</h2>
      <header className="flex flex-col gap-1 border-b px-3 pt-2.5 pb-2">
        <div className="flex items-start gap-2">
          <span className="mt-0.5 flex size-7 shrink-0 items-center justify-center rounded bg-accent-soft text-accent-text"><Icon size={16} aria-hidden /></span>
          <div className="min-w-0 flex-1"><TitleField node={node} /></div>
          <div className="flex shrink-0 items-center">
            {view.single && runs && <IconButton icon={Play} size="sm" label={t("panel.run")} onClick={() => ask(true)} />}
            <NodeMenu node={node} onClose={onClose} />
            <IconButton icon={X} size="sm" label={t("kit.close")} tip={false} onClick={onClose} />
          </div>
        </div>
        <p className="flex min-w-0 items-center gap-1 px-1 text-xs text-faint">
          {parentsOf(doc, node).toReversed().map((p) => (
            <span key={p.id} className="flex min-w-0 items-center gap-1">
              <button type="button" onClick={() => graph.getState().open(p.id)} className="max-w-32 truncate rounded-sm text-accent-text hover:underline" title={t("panel.inside", { name: p.title })}>{p.title || nodeTitle(t, p.type)}</button>
              <ChevronRight size={11} aria-hidden className="shrink-0" />
            </span>
          ))}
          <span className="truncate">{nodeTitle(t, node.type)}{isAddable(node.type) && ` · ${t(`kinds.about.${node.type}`)}`}</span>
        </p>
        <DescriptionField node={node} />
        {runs && <div className="pt-0.5"><Segmented label={t("graph.nodeView")} value={shown} onChange={setTab} options={[{ value: "settings", label: t("graph.settings") }, { value: "run", label: t("graph.lastRun") }]} /></div>}
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain ">
        {shown === "run" ? (
          <div className="p-3"><LastRun app={app} node={node.id} title={node.title} single={view.single} top={node.parent === ""} /></div>
        ) : (
          <NodeNames value={names}>
            <div className="flex flex-col gap-5 p-3 pb-6">
              {view !== absent && view !== unknown && <ProblemList texts={view.check(node.data, { mode: app.mode, model: null }).map((p) => p.text)} server={problem} />}
              <Suspense fallback={<SkeletonRows count={4} height={32} />}>
                <view.Form app={app} node={node} data={node.data} scope={scope} set={(part) => graph.getState().setData(node.id, part)} />
              </Suspense>
              <Outputs node={node.id} vars={outputs} />
              <ErrorHandling data={node.data} outputs={view.outputs(node.data)} handling={view.handling} set={(part) => graph.getState().setData(node.id, part)} />
              <NextSteps node={node} />
            </div>
          </NodeNames>
        )}
      </div>
      {asking && <NodeRunDialog app={app.id} node={node.id} title={node.title} onClose={() => { ask(false); setTab("run"); }} />}
    </aside>
  );
}

/** What keeps the node from running. The server's own sentence stands where the page finds nothing. */
function ProblemList({ texts, server }: { texts: readonly string[]; server: string | undefined }) {
  const { t } = useTranslation();
  const all = texts.length > 0 ? [...new Set(texts)] : server ? [server] : [];
  if (all.length === 0) return null;
  return (
    <ul aria-label={t("panel.problems")} className="flex flex-col gap-1 rounded border border-warn-line bg-warn-soft px-2.5 py-1.5 text-sm text-warn-text">
      {all.map((s) => <li key={s} className="flex gap-1.5"><TriangleAlert size={14} aria-hidden className="mt-[3px] shrink-0" /><span className="min-w-0 [overflow-wrap:anywhere]">{s}</span></li>)}
    </ul>
  );
}

function NodeMenu({ node, onClose }: { node: FlowNode; onClose: () => void }) {
  const { t } = useTranslation();
  const graph = useGraphStore();
  const ui = useUiStore();
  const only = (): void => graph.getState().select([node.id]);
  const copy = (): void => {
    only();
    const s = graph.getState().copy();
    if (s !== null) void copyText(s).then((ok) => ok && toast(t("canvas.copied", { count: 1 })));
  };
  const change = (): void => {
    const r = document.querySelector("[data-node-panel]")?.getBoundingClientRect();
    ui.getState().set({ palette: { goal: { change: node.id }, screen: r ? { x: Math.max(8, r.left - 312), y: r.top + 8 } : null } });
  };
  return (
    <Menu
      label={t("panel.menu")}
      trigger={<IconButton icon={MoreHorizontal} size="sm" label={t("panel.menu")} tip={false} />}
      groups={[
        [
          { id: "copy", label: t("kit.copy"), icon: Copy, run: copy },
          { id: "duplicate", label: t("panel.duplicate"), icon: CopyPlus, run: () => { only(); graph.getState().duplicate(); } },
          { id: "change", label: t("panel.changeType"), icon: ArrowLeftRight, run: change },
        ],
        [{ id: "delete", label: t("kit.remove"), icon: Trash2, danger: true, run: () => { graph.getState().remove([node.id]); onClose(); } }],
      ]}
    />
  );
}
