// Changes of a graph, each from a whole graph to another. Nothing is changed in place. Pure.
import type { Doc, FlowNote } from "./doc";
import { absolute, isContainer, isEntrance, newEdge, newNodes, nextId, nodeOf, noWayIn, rec, withData, withInside } from "./doc";
import type { Data, FlowEdge, FlowNode } from "./node-view";
import type { Rect } from "./shape";
import { BOX_HEAD, bounds, contentOf, noteRect, PAD, sizeOf } from "./shape";
import { refuses } from "./rules";
import { waysOf } from "./ways";

export interface Point {
  x: number;
  y: number;
}

const GAP = 60; // between a node and the next
const DOWN = 24; // between nodes one below the other
const GRID = 8;
export const snap = (n: number): number => Math.round(n / GRID) * GRID;

/** Every container at least as large as what is inside. */
export function grown(doc: Doc): Doc {
  let nodes = doc.nodes;
  for (const box of doc.nodes) {
    if (!isContainer(box.type)) continue;
    const least = contentOf({ nodes }, box, sizeOf);
    if (least.width <= box.width && least.height <= box.height) continue;
    const next = { ...box, width: Math.max(box.width, least.width), height: Math.max(box.height, least.height) };
    nodes = nodes.map((n) => (n.id === box.id ? next : n));
  }
  return nodes === doc.nodes ? doc : { ...doc, nodes };
}

export const mapNode = (doc: Doc, id: string, f: (n: FlowNode) => FlowNode): Doc => ({ ...doc, nodes: doc.nodes.map((n) => (n.id === id ? f(n) : n)) });

// --- adding ---

export interface Adding {
  type: string;
  title: string;
  data: Data;
  /** Absolute; without it the place is found beside what it is connected to. */
  at?: Point | undefined;
  /** It comes behind this way out. */
  after?: { node: string; handle: string } | undefined;
  before?: string | undefined;
  /** It comes in the middle of this edge. */
  edge?: string | undefined;
  parent?: string | undefined;
}

/** The graph with a node more, and its id. */
export function add(doc: Doc, a: Adding, now: number): { doc: Doc; id: string } {
  const edge = a.edge ? doc.edges.find((e) => e.id === a.edge) : undefined;
  const from = nodeOf(doc, edge?.from ?? a.after?.node ?? "");
  const to = nodeOf(doc, edge?.to ?? a.before ?? "");
  const parent = nodeOf(doc, from?.parent ?? to?.parent ?? a.parent ?? "");
  const id = nextId(doc, now);
  const made = newNodes({ id, type: a.type, title: uniqueTitle(doc, a.title), data: a.data, x: 0, y: 0, parent });
  const first = made[0];
  if (!first) return { doc, id };
  const size = sizeOf(first);
  const origin = parent ? absolute(doc, parent) : { x: 0, y: 0 };
  const at = a.at ? { x: snap(a.at.x - origin.x), y: snap(a.at.y - origin.y) } : beside(doc, from, to, size, parent?.id ?? "");
  const place = parent ? { x: Math.max(PAD, at.x), y: Math.max(BOX_HEAD, at.y) } : at;
  const node = { ...first, ...place, raw: { ...first.raw, position: place, positionAbsolute: { x: place.x + origin.x, y: place.y + origin.y } } };
  let next: Doc = { ...doc, nodes: [...doc.nodes, node, ...made.slice(1)] };
  if (edge && from && to) {
    next = makeRoom({ ...next, edges: next.edges.filter((e) => e.id !== edge.id) }, node, to, size.width);
    next = link(next, from.id, edge.handle, id);
    next = link(next, id, mainWay(node), to.id);
  } else {
    if (from && a.after) next = link(next, from.id, a.after.handle, id);
    if (to) next = link(next, id, mainWay(node), to.id);
  }
  return { doc: grown(next), id };
}

const mainWay = (n: FlowNode): string => waysOf(n.type, n.data)[0]?.id ?? "source";

/** Beside what it comes behind (or before), below what is there already. */
function beside(doc: Doc, from: FlowNode | undefined, to: FlowNode | undefined, size: { width: number; height: number }, parent: string): Point {
  if (!from && !to) return { x: 0, y: 0 };
  const x = from ? from.x + sizeOf(from).width + GAP : to ? to.x - size.width - GAP : 0;
  const y = (from ?? to)?.y ?? 0;
  return free(doc, { x: Math.round(x), y: Math.round(y), ...size }, parent);
}

