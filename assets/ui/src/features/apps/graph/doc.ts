// A graph as it is edited, read from Dify's JSON and written back. Lossless: a record that nobody touched is written as it was
// read, the very same object, and of one that was touched only what changed is another. Pure.
import { isRecord } from "@/api/client";
import type { Data, FlowEdge, FlowNode } from "./node-view";

/** A comment on the canvas. Its text is a Lexical document in the file; here it is what people read of it. */
export interface FlowNote {
  id: string;
  text: string;
  theme: string;
  author: string;
  showAuthor: boolean;
  x: number;
  y: number;
  width: number;
  height: number;
  raw: Data;
}

export interface Viewport {
  x: number;
  y: number;
  zoom: number;
}

export interface Doc {
  nodes: readonly FlowNode[];
  edges: readonly FlowEdge[];
  notes: readonly FlowNote[];
  viewport: Viewport | null;
  /** The records of nodes and edges in the order of the file: ids, and what could not be read as it is. */
  order: { nodes: readonly (string | { junk: unknown })[]; edges: readonly (string | { junk: unknown })[] };
  raw: Data;
}

export const text = (v: unknown): string => (typeof v === "string" ? v : typeof v === "number" ? String(v) : "");
export const list = (v: unknown): readonly unknown[] => (Array.isArray(v) ? v : []);
export const rec = (v: unknown): Data => (isRecord(v) ? v : {});
const num = (v: unknown, other: number): number => (typeof v === "number" && Number.isFinite(v) ? v : other);

/** What Dify measures of a card; ours is drawn by its own rule, see shape.ts. */
export const CARD = { width: 244, height: 90 } as const;

export const isContainer = (type: string): boolean => type === "iteration" || type === "loop";
/** The entrance of a container, which nobody adds or removes by itself. */
export const isEntrance = (type: string): boolean => type === "iteration-start" || type === "loop-start";
export const isTrigger = (type: string): boolean => type.startsWith("trigger-");
/** Where a run begins. */
export const isRoot = (type: string): boolean => type === "start" || isTrigger(type);
/** Nothing leads into these. */
export const noWayIn = (type: string): boolean => isRoot(type) || isEntrance(type);
/** Nothing leads out of these. */
export const noWayOut = (type: string): boolean => type === "end" || type === "loop-end";

export const emptyDoc: Doc = { nodes: [], edges: [], notes: [], viewport: null, order: { nodes: [], edges: [] }, raw: {} };

// --- reading ---

export function readDoc(raw: unknown): Doc {
  const top = rec(raw);
  const nodes: FlowNode[] = [];
  const notes: FlowNote[] = [];
  const seen = new Set<string>();
  const nodeOrder = list(top["nodes"]).map((r): string | { junk: unknown } => {
    const id = isRecord(r) ? text(r["id"]) : "";
    if (!isRecord(r) || id === "" || seen.has(id)) return { junk: r };
    if (text(r["type"]) === "custom-note") notes.push(readNote(r));
    else if (text(rec(r["data"])["type"]) !== "") nodes.push(readNode(r));
    else return { junk: r };
    seen.add(id);
    return id;
  });
  const known = new Set(nodes.map((n) => n.id));
  for (const n of nodes) if (!known.has(n.parent) || n.parent === n.id) n.parent = "";
  const edges: FlowEdge[] = [];
  const edgeIds = new Set<string>();
  const edgeOrder = list(top["edges"]).map((r): string | { junk: unknown } => {
    if (!isRecord(r)) return { junk: r };
    const e = readEdge(r);
    if (!known.has(e.from) || !known.has(e.to) || edgeIds.has(e.id)) return { junk: r };
    edgeIds.add(e.id);
    edges.push(e);
    return e.id;
  });
  const v = top["viewport"];
  return { nodes, edges, notes, viewport: isRecord(v) ? { x: num(v["x"], 0), y: num(v["y"], 0), zoom: num(v["zoom"], 1) } : null, order: { nodes: nodeOrder, edges: edgeOrder }, raw: top };
}

function readNode(r: Data): FlowNode {
  const data = rec(r["data"]);
  const at = rec(r["position"]);
  const type = text(data["type"]);
  const own = isContainer(type) ? data : {};
  return {
    id: text(r["id"]),
    type,
    title: text(data["title"]),
    data,
    parent: text(r["parentId"]) || text(data["iteration_id"]) || text(data["loop_id"]),
    x: num(at["x"], 0),
    y: num(at["y"], 0),
    width: num(r["width"], num(own["width"], CARD.width)),
    height: num(r["height"], num(own["height"], CARD.height)),
    raw: r,
  };
}

