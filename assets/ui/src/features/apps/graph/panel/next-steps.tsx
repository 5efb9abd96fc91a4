import { ArrowLeftRight, CornerDownRight, Plus, Unplug } from "lucide-react";
import { useTranslation } from "react-i18next";
import { nodeIcon, nodeTitle } from "@/parts/flow/kinds";
import { IconButton, Menu } from "@/ui";
import { cx } from "@/ui/cx";
import type { MenuItem } from "@/ui";
import { useUiStore } from "../canvas/ui";
import { nodeOf } from "../doc";
import type { FlowNode, Way } from "../node-view";
import { Part } from "../nodes/form-parts";
import { refuses } from "../rules";
import { useGraph, useGraphStore } from "../store";
import { waysOf } from "../ways";

/** What follows a node, by its ways out: look at it, lead elsewhere, cut, or add. */
export function NextSteps({ node }: { node: FlowNode }) {
  const { t } = useTranslation();
  const ways = waysOf(node.type, node.data);
  if (ways.length === 0) return null;
  return (
    <Part title={t("panel.next")} hint={t("panel.nextText")}>
      <ul className="flex flex-col gap-1.5">{ways.map((w) => <WayOut key={w.id} node={node} way={w} alone={ways.length === 1} />)}</ul>
    </Part>
  );
}

export function useWayLabel(): (w: Way) => string {
  const { t } = useTranslation();
  return (w) => w.label || (w.tone === "fail" ? t("panel.onError") : w.tone === "timeout" ? t("human.timeoutWay") : t("panel.next"));
}

function WayOut({ node, way, alone }: { node: FlowNode; way: Way; alone: boolean }) {
  const { t } = useTranslation();
  const graph = useGraphStore();
  const ui = useUiStore();
  const doc = useGraph((s) => s.doc);
  const label = useWayLabel()(way);
  const after = doc.edges.filter((e) => e.from === node.id && e.handle === way.id);
  const others = (except: string): MenuItem[] =>
    doc.nodes.filter((n) => n.id !== except && refuses(doc, node.id, way.id, n.id) === null).map((n) => ({ id: n.id, label: n.title || nodeTitle(t, n.type), icon: nodeIcon(n.type), run: () => lead(except, n.id) }));
  const lead = (edge: string, to: string): void => {
    const s = graph.getState();
    if (edge === "") s.connect(node.id, way.id, to);
    else s.reconnect(edge, node.id, way.id, to);
  };
  const addNew = (): void => {
    const r = document.querySelector("[data-node-panel]")?.getBoundingClientRect();
    ui.getState().set({ palette: { goal: { after: { node: node.id, handle: way.id }, ...(node.parent ? { parent: node.parent } : {}) }, screen: r ? { x: Math.max(8, r.left - 312), y: r.top + 96 } : null } });
  };
  return (
    <li className="min-w-0 rounded border">
      {!alone && (
        <p className={cx("flex h-7 items-center gap-1.5 px-2.5 text-xs", way.tone === "fail" ? "text-danger-text" : way.tone === "timeout" ? "text-warn-text" : "text-muted")}>
          <CornerDownRight size={12} aria-hidden className="shrink-0" />
          <span className="truncate" title={label}>{label}</span>
        </p>
      )}
      {after.map((e) => {
        const n = nodeOf(doc, e.to);
        if (!n) return null;
        const Icon = nodeIcon(n.type);
        const title = n.title || nodeTitle(t, n.type);
        return (
          <div key={e.id} className={cx("flex h-9 items-center gap-1 pr-1 pl-1", !alone && "border-t")}>
            <button type="button" onClick={() => { graph.getState().select([n.id]); graph.getState().open(n.id); }} className="flex h-7 min-w-0 flex-1 items-center gap-2 rounded-sm px-1.5 text-left transition-colors hover:bg-hover">
              <Icon size={14} aria-hidden className="shrink-0 text-accent-text" />
              <span className="truncate" title={title}>{title}</span>
            </button>
            <Menu
              label={t("panel.changeNext", { name: title })}
              trigger={<IconButton size="sm" icon={ArrowLeftRight} label={t("panel.changeNext", { name: title })} />}
              groups={[others(e.id).map((o) => ({ ...o, run: () => lead(e.id, o.id) }))]}
            />
            <IconButton size="sm" icon={Unplug} label={t("panel.cut", { name: title })} onClick={() => graph.getState().remove([e.id])} />
          </div>
        );
      })}
      <Menu
        align="start"
        label={t("panel.addNext", { way: label })}
        trigger={
          <button type="button" aria-label={t("panel.addNext", { way: label })} className={cx("flex h-8 w-full items-center gap-1.5 rounded px-2.5 text-left text-sm text-muted transition-colors hover:bg-hover hover:text-text", (!alone || after.length > 0) && "border-t")}>
            <Plus size={14} aria-hidden />{t(after.length > 0 ? "panel.addParallel" : "panel.add")}
          </button>
        }
        groups={[[{ id: "", label: t("panel.addNew"), icon: Plus, run: addNew }], others("")]}
      />
    </li>
  );
}