/** The place, or the next one below it where nothing stands. */
export function free(doc: Doc, r: Rect, parent: string): Point {
  const others = doc.nodes.filter((n) => n.parent === parent && !isEntrance(n.type)).map((n): Rect => ({ x: n.x, y: n.y, ...sizeOf(n) }));
  let y = r.y;
  for (let tries = 0; tries < 200; tries++) {
    const hit = others.find((o) => o.x < r.x + r.width && r.x < o.x + o.width && o.y < y + r.height + DOWN / 2 && y < o.y + o.height + DOWN / 2);
    if (!hit) break;
    y = snap(hit.y + hit.height + DOWN);
  }
  return { x: r.x, y };
}

/** Moves what stands in the way to the right, so that a node fits into an edge. */
function makeRoom(doc: Doc, node: FlowNode, to: FlowNode, width: number): Doc {
  const missing = node.x + width + GAP - to.x;
  if (missing <= 0) return doc;
  return { ...doc, nodes: doc.nodes.map((n) => (n.parent === node.parent && n.id !== node.id && !isEntrance(n.type) && n.x >= to.x ? { ...n, x: n.x + snap(missing) } : n)) };
}

/** The title, with a number where another node is called so. */
export function uniqueTitle(doc: Pick<Doc, "nodes">, title: string): string {
  const taken = new Set(doc.nodes.map((n) => n.title));
  if (!taken.has(title)) return title;
  const bare = title.replace(/ \d+$/, "");
  let i = 2;
  while (taken.has(`${bare} ${i}`)) i++;
  return `${bare} ${i}`;
}

/** With an edge more, where it may be. */
export function link(doc: Doc, from: string, handle: string, to: string): Doc {
  const a = nodeOf(doc, from);
  const b = nodeOf(doc, to);
  if (!a || !b || refuses(doc, from, handle, to)) return doc;
  return { ...doc, edges: [...doc.edges, newEdge(doc, a, handle, b)] };
}

// --- removing ---

/** Without the nodes, notes and edges. A single node in the middle of a line leaves the line closed. */
export function remove(doc: Doc, ids: readonly string[]): Doc {
  const named = new Set(ids.filter((id) => !isEntrance(nodeOf(doc, id)?.type ?? "")));
  const gone = withInside(doc, named);
  const into = doc.edges.filter((e) => gone.has(e.to) && !gone.has(e.from));
  const out = doc.edges.filter((e) => gone.has(e.from) && !gone.has(e.to));
  const nodes = doc.nodes.filter((n) => !gone.has(n.id));
  let next: Doc = { ...doc, nodes: nodes.length === doc.nodes.length ? doc.nodes : nodes, notes: doc.notes.filter((n) => !gone.has(n.id)), edges: doc.edges.filter((e) => !gone.has(e.from) && !gone.has(e.to) && !named.has(e.id)) };
  const [a] = into;
  const [b] = out;
  if (named.size === 1 && into.length === 1 && out.length === 1 && a && b) next = link(next, a.from, a.handle, b.to);
  return next;
}

// --- moving ---

/** Moves nodes and notes to places; inside a container they stay inside. */
export function place(doc: Doc, to: ReadonlyMap<string, Point>): Doc {
  const put = <T extends { id: string; x: number; y: number }>(n: T, inside: boolean): T => {
    const p = to.get(n.id);
    if (!p) return n;
    const x = inside ? Math.max(PAD, p.x) : p.x;
    const y = inside ? Math.max(BOX_HEAD, p.y) : p.y;
    return x === n.x && y === n.y ? n : { ...n, x, y };
  };
  return { ...doc, nodes: doc.nodes.map((n) => put(n, n.parent !== "")), notes: doc.notes.map((n) => put(n, false)) };
}

export function shift(doc: Doc, ids: ReadonlySet<string>, dx: number, dy: number): Doc {
  const to = new Map<string, Point>();
  for (const n of [...doc.nodes, ...doc.notes]) if (ids.has(n.id) && !("parent" in n && ids.has(n.parent))) to.set(n.id, { x: n.x + dx, y: n.y + dy });
  return grown(place(doc, to));
}

export function resize(doc: Doc, id: string, width: number, height: number): Doc {
  return {
    ...doc,
    nodes: doc.nodes.map((n) => {
      if (n.id !== id || !isContainer(n.type)) return n;
      const least = contentOf(doc, n, sizeOf);
      return { ...n, width: Math.max(snap(width), least.width), height: Math.max(snap(height), least.height) };
    }),
    notes: doc.notes.map((n) => (n.id === id ? { ...n, width: Math.max(120, snap(width)), height: Math.max(56, snap(height)) } : n)),
  };
}

