// Nodes moved into a container or out of one. They keep their ids, so whoever reads them still does; lines over the container's
// border are cut. Pure.
import { fresh, freshEdge } from "./clip";
import type { Doc } from "./doc";
import { absolute, isEntrance, nodeOf } from "./doc";
import type { Point } from "./edit";
import { free, grown, snap } from "./edit";
import type { FlowNode, Place } from "./node-view";
import { barred } from "./rules";
import { BOX_HEAD, PAD, sizeOf } from "./shape";

export interface Rehomed {
  doc: Doc;
  moved: string[];
  /** Nodes that may not stand there. */
  left: number;
  /** Lines that ended at the border. */
  cut: number;
}

const same: ReadonlyMap<string, string> = new Map();

/** home is the container, "" the canvas. With places of their own (absolute) the nodes stay under the pointer. */
export function rehome(doc: Doc, ids: Iterable<string>, home: string, mode: Place["mode"], at?: ReadonlyMap<string, Point>): Rehomed {
  const parent = home === "" ? undefined : nodeOf(doc, home);
  const wanted = [...ids].flatMap((id) => nodeOf(doc, id) ?? []).filter((n) => n.id !== home && n.parent !== home && !isEntrance(n.type));
  const goes = wanted.filter((n) => barred({ ...doc, nodes: doc.nodes.filter((x) => x.id !== n.id) }, n.type, mode, parent) === null);
  const moved = new Set(goes.map((n) => n.id));
  let next = doc;
  for (const n of goes) {
    const put = fresh(n, n.id, home, parent, spot(next, n, parent, at?.get(n.id)), same, n.title);
    next = { ...next, nodes: next.nodes.map((x) => (x.id === n.id ? put : x)) };
  }
  const apart = (e: { from: string; to: string }): boolean => moved.has(e.from) !== moved.has(e.to) && nodeOf(next, e.from)?.parent !== nodeOf(next, e.to)?.parent;
  const cut = next.edges.filter(apart);
  const edges = next.edges.filter((e) => !apart(e)).map((e) => (moved.has(e.from) && moved.has(e.to) ? freshEdge(e, same, parent) : e));
  return { doc: goes.length > 0 ? grown({ ...next, edges }) : doc, moved: [...moved], left: wanted.length - goes.length, cut: cut.length };
}

/** Where a node comes to stand, seen from its new home. */
function spot(doc: Doc, n: FlowNode, parent: FlowNode | undefined, at: Point | undefined): Point {
  const abs = at ?? absolute(doc, n);
  if (parent) {
    const origin = absolute(doc, parent);
    return free(doc, { x: Math.max(PAD, snap(abs.x - origin.x)), y: Math.max(BOX_HEAD, snap(abs.y - origin.y)), ...sizeOf(n) }, parent.id);
  }
  const box = nodeOf(doc, n.parent);
  return free(doc, { x: abs.x, y: box ? absolute(doc, box).y + box.height + 40 : abs.y, ...sizeOf(n) }, "");
}