function readNote(r: Data): FlowNote {
  const data = rec(r["data"]);
  const at = rec(r["position"]);
  return {
    id: text(r["id"]),
    text: noteText(text(data["text"])),
    theme: text(data["theme"]) || "blue",
    author: text(data["author"]),
    showAuthor: data["showAuthor"] === true,
    x: num(at["x"], 0),
    y: num(at["y"], 0),
    width: num(data["width"], num(r["width"], 240)),
    height: num(data["height"], num(r["height"], 88)),
    raw: r,
  };
}

function readEdge(r: Data): FlowEdge {
  const from = text(r["source"]);
  const to = text(r["target"]);
  const handle = text(r["sourceHandle"]) || "source";
  return { id: text(r["id"]) || edgeId(from, handle, to), from, to, handle, raw: r };
}

// --- writing ---

/** The graph as the file has it. What did not change since it was read is the same object. */
export function writeDoc(doc: Doc): Data {
  const nodes = new Map([...doc.nodes.map((n): [string, Data] => [n.id, writeNode(n, doc)]), ...doc.notes.map((n): [string, Data] => [n.id, writeNote(n)])]);
  const edges = new Map(doc.edges.map((e): [string, Data] => [e.id, writeEdge(e)]));
  const out: { [k: string]: unknown } = { ...doc.raw };
  out["nodes"] = inOrder(doc.order.nodes, nodes, list(doc.raw["nodes"]));
  out["edges"] = inOrder(doc.order.edges, edges, list(doc.raw["edges"]));
  const was = rec(doc.raw["viewport"]);
  if (doc.viewport && (was["x"] !== doc.viewport.x || was["y"] !== doc.viewport.y || was["zoom"] !== doc.viewport.zoom)) out["viewport"] = { ...was, ...doc.viewport };
  return out;
}

/** First what the file had, in its order, then what is new. */
function inOrder(order: readonly (string | { junk: unknown })[], all: Map<string, Data>, was: readonly unknown[]): readonly unknown[] {
  const out: unknown[] = [];
  for (const o of order) {
    if (typeof o !== "string") out.push(o.junk);
    else {
      const r = all.get(o);
      if (r) out.push(r);
      all.delete(o);
    }
  }
  out.push(...all.values());
  return out.length === was.length && out.every((r, i) => r === was[i]) ? was : out;
}

function writeNode(n: FlowNode, doc: Doc): Data {
  const r = n.raw;
  const was = readNode(r);
  const part: { [k: string]: unknown } = {};
  if (n.data !== was.data) part["data"] = n.data;
  if (n.x !== was.x || n.y !== was.y || !r["position"]) part["position"] = { x: n.x, y: n.y };
  if (n.width !== was.width || n.height !== was.height) {
    part["width"] = n.width;
    part["height"] = n.height;
    if (isContainer(n.type)) part["data"] = { ...n.data, width: n.width, height: n.height };
  }
  const abs = moved(n, doc);
  if (abs) part["positionAbsolute"] = abs;
  return Object.keys(part).length > 0 ? { ...r, ...part } : r;
}

/** Where it stands on the whole canvas, if that is not where the file says it does because it, or what it is in, was moved. */
function moved(n: FlowNode, doc: Doc): { x: number; y: number } | null {
  const chain = [n, ...parentsOf(doc, n)];
  const still = chain.every((x) => {
    const at = rec(x.raw["position"]);
    return at["x"] === x.x && at["y"] === x.y;
  });
  if (still) return null;
  return { x: chain.reduce((s, x) => s + x.x, 0), y: chain.reduce((s, x) => s + x.y, 0) };
}

function writeNote(n: FlowNote): Data {
  const was = readNote(n.raw);
  const data: { [k: string]: unknown } = {};
  if (n.text !== was.text) data["text"] = noteDocument(n.text, text(rec(n.raw["data"])["text"]));
  if (n.theme !== was.theme) data["theme"] = n.theme;
  if (n.author !== was.author) data["author"] = n.author;
  if (n.showAuthor !== was.showAuthor) data["showAuthor"] = n.showAuthor;
  const part: { [k: string]: unknown } = {};
  if (n.width !== was.width || n.height !== was.height) {
    data["width"] = n.width;
    data["height"] = n.height;
    part["width"] = n.width;
    part["height"] = n.height;
  }
  if (n.x !== was.x || n.y !== was.y) {
    part["position"] = { x: n.x, y: n.y };
    part["positionAbsolute"] = { x: n.x, y: n.y };
  }
  if (Object.keys(data).length > 0) part["data"] = { ...rec(n.raw["data"]), ...data };
  return Object.keys(part).length > 0 ? { ...n.raw, ...part } : n.raw;
}