export type Align = "left" | "center" | "right" | "top" | "middle" | "bottom" | "across" | "down";

const rectOf = (n: FlowNode | FlowNote): Rect => ("type" in n ? { x: n.x, y: n.y, ...sizeOf(n) } : noteRect(n));

/** Lines the chosen up, or spreads them evenly. Only what is in one place together moves: the canvas, or one container. */
export function align(doc: Doc, ids: ReadonlySet<string>, how: Align): Doc {
  const all = [...doc.nodes.filter((n) => !isEntrance(n.type)), ...doc.notes].filter((n) => ids.has(n.id));
  const parent = (n: FlowNode | FlowNote): string => ("type" in n ? n.parent : "");
  const first = all[0];
  if (!first) return doc;
  const mine = all.filter((n) => parent(n) === parent(first)).map((n) => ({ id: n.id, r: rectOf(n) }));
  const b = bounds(mine.map((m) => m.r));
  const to = new Map<string, Point>();
  if (how === "across" || how === "down") {
    const [at, len] = how === "across" ? (["x", "width"] as const) : (["y", "height"] as const);
    const sorted = mine.toSorted((p, q) => p.r[at] - q.r[at]);
    const room = Math.max(GRID * 2, (b[len] - sorted.reduce((s, m) => s + m.r[len], 0)) / Math.max(1, sorted.length - 1));
    let pos = b[at];
    for (const m of sorted) {
      to.set(m.id, { x: m.r.x, y: m.r.y, [at]: snap(pos) });
      pos += m.r[len] + room;
    }
  } else
    for (const { id, r } of mine)
      to.set(id, {
        x: how === "left" ? b.x : how === "right" ? b.x + b.width - r.width : how === "center" ? Math.round(b.x + (b.width - r.width) / 2) : r.x,
        y: how === "top" ? b.y : how === "bottom" ? b.y + b.height - r.height : how === "middle" ? Math.round(b.y + (b.height - r.height) / 2) : r.y,
      });
  return grown(place(doc, to));
}

// --- another kind ---

/** The node as another kind: its place, what leads to it, and the ways out that the new kind has too. */
export function changeType(doc: Doc, id: string, type: string, title: string, data: Data, keepTitle: boolean): Doc {
  const was = nodeOf(doc, id);
  if (!was || was.type === type) return doc;
  const bare: Doc = isContainer(was.type) ? remove(doc, doc.nodes.filter((n) => n.parent === id && !isEntrance(n.type)).map((n) => n.id)) : doc;
  const parent = nodeOf(doc, was.parent);
  const rest = { ...bare, nodes: bare.nodes.filter((n) => n.id !== id && n.parent !== id) };
  const made = newNodes({ id, type, title: keepTitle ? was.title : uniqueTitle(rest, title), data: { ...data, ...(was.data["desc"] ? { desc: was.data["desc"] } : {}) }, x: was.x, y: was.y, parent });
  const node = made[0];
  if (!node) return doc;
  const at = bare.nodes.findIndex((n) => n.id === id);
  const nodes = [...rest.nodes.slice(0, at), ...made, ...rest.nodes.slice(at)];
  const ways = waysOf(type, node.data).map((w) => w.id);
  const mine = bare.edges.filter((e) => e.from === id);
  const kept = (e: FlowEdge): FlowEdge[] => {
    const a = nodes.find((n) => n.id === e.from);
    const b = nodes.find((n) => n.id === e.to);
    if (!a || !b) return [];
    if (e.to === id) return noWayIn(type) ? [] : [{ ...e, raw: { ...e.raw, data: { ...rec(e.raw["data"]), targetType: type } } }];
    if (e.from !== id) return [e];
    const handle = ways.includes(e.handle) ? e.handle : mine.length === 1 ? ways[0] : undefined;
    return handle === undefined ? [] : [newEdge({ nodes }, a, handle, b)];
  };
  return { ...bare, nodes, edges: bare.edges.flatMap(kept) };
}

export function setData(doc: Doc, id: string, part: Data): Doc {
  const was = nodeOf(doc, id);
  const next = mapNode(doc, id, (n) => withData(n, part));
  const now = nodeOf(next, id);
  if (!was || !now) return doc;
  const before = waysOf(was.type, was.data);
  const after = waysOf(now.type, now.data);
  // Only what this change took away: a file may have edges on ways that nobody here knows.
  const lost = new Set(before.map((w) => w.id).filter((w) => !after.some((x) => x.id === w)));
  return lost.size === 0 ? next : { ...next, edges: next.edges.filter((e) => e.from !== id || !lost.has(e.handle)) };
}
