// The graph as React Flow draws it. What did not change stays the same object, so that only what changed is drawn again.
import type { Edge, Node } from "@xyflow/react";
import { Position } from "@xyflow/react";
import type { Doc, FlowNote } from "../doc";
import { isContainer, isEntrance } from "../doc";
import type { FlowEdge, FlowNode } from "../node-view";
import type { Hold } from "../shape";
import { holdsOf, sizeOf } from "../shape";

export type CardNode = Node<{ node: FlowNode; holds: readonly Hold[] }, "card" | "box" | "entrance">;
export type NoteNode = Node<{ note: FlowNote }, "note">;
export type AnyNode = CardNode | NoteNode;
export type LineEdge = Edge<{ fail: boolean }, "line">;

// Notes lie at the bottom, then containers, edges, cards; what is in a container lies over it.
const Z = { note: 0, box: 1, edge: 2, card: 3, innerEdge: 4, inner: 5, chosen: 20 } as const;
const HOLD = 8; // how large a handle is

const cards = new WeakMap<FlowNode, { on: boolean; node: CardNode }>();
const notes = new WeakMap<FlowNote, { on: boolean; node: NoteNode }>();
const lines = new WeakMap<FlowEdge, { on: boolean; inner: boolean; edge: LineEdge }>();

function card(n: FlowNode, on: boolean): CardNode {
  const known = cards.get(n);
  if (known?.on === on) return known.node;
  const size = sizeOf(n);
  const holds = holdsOf(n);
  const box = isContainer(n.type);
  const small = isEntrance(n.type);
  const node: CardNode = {
    id: n.id,
    type: box ? "box" : small ? "entrance" : "card",
    position: { x: n.x, y: n.y },
    data: known && known.node.data.node === n ? known.node.data : { node: n, holds },
    ...size,
    measured: size,
    handles: holds.map((h) => ({ id: h.id, type: h.side === "in" ? "target" as const : "source" as const, position: h.side === "in" ? Position.Left : Position.Right, x: (h.side === "in" ? 0 : size.width) - HOLD / 2, y: h.y - HOLD / 2, width: HOLD, height: HOLD })),
    selected: on,
    draggable: !small,
    selectable: !small,
    zIndex: (box ? Z.box : n.parent ? Z.inner : Z.card) + (on && !box ? Z.chosen : 0),
    ...(n.parent ? { parentId: n.parent } : {}),
  };
  cards.set(n, { on, node });
  return node;
}

function note(n: FlowNote, on: boolean): NoteNode {
  const known = notes.get(n);
  if (known?.on === on) return known.node;
  const size = { width: n.width, height: n.height };
  const node: NoteNode = { id: n.id, type: "note", position: { x: n.x, y: n.y }, data: { note: n }, ...size, measured: size, handles: [], selected: on, zIndex: on ? Z.chosen : Z.note };
  notes.set(n, { on, node });
  return node;
}

/** Parents first, as React Flow wants it. */
export function drawnNodes(doc: Doc, selected: ReadonlySet<string>): AnyNode[] {
  const made = doc.nodes.map((n) => card(n, selected.has(n.id)));
  return [...doc.notes.map((n) => note(n, selected.has(n.id))), ...made.filter((n) => n.type === "box"), ...made.filter((n) => n.type !== "box")];
}

export function drawnEdges(doc: Doc, selected: ReadonlySet<string>): LineEdge[] {
  const inside = new Set(doc.nodes.filter((n) => n.parent !== "").map((n) => n.id));
  return doc.edges.map((e) => {
    const on = selected.has(e.id);
    const inner = inside.has(e.from);
    const known = lines.get(e);
    if (known?.on === on && known.inner === inner) return known.edge;
    const edge: LineEdge = {
      id: e.id,
      type: "line",
      source: e.from,
      target: e.to,
      sourceHandle: e.handle === "success-branch" ? "source" : e.handle,
      targetHandle: "target",
      selected: on,
      data: { fail: e.handle === "fail-branch" },
      zIndex: inner ? Z.innerEdge : Z.edge,
    };
    lines.set(e, { on, inner, edge });
    return edge;
  });
}