function writeEdge(e: FlowEdge): Data {
  return e.raw;
}

// --- what people read of a note's document ---

/** The words of a Lexical document, a line per paragraph or item of a list. A text that is none is read as it is. */
export function noteText(s: string): string {
  const root = lexical(s);
  return root ? blocks(rec(root["root"])).join("\n") : s;
}

function lexical(s: string): Data | null {
  if (!s.startsWith("{")) return null;
  try {
    const v: unknown = JSON.parse(s);
    return isRecord(v) && isRecord(v["root"]) ? v : null;
  } catch {
    return null;
  }
}

function blocks(n: Data): string[] {
  return list(n["children"]).map(rec).flatMap((c) => (text(c["type"]) === "list" ? list(c["children"]).map(rec).map(inline) : [inline(c)]));
}

const inline = (n: Data): string => (text(n["type"]) === "linebreak" ? "\n" : text(n["text"]) + list(n["children"]).map(rec).map(inline).join(""));

/** A Lexical document of the text: paragraphs that did not change keep their looks, links and lists. */
export function noteDocument(s: string, before: string): string {
  const root = lexical(before);
  const old = list(rec(root?.["root"])["children"]).map(rec);
  const lines = s.split("\n");
  const children: Data[] = [];
  for (let i = 0; i < lines.length; ) {
    const kept = old.find((b) => {
      const own = blocks({ children: [b] }).join("\n").split("\n");
      return own.some((l) => l !== "") && own.every((l, j) => lines[i + j] === l);
    });
    children.push(kept ?? paragraph(lines[i] ?? ""));
    i += kept ? blocks({ children: [kept] }).join("\n").split("\n").length : 1;
  }
  return JSON.stringify({ ...root, root: { direction: "ltr", format: "", indent: 0, type: "root", version: 1, ...rec(root?.["root"]), children } });
}

const paragraph = (line: string): Data => ({
  children: line === "" ? [] : [{ detail: 0, format: 0, mode: "normal", style: "", text: line, type: "text", version: 1 }],
  direction: "ltr",
  format: "",
  indent: 0,
  type: "paragraph",
  version: 1,
  textFormat: 0,
});

// --- looking around ---

export const nodeOf = (doc: Pick<Doc, "nodes">, id: string): FlowNode | undefined => doc.nodes.find((n) => n.id === id);

export function parentsOf(doc: Pick<Doc, "nodes">, n: FlowNode): FlowNode[] {
  const out: FlowNode[] = [];
  for (let p = n.parent ? nodeOf(doc, n.parent) : undefined; p && !out.includes(p); p = p.parent ? nodeOf(doc, p.parent) : undefined) out.push(p);
  return out;
}

/** Where a node stands on the whole canvas; x and y of a node inside a container count from the container. */
export function absolute(doc: Pick<Doc, "nodes">, n: FlowNode): { x: number; y: number } {
  return parentsOf(doc, n).reduce((at, p) => ({ x: at.x + p.x, y: at.y + p.y }), { x: n.x, y: n.y });
}

/** The ids with all that is inside them. */
export function withInside(doc: Pick<Doc, "nodes">, ids: Iterable<string>): Set<string> {
  const out = new Set(ids);
  for (let grown = true; grown; ) {
    grown = false;
    for (const n of doc.nodes)
      if (n.parent && out.has(n.parent) && !out.has(n.id)) {
        out.add(n.id);
        grown = true;
      }
  }
  return out;
}

/** All that a run can have come through before it comes to the node. */
export function upstream(doc: Pick<Doc, "edges">, id: string): Set<string> {
  const into = new Map<string, string[]>();
  for (const e of doc.edges) into.set(e.to, [...(into.get(e.to) ?? []), e.from]);
  const out = new Set<string>();
  const todo = [...(into.get(id) ?? [])];
  for (let x = todo.pop(); x !== undefined; x = todo.pop()) {
    if (out.has(x)) continue;
    out.add(x);
    todo.push(...(into.get(x) ?? []));
  }
  return out;
}

// --- new records, as Dify writes them ---

export const edgeId = (from: string, handle: string, to: string): string => `${from}-${handle}-${to}-target`;

