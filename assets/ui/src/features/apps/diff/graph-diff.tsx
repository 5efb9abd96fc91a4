import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Diff } from "@/api/inspect";
import { nodeIcon, nodeTitle } from "@/parts/flow/kinds";
import { cx } from "@/ui/cx";
import type { GraphEdge, GraphNode } from "../graph/graph";
import { isContainer, isEntrance, readGraph } from "../graph/graph";
import { curve, layout } from "../graph/layout";
import type { Kind } from "./changes";
import { kindOf } from "./changes";

const WIDTH = 196;
const HEIGHT = 44;
const HEAD = 34; // of a container
const EDGE = 24; // room around the whole
const ROOM = 976; // that the dialog has on a wide screen
const LEAST = 0.6; // below, titles cannot be read, and one scrolls instead

const borders: Record<Kind | "same", string> = { added: "border-ok-text bg-ok-soft", removed: "border-danger border-dashed bg-danger-soft", changed: "border-warn-text bg-warn-soft", same: "border-line bg-surface text-muted" };
const strokes: Record<Kind | "same", string> = { added: "stroke-ok-text", removed: "stroke-danger", changed: "stroke-warn-text", same: "stroke-line-strong" };

/** Both graphs in one drawing: what came is green, what went is red and dashed, what changed is amber. */
export function GraphDiff({ before, after, diff, picked, onPick }: { before: unknown; after: unknown; diff: Diff; picked: string; onPick: (node: string) => void }) {
  const { t } = useTranslation();
  const { nodes, edges } = useMemo(() => union(before, after, diff), [before, after, diff]);
  const plan = useMemo(
    () => layout(nodes.map((n) => ({ id: n.id, parent: n.parent, width: isEntrance(n.type) ? 36 : WIDTH, height: isEntrance(n.type) ? 36 : HEIGHT, ...(isContainer(n.type) ? { head: HEAD } : {}) })), edges),
    [nodes, edges],
  );
  const width = plan.width + 2 * EDGE;
  const height = plan.height + 2 * EDGE;
  const zoom = Math.max(LEAST, Math.min(1, ROOM / width));
  const kind = (n: GraphNode): Kind | "same" => {
    const d = diff.nodes.find((x) => x.id === n.id);
    return d ? kindOf(d.kind) : "same";
  };
  const draw = (n: GraphNode) => {
    const p = plan.places[n.id];
    if (!p) return null;
    const k = kind(n);
    const Icon = nodeIcon(n.type);
    const box = { left: p.x + EDGE, top: p.y + EDGE, width: p.width, height: p.height };
    if (isEntrance(n.type)) return <span key={n.id} aria-hidden className="absolute flex items-center justify-center rounded-full border bg-surface text-faint" style={box}><Icon size={14} /></span>;
    const name = [nodeTitle(t, n.type), n.title, k === "same" ? t("diff.unchanged") : t(`diff.${k}`)].join(", ");
    const row = cx("flex w-full items-center gap-2 px-2.5 text-left", isContainer(n.type) ? "h-[34px]" : "h-full");
    const inside = (
      <>
        <Icon size={15} aria-hidden className="shrink-0" />
        <span className="min-w-0 flex-1 truncate text-sm font-medium" title={n.title}>{n.title}</span>
      </>
    );
    return (
      <div key={n.id} className={cx("absolute rounded-md border", borders[k], picked === n.id && "shadow-[0_0_0_2px_color-mix(in_srgb,var(--accent)_45%,transparent)]")} style={box}>
        {k === "same" ? <div className={row}>{inside}</div> : <button type="button" aria-label={name} aria-pressed={picked === n.id} onClick={() => onPick(n.id)} className={cx(row, "rounded-md")}>{inside}</button>}
      </div>
    );
  };
  return (
    <div tabIndex={0} role="group" aria-label={t("diff.graph")} className="max-h-[38vh] overflow-auto rounded-md border bg-bg">
      <div className="mx-auto" style={{ width: width * zoom, height: height * zoom }}>
        <div className="relative origin-top-left" style={{ width, height, transform: `scale(${zoom})` }}>
          {nodes.filter((n) => isContainer(n.type)).map(draw)}
          <svg aria-hidden width={width} height={height} className="pointer-events-none absolute inset-0">
            {edges.map((e) => {
              const path = plan.paths[e.id];
              return path ? <path key={e.id} d={curve(path.map((q) => ({ x: q.x + EDGE, y: q.y + EDGE })))} fill="none" strokeWidth={e.kind === "same" ? 1.5 : 2} strokeDasharray={e.kind === "removed" ? "5 4" : undefined} className={strokes[e.kind]} /> : null;
            })}
          </svg>
          {nodes.filter((n) => !isContainer(n.type)).map(draw)}
        </div>
      </div>
    </div>
  );
}

interface DrawnEdge extends GraphEdge {
  kind: Kind | "same";
}

/** The later graph with what is gone from the earlier one. */
function union(before: unknown, after: unknown, diff: Diff): { nodes: GraphNode[]; edges: DrawnEdge[] } {
  const old = readGraph(before);
  const now = readGraph(after);
  const nodes = [...now.nodes, ...old.nodes.filter((n) => !now.nodes.some((m) => m.id === n.id))];
  const changed = (e: GraphEdge, kind: Kind): boolean => diff.edges.some((d) => d.kind === kind && d.from === e.from && d.to === e.to);
  const edges = now.edges.map((e): DrawnEdge => ({ ...e, kind: changed(e, "added") ? "added" : "same" }));
  const gone = old.edges.filter((e) => changed(e, "removed")).map((e): DrawnEdge => ({ ...e, id: `${e.id} removed`, kind: "removed" }));
  return { nodes, edges: [...edges, ...gone] };
}
