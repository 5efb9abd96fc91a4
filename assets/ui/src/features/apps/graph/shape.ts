// How large a card is and where its handles sit: by rule and not by measure, so that a graph is laid out before it is drawn.
import type { Doc, FlowNote } from "./doc";
import { isContainer, isEntrance, noWayIn } from "./doc";
import type { FlowNode, Way } from "./node-view";
import { waysOf } from "./ways";

export const WIDTH = 240;
export const HEAD = 40; // icon and title
const GIST = 24; // the line that matters
export const WAY = 24; // one way out
const FOOT = 8;
/** Where the main handles sit, from the top. */
export const AXIS = HEAD / 2;
/** Room that a container keeps free around what is inside. */
export const PAD = 16;
export const BOX_HEAD = 48;

/** Ways that stand on a line of their own; the plain way out sits beside the title. */
export const lineWays = (ways: readonly Way[]): readonly Way[] => ways.filter((w) => w.id !== "source");

export function sizeOf(n: FlowNode): { width: number; height: number } {
  if (isContainer(n.type)) return { width: n.width, height: n.height };
  if (isEntrance(n.type)) return { width: HEAD, height: HEAD };
  const lines = lineWays(waysOf(n.type, n.data)).length;
  return { width: WIDTH, height: HEAD + GIST + (lines > 0 ? lines * WAY + FOOT : 0) };
}

export interface Hold {
  id: string;
  side: "in" | "out";
  y: number;
}

/** The handles of a card, top to bottom. */
export function holdsOf(n: FlowNode): readonly Hold[] {
  if (isEntrance(n.type)) return [{ id: "source", side: "out", y: AXIS }];
  const out: Hold[] = noWayIn(n.type) ? [] : [{ id: "target", side: "in", y: AXIS }];
  let line = HEAD + GIST + WAY / 2;
  for (const w of waysOf(n.type, n.data)) {
    if (w.id === "source") out.push({ id: w.id, side: "out", y: AXIS });
    else {
      out.push({ id: w.id, side: "out", y: line });
      line += WAY;
    }
  }
  return out;
}

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The least that a container must measure for what is inside. */
export function contentOf(doc: Pick<Doc, "nodes">, box: FlowNode, size: (n: FlowNode) => { width: number; height: number }): { width: number; height: number } {
  let width = 240;
  let height = 136;
  for (const n of doc.nodes) {
    if (n.parent !== box.id) continue;
    const s = size(n);
    width = Math.max(width, n.x + s.width + PAD);
    height = Math.max(height, n.y + s.height + PAD);
  }
  return { width: Math.ceil(width), height: Math.ceil(height) };
}

export function bounds(rects: readonly Rect[]): Rect {
  if (rects.length === 0) return { x: 0, y: 0, width: 0, height: 0 };
  const x = Math.min(...rects.map((r) => r.x));
  const y = Math.min(...rects.map((r) => r.y));
  return { x, y, width: Math.max(...rects.map((r) => r.x + r.width)) - x, height: Math.max(...rects.map((r) => r.y + r.height)) - y };
}

export const noteRect = (n: FlowNote): Rect => ({ x: n.x, y: n.y, width: n.width, height: n.height });