/** What says in which container something is. */
function within(parent: FlowNode | undefined): Data {
  if (!parent) return { isInIteration: false, isInLoop: false };
  const iteration = parent.type === "iteration";
  return { isInIteration: iteration, isInLoop: !iteration, ...(iteration ? { iteration_id: parent.id } : { loop_id: parent.id }) };
}

export function newEdge(doc: Pick<Doc, "nodes">, from: FlowNode, handle: string, to: FlowNode): FlowEdge {
  const parent = from.parent ? nodeOf(doc, from.parent) : undefined;
  const id = edgeId(from.id, handle, to.id);
  const raw = {
    id,
    type: "custom",
    source: from.id,
    sourceHandle: handle,
    target: to.id,
    targetHandle: "target",
    data: { sourceType: from.type, targetType: to.type, ...within(parent) },
    zIndex: parent ? 1002 : 0,
  };
  return { id, from: from.id, to: to.id, handle, raw };
}

export interface NewNode {
  id: string;
  type: string;
  title: string;
  /** Its data without type and title. */
  data: Data;
  x: number;
  y: number;
  parent: FlowNode | undefined;
}

/** How large a container is when it is new. */
export const BOX = { width: 496, height: 208 } as const;
/** Where the entrance of a container stands, and how large Dify draws it. */
export const ENTRANCE = { x: 24, y: 68, width: 44, height: 48 } as const;

/** The node, and the entrance of a container behind it. */
export function newNodes(n: NewNode): FlowNode[] {
  const box = isContainer(n.type);
  const size = box ? BOX : CARD;
  const inside = n.parent ? within(n.parent) : {};
  const data: Data = { type: n.type, title: n.title, desc: "", selected: false, ...(box ? { start_node_id: `${n.id}start`, width: size.width, height: size.height } : {}), ...n.data, ...inside };
  const at = { x: n.x, y: n.y };
  const abs = n.parent ? { x: n.x + n.parent.x, y: n.y + n.parent.y } : at;
  const frame = n.parent ? { parentId: n.parent.id, extent: "parent", zIndex: 1002 } : box ? { zIndex: 1 } : {};
  const raw: Data = { id: n.id, type: "custom", data, position: at, positionAbsolute: abs, sourcePosition: "right", targetPosition: "left", selected: false, ...size, ...frame };
  const node: FlowNode = { id: n.id, type: n.type, title: n.title, data, parent: n.parent?.id ?? "", ...at, ...size, raw };
  return box ? [node, entranceOf(node)] : [node];
}

function entranceOf(box: FlowNode): FlowNode {
  const type = `${box.type}-start`;
  const id = `${box.id}start`;
  const { x, y, width, height } = ENTRANCE;
  const data: Data = { type, title: "", desc: "", selected: false, ...(box.type === "iteration" ? { isInIteration: true } : { isInLoop: true }) };
  const raw: Data = {
    id, type: `custom-${type}`, data, position: { x, y }, positionAbsolute: { x: box.x + x, y: box.y + y }, parentId: box.id,
    draggable: false, selectable: false, sourcePosition: "right", targetPosition: "left", zIndex: 1002, width, height,
  };
  return { id, type, title: "", data, parent: box.id, x, y, width, height, raw };
}

export function newNote(id: string, at: { x: number; y: number }, author: string): FlowNote {
  const size = { width: 240, height: 88 };
  const raw: Data = {
    id, type: "custom-note", position: { ...at }, positionAbsolute: { ...at }, sourcePosition: "right", targetPosition: "left", selected: false, ...size,
    data: { type: "", title: "", desc: "", text: "", theme: "yellow", author, showAuthor: author !== "", selected: false, ...size },
  };
  return { id, text: "", theme: "yellow", author, showAuthor: author !== "", ...at, ...size, raw };
}

/** An id as Dify makes them: milliseconds, no two alike. */
export function nextId(doc: Doc, now: number): string {
  const taken = new Set([...doc.nodes.map((n) => n.id), ...doc.notes.map((n) => n.id)]);
  while (taken.has(String(now)) || taken.has(`${now}start`)) now++;
  return String(now);
}

/** The node with other data. An undefined field is removed. */
export function withData(n: FlowNode, part: Data): FlowNode {
  const data: { [k: string]: unknown } = { ...n.data, ...part };
  for (const [k, v] of Object.entries(part)) if (v === undefined) delete data[k];
  return { ...n, data, title: text(data["title"]) };
}
