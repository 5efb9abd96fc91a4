// Auto layout: the layered layout of layout.ts on the graph as it is edited. Pure.
import type { Doc } from "./doc";
import { isContainer, isEntrance } from "./doc";
import { place, snap } from "./edit";
import type { Point } from "./edit";
import type { Box } from "./layout";
import { layout } from "./layout";
import type { FlowNode } from "./node-view";
import { AXIS, BOX_HEAD, PAD, sizeOf } from "./shape";
import { waysOf } from "./ways";

const HEAD = BOX_HEAD - PAD; // what the title of a container takes above its padding

/** The graph in columns, each node right of what leads to it; within a container only, if one is named. */
export function arrange(doc: Doc, within = ""): Doc {
  const mine = (n: FlowNode): boolean => within === "" || n.parent === within;
  const boxes = doc.nodes.filter(mine).map((n): Box => ({ id: n.id, parent: within ? "" : n.parent, ...sizeOf(n), axis: isEntrance(n.type) ? sizeOf(n).height / 2 : AXIS, ...(isContainer(n.type) ? { head: HEAD } : {}) }));
  const way = new Map(doc.nodes.map((n) => [n.id, waysOf(n.type, n.data).map((w) => w.id)]));
  const links = doc.edges
    .map((e) => ({ id: e.id, from: e.from, to: e.to, at: way.get(e.from)?.indexOf(e.handle) ?? 0 }))
    .sort((a, b) => a.at - b.at);
  const plan = layout(boxes, links);
  const first = doc.nodes.filter((n) => n.parent === within && !isEntrance(n.type));
  const origin = within ? { x: PAD, y: BOX_HEAD } : { x: Math.min(...first.map((n) => n.x)), y: Math.min(...first.map((n) => n.y)) };
  const to = new Map<string, Point>();
  for (const n of doc.nodes.filter(mine)) {
    const p = plan.places[n.id];
    const parent = within ? undefined : plan.places[n.parent];
    if (p) to.set(n.id, parent ? { x: snap(p.x - parent.x), y: snap(p.y - parent.y) } : { x: snap(origin.x + p.x), y: snap(origin.y + p.y) });
  }
  const sized = { ...doc, nodes: doc.nodes.map((n) => {
    const p = plan.places[n.id];
    return p && isContainer(n.type) && !within ? { ...n, width: snap(p.width), height: snap(p.height) } : n;
  }) };
  return place(sized, to);
}
