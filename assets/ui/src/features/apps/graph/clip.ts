// Nodes on the clipboard: JSON, so that they go to other apps and other sites. Pasted nodes get new ids; what they read of each
// other is renamed with them, what they read of nodes that stayed behind is left as it is, and the checklist says so. Pure.
import { isRecord } from "@/api/client";
import type { Doc } from "./doc";
import { absolute, isContainer, isEntrance, nodeOf, readDoc, rec, text, withInside, writeDoc } from "./doc";
import { grown, snap, uniqueTitle } from "./edit";
import type { Point } from "./edit";
import type { Data, FlowEdge, FlowNode, Place } from "./node-view";
import { renameNodes } from "./reference";
import { barred } from "./rules";
import { bounds, noteRect, PAD, BOX_HEAD, sizeOf } from "./shape";

const KIND = "islet-nodes";

/** The chosen with all that is inside them, and the edges among them; null where there is nothing to copy. */
export function copy(doc: Doc, ids: ReadonlySet<string>): string | null {
  const all = withInside(doc, [...ids].filter((id) => !isEntrance(nodeOf(doc, id)?.type ?? "")));
  const nodes = doc.nodes.filter((n) => all.has(n.id));
  const notes = doc.notes.filter((n) => all.has(n.id));
  if (nodes.length + notes.length === 0) return null;
  const edges = doc.edges.filter((e) => all.has(e.from) && all.has(e.to));
  const written = writeDoc({ ...doc, nodes, notes, edges, raw: {}, order: { nodes: [], edges: [] }, viewport: null });
  return JSON.stringify({ kind: KIND, version: 1, nodes: written["nodes"], edges: written["edges"] }, null, 1);
}

/** What a text of the clipboard brings; null where it is none. Any JSON with Dify's nodes is taken. */
export function readClip(s: string): Doc | null {
  if (!s.trimStart().startsWith("{") || s.length > 5_000_000) return null;
  try {
    const v: unknown = JSON.parse(s);
    if (!isRecord(v)) return null;
    const graph = isRecord(v["graph"]) ? v["graph"] : v;
    const doc = readDoc({ nodes: graph["nodes"], edges: graph["edges"] });
    return doc.nodes.length + doc.notes.length > 0 ? doc : null;
  } catch {
    return null;
  }
}

export interface Pasted {
  doc: Doc;
  ids: string[];
  /** Nodes that may not stand here. */
  left: number;
}

/** Into the graph, with the middle at a place; in a container if one is named. */
export function paste(doc: Doc, clip: Doc, mode: Place["mode"], now: number, at: Point | null, into = ""): Pasted {
  const parent = nodeOf(doc, into);
  const inClip = new Set(clip.nodes.map((n) => n.id));
  const top = (n: FlowNode): boolean => n.parent === "" || !inClip.has(n.parent);
  const homeOf = (n: FlowNode): FlowNode | undefined => parent ?? (top(n) ? nodeOf(doc, cameFrom(n)) : undefined);
  const fits = new Set(clip.nodes.filter((n) => (isEntrance(n.type) ? !top(n) : barred(doc, n.type, mode, top(n) ? homeOf(n) : nodeOf(clip, n.parent)) === null)).map((n) => n.id));
  for (const n of clip.nodes) if (!top(n) && !fits.has(n.parent)) fits.delete(n.id);
  let start = false; // two of a kind that may be there once
  for (const n of clip.nodes) if (n.type === "start" && fits.has(n.id)) start ? fits.delete(n.id) : (start = true);

  const ids = renamed(doc, clip, fits, now);
  const nodes = clip.nodes.filter((n) => fits.has(n.id));
  const box = bounds([...nodes.filter(top).map((n) => ({ ...spot(clip, n), ...sizeOf(n) })), ...clip.notes.map(noteRect)]);
  const origin = parent ? absolute(doc, parent) : { x: 0, y: 0 };
  const d = at ? { x: snap(at.x - origin.x - box.x - box.width / 2), y: snap(at.y - origin.y - box.y - box.height / 2) } : { x: 40, y: 40 };
  let next: Doc = { ...doc };
  const made: string[] = [];
  for (const n of nodes) {
    const id = ids.get(n.id) ?? n.id;
    const isTop = top(n);
    const home = isTop ? homeOf(n) : undefined;
    const from = isTop && !(home && cameFrom(n) === home.id) ? spot(clip, n) : { x: n.x, y: n.y };
    const p = isTop ? { x: from.x + d.x, y: from.y + d.y } : from;
    const placed = home ? { x: Math.max(PAD, p.x), y: Math.max(BOX_HEAD, p.y) } : p;
    next = { ...next, nodes: [...next.nodes, fresh(n, id, isTop ? (home?.id ?? "") : (ids.get(n.parent) ?? ""), home, placed, ids, isEntrance(n.type) ? n.title : uniqueTitle(next, n.title))] };
    if (isTop) made.push(id);
  }
  for (const n of clip.notes) {
    const id = ids.get(n.id) ?? n.id;
    const p = { x: n.x + d.x + origin.x, y: n.y + d.y + origin.y };
    next = { ...next, notes: [...next.notes, { ...n, id, ...p, raw: { ...n.raw, id, position: p, positionAbsolute: p, selected: false } }] };
    made.push(id);
  }
  const edges = clip.edges.filter((e) => fits.has(e.from) && fits.has(e.to)).map((e) => freshEdge(e, ids, nodeOf(next, nodeOf(next, ids.get(e.from) ?? "")?.parent ?? "")));
  return { doc: grown({ ...next, edges: [...next.edges, ...edges] }), ids: made, left: clip.nodes.filter((n) => !isEntrance(n.type)).length - nodes.filter((n) => !isEntrance(n.type)).length };
}

/** The container that it was copied out of, which may be one of this graph. */
const cameFrom = (n: FlowNode): string => text(n.raw["parentId"]) || text(n.data["iteration_id"]) || text(n.data["loop_id"]);

const spot = (clip: Doc, n: FlowNode): Point => {
  const abs = rec(n.raw["positionAbsolute"]);
  return n.parent === "" && n.raw["parentId"] && typeof abs["x"] === "number" && typeof abs["y"] === "number" ? { x: abs["x"], y: abs["y"] } : absolute(clip, n);
};

/** New ids of all that comes; the entrance of a container is named after it. */
function renamed(doc: Doc, clip: Doc, fits: ReadonlySet<string>, now: number): Map<string, string> {
  const taken = new Set([...doc.nodes.map((n) => n.id), ...doc.notes.map((n) => n.id)]);
  const ids = new Map<string, string>();
  for (const n of [...clip.nodes.filter((x) => fits.has(x.id) && !isEntrance(x.type)), ...clip.notes]) {
    while (taken.has(String(now)) || taken.has(`${now}start`)) now++;
    taken.add(String(now));
    ids.set(n.id, String(now));
  }
  for (const n of clip.nodes) if (isEntrance(n.type) && ids.has(n.parent)) ids.set(n.id, `${ids.get(n.parent) ?? ""}start`);
  return ids;
}

/** A node under an id, in a home. */
export function fresh(n: FlowNode, id: string, parent: string, home: FlowNode | undefined, at: Point, ids: ReadonlyMap<string, string>, title: string): FlowNode {
  const { parentId: _p, extent: _e, zIndex: _z, ...bare } = n.raw;
  const { isInIteration: _i, isInLoop: _l, iteration_id: _ii, loop_id: _li, ...rest } = n.data;
  const inside = parent === "" ? {} : home ? memberOf(home) : keepMember(n, parent);
  const data = renameNodes({ ...rest, ...inside, title, selected: false, ...(isContainer(n.type) ? { start_node_id: `${id}start` } : {}) }, ids);
  const frame = parent === "" ? (isContainer(n.type) ? { zIndex: 1 } : {}) : { parentId: parent, ...(isEntrance(n.type) ? {} : { extent: "parent" }), zIndex: 1002 };
  const raw: Data = { ...bare, ...frame, id, data, position: at, selected: false };
  const { positionAbsolute: _a, ...still } = raw;
  return { ...n, id, parent, title, data, ...at, raw: home || parent !== "" ? still : { ...raw, positionAbsolute: at } };
}

const memberOf = (home: FlowNode): Data => (home.type === "iteration" ? { isInIteration: true, isInLoop: false, iteration_id: home.id } : { isInIteration: false, isInLoop: true, loop_id: home.id });

function keepMember(n: FlowNode, parent: string): Data {
  const out: { [k: string]: unknown } = {};
  for (const k of ["isInIteration", "isInLoop"]) if (k in n.data) out[k] = n.data[k];
  if (text(n.data["iteration_id"])) out["iteration_id"] = parent;
  if (text(n.data["loop_id"])) out["loop_id"] = parent;
  return out;
}

/** A line under the ids of its ends. */
export function freshEdge(e: FlowEdge, ids: ReadonlyMap<string, string>, parent: FlowNode | undefined): FlowEdge {
  const from = ids.get(e.from) ?? e.from;
  const to = ids.get(e.to) ?? e.to;
  const id = `${from}-${e.handle}-${to}-target`;
  const { iteration_id: _i, loop_id: _l, ...data } = rec(e.raw["data"]);
  return { id, from, to, handle: e.handle, raw: { ...e.raw, id, source: from, target: to, selected: false, zIndex: parent ? 1002 : 0, data: { ...data, isInIteration: false, isInLoop: false, ...(parent ? memberOf(parent) : {}) } } };
}
