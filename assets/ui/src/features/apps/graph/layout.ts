// A layered layout from left to right: each node stands right of all that lead to it, edges over several columns get a lane of
// their own, containers are laid out inside first and are boxes outside. Pure, and the same for the same graph.

export interface Box {
  id: string;
  parent: string;
  width: number;
  height: number;
  /** Of a container: room that its title takes above what is inside. */
  head?: number;
  /** The height at which edges meet it, by which it is lined up with its neighbours; the middle where it is not said. */
  axis?: number;
}

export interface Link {
  id: string;
  from: string;
  to: string;
}

export interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

export interface Layout {
  /** Absolute, of all nodes; those of a container come after it. */
  places: { [id: string]: Place };
  /** The way of each edge, absolute; the first and last points are at the edges of the boxes. */
  paths: { [id: string]: Point[] };
  width: number;
  height: number;
}

const COLUMN = 64; // between columns
const ROW = 32; // between boxes of one column
const PAD = 16; // inside a container
const LANE = 8; // of an edge that passes a column
const SWEEPS = 6;

export function layout(boxes: readonly Box[], links: readonly Link[]): Layout {
  const inner = arrange("", boxes, links);
  return { ...inner, places: order(boxes, inner.places) };
}

/** Containers first, so that who draws in this order draws them below. */
function order(boxes: readonly Box[], places: { [id: string]: Place }): { [id: string]: Place } {
  const out: { [id: string]: Place } = {};
  const put = (parent: string): void => {
    for (const b of boxes) {
      const p = places[b.id];
      if (b.parent !== parent || !p) continue;
      out[b.id] = p;
      put(b.id);
    }
  };
  put("");
  return out;
}

interface Cell {
  id: string; // of a box, or of a lane: "edge#rank"
  lane: boolean;
  rank: number;
  width: number;
  height: number;
  axis: number;
  y: number;
  before: string[];
  after: string[];
}

function arrange(parent: string, boxes: readonly Box[], links: readonly Link[]): Layout {
  const mine = boxes.filter((b) => b.parent === parent);
  const ids = new Set(mine.map((b) => b.id));
  const own = links.filter((l) => ids.has(l.from) && ids.has(l.to) && l.from !== l.to);
  const nested = new Map<string, Layout>();
  const size = new Map<string, { width: number; height: number }>();
  for (const b of mine) {
    const filled = boxes.some((x) => x.parent === b.id);
    if (!filled) {
      size.set(b.id, { width: b.width, height: b.height });
      continue;
    }
    const l = arrange(b.id, boxes, links);
    nested.set(b.id, l);
    size.set(b.id, { width: Math.max(b.width, l.width + 2 * PAD), height: Math.max(b.height, l.height + 2 * PAD + (b.head ?? 0)) });
  }

  const forward = acyclic(mine.map((b) => b.id), own);
  const rank = ranks(mine.map((b) => b.id), forward);
  const { cells, chains } = columns(mine, own, forward, rank, size);
  sortColumns(cells);
  settle(cells);

  // Columns are as wide as their widest box.
  const byRank = group(cells);
  const x: number[] = [];
  let at = 0;
  byRank.forEach((col, r) => {
    x[r] = at;
    at += Math.max(0, ...col.map((c) => c.width)) + COLUMN;
  });
  const top = Math.min(0, ...cells.map((c) => c.y));
  const cell = new Map(cells.map((c) => [c.id, c]));
  const places: { [id: string]: Place } = {};
  const paths: { [id: string]: Point[] } = {};
  for (const b of mine) {
    const c = cell.get(b.id);
    if (!c) continue;
    const p: Place = { x: x[c.rank] ?? 0, y: c.y - top, width: c.width, height: c.height };
    places[b.id] = p;
    const l = nested.get(b.id);
    if (!l) continue;
    const dx = p.x + PAD;
    const dy = p.y + PAD + (b.head ?? 0);
    for (const [id, q] of Object.entries(l.places)) places[id] = { ...q, x: q.x + dx, y: q.y + dy };
    for (const [id, path] of Object.entries(l.paths)) paths[id] = path.map((q) => ({ x: q.x + dx, y: q.y + dy }));
  }
  const axisOf = (id: string, p: Place): number => cell.get(id)?.axis ?? p.height / 2;
  for (const l of own) {
    const a = places[l.from];
    const b = places[l.to];
    if (!a || !b) continue;
    const through: Point[] = [];
    for (const id of chains.get(l.id) ?? []) {
      const c = cell.get(id);
      if (!c) continue;
      const y = c.y - top + c.axis;
      const width = Math.max(0, ...(byRank[c.rank] ?? []).map((o) => o.width));
      through.push({ x: x[c.rank] ?? 0, y }, { x: (x[c.rank] ?? 0) + width, y });
    }
    paths[l.id] = [{ x: a.x + a.width, y: a.y + axisOf(l.from, a) }, ...through, { x: b.x, y: b.y + axisOf(l.to, b) }];
  }
  const all = Object.values(places);
  const lanes = cells.filter((c) => c.lane).map((c) => c.y - top + c.height);
  return { places, paths, width: Math.max(0, ...all.map((p) => p.x + p.width)), height: Math.max(0, ...lanes, ...all.map((p) => p.y + p.height)) };
}

/** The edges that do not lead back to where the search came from. */
function acyclic(ids: string[], links: Link[]): Link[] {
  const out = new Map<string, Link[]>();
  for (const l of links) out.set(l.from, [...(out.get(l.from) ?? []), l]);
  const state = new Map<string, "open" | "done">();
  const back = new Set<string>();
  const into = new Set(links.map((l) => l.to));
  const visit = (first: string): void => {
    const stack: { id: string; next: number }[] = [{ id: first, next: 0 }];
    state.set(first, "open");
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (!top) break;
      const l = (out.get(top.id) ?? [])[top.next++];
      if (!l) {
        state.set(top.id, "done");
        stack.pop();
      } else if (state.get(l.to) === "open") back.add(l.id);
      else if (!state.has(l.to)) {
        state.set(l.to, "open");
        stack.push({ id: l.to, next: 0 });
      }
    }
  };
  for (const id of [...ids.filter((i) => !into.has(i)), ...ids]) if (!state.has(id)) visit(id);
  return links.filter((l) => !back.has(l.id));
}

/** The length of the longest way to each node. */
function ranks(ids: string[], links: Link[]): Map<string, number> {
  const left = new Map(ids.map((i) => [i, 0]));
  for (const l of links) left.set(l.to, (left.get(l.to) ?? 0) + 1);
  const rank = new Map(ids.map((i) => [i, 0]));
  const ready = ids.filter((i) => left.get(i) === 0);
  for (let id = ready.shift(); id !== undefined; id = ready.shift()) {
    for (const l of links) {
      if (l.from !== id) continue;
      rank.set(l.to, Math.max(rank.get(l.to) ?? 0, (rank.get(id) ?? 0) + 1));
      const n = (left.get(l.to) ?? 0) - 1;
      left.set(l.to, n);
      if (n === 0) ready.push(l.to);
    }
  }
  return rank;
}

function columns(boxes: Box[], links: Link[], forward: Link[], rank: Map<string, number>, size: Map<string, { width: number; height: number }>): { cells: Cell[]; chains: Map<string, string[]> } {
  const cells = new Map<string, Cell>();
  const chains = new Map<string, string[]>();
  const cell = (id: string, lane: boolean, r: number, width: number, height: number, axis = height / 2): Cell => {
    const c: Cell = { id, lane, rank: r, width, height, axis, y: 0, before: [], after: [] };
    cells.set(id, c);
    return c;
  };
  for (const b of boxes) {
    const s = size.get(b.id) ?? b;
    cell(b.id, false, rank.get(b.id) ?? 0, s.width, s.height, b.axis);
  }
  const join = (a: string, b: string): void => {
    cells.get(a)?.after.push(b);
    cells.get(b)?.before.push(a);
  };
  const ahead = new Set(forward.map((l) => l.id));
  for (const l of links) {
    if (!ahead.has(l.id)) continue;
    const from = rank.get(l.from) ?? 0;
    const to = rank.get(l.to) ?? 0;
    const chain: string[] = [];
    let last = l.from;
    for (let r = from + 1; r < to; r++) {
      const id = `${l.id}#${r}`;
      cell(id, true, r, 0, LANE);
      join(last, id);
      chain.push(id);
      last = id;
    }
    join(last, l.to);
    chains.set(l.id, chain);
  }
  return { cells: depthFirst([...cells.values()]), chains };
}

/** The order of a walk along the edges: what follows from the same node begins side by side, in the order of its edges. */
function depthFirst(cells: Cell[]): Cell[] {
  const by = new Map(cells.map((c) => [c.id, c]));
  const seen = new Set<string>();
  const out: Cell[] = [];
  const stack = [...cells.filter((c) => c.before.length === 0), ...cells].map((c) => c.id).reverse();
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const c = by.get(id);
    if (!c || seen.has(id)) continue;
    seen.add(id);
    out.push(c);
    stack.push(...[...c.after].reverse());
  }
  return out;
}

function group(cells: Cell[]): Cell[][] {
  const out: Cell[][] = [];
  for (const c of cells) (out[c.rank] ??= []).push(c);
  for (let i = 0; i < out.length; i++) out[i] ??= [];
  return out;
}

/** Orders each column by the middle of its neighbours, to and fro. Equal ones keep the order of the file. */
function sortColumns(cells: Cell[]): void {
  const cols = group(cells);
  const pos = new Map<string, number>();
  const number = (col: Cell[]): void => col.forEach((c, i) => pos.set(c.id, i));
  cols.forEach(number);
  const middle = (c: Cell, side: "before" | "after"): number => {
    const list = c[side].map((id) => pos.get(id) ?? 0);
    return list.length > 0 ? list.reduce((a, b) => a + b, 0) / list.length : (pos.get(c.id) ?? 0);
  };
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const down = sweep % 2 === 0;
    for (const col of down ? cols : [...cols].reverse()) {
      const by = new Map(col.map((c) => [c.id, middle(c, down ? "before" : "after")]));
      const sorted = col.map((c, i) => ({ c, i })).sort((a, b) => (by.get(a.c.id) ?? 0) - (by.get(b.c.id) ?? 0) || a.i - b.i).map((s) => s.c);
      col.splice(0, col.length, ...sorted);
      number(col);
    }
  }
  cells.splice(0, cells.length, ...cols.flat());
}

/** Moves boxes to the height of their neighbours, as far as they do not overlap. */
function settle(cells: Cell[]): void {
  const cols = group(cells);
  const by = new Map(cells.map((c) => [c.id, c]));
  for (const col of cols) stack(col, col.map(() => 0));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const down = sweep % 2 === 0;
    for (const col of down ? cols : [...cols].reverse()) {
      const wanted = col.map((c) => {
        const near = (down ? c.before : c.after).flatMap((id) => by.get(id) ?? []);
        if (near.length === 0) return c.y + c.axis;
        return near.reduce((n, o) => n + o.y + o.axis, 0) / near.length;
      });
      stack(col, wanted);
    }
  }
}

/** Puts the boxes of a column with their middles at the wanted heights, in order and apart: groups that touch move together. */
function stack(col: Cell[], wanted: number[]): void {
  interface Group {
    from: number;
    to: number;
    y: number;
    height: number;
  }
  const gap = (i: number): number => (col[i]?.lane || col[i + 1]?.lane ? ROW / 2 : ROW);
  const groups: Group[] = [];
  const target = (g: Group): number => {
    let offset = 0;
    let sum = 0;
    for (let i = g.from; i <= g.to; i++) {
      const c = col[i];
      if (!c) continue;
      sum += (wanted[i] ?? 0) - c.axis - offset;
      offset += c.height + gap(i);
    }
    return sum / (g.to - g.from + 1);
  };
  col.forEach((c, i) => {
    let g: Group = { from: i, to: i, y: (wanted[i] ?? 0) - c.axis, height: c.height };
    for (let last = groups[groups.length - 1]; last && last.y + last.height + gap(last.to) > g.y; last = groups[groups.length - 1]) {
      groups.pop();
      const height = last.height + gap(last.to) + g.height;
      g = { from: last.from, to: g.to, y: 0, height };
      g.y = target(g);
    }
    groups.push(g);
  });
  for (const g of groups) {
    let y = g.y;
    for (let i = g.from; i <= g.to; i++) {
      const c = col[i];
      if (!c) continue;
      c.y = y;
      y += c.height + gap(i);
    }
  }
}

/** A smooth line through the points of a path. */
export function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let d = `M${r(first.x)},${r(first.y)}`;
  let at = first;
  for (const p of rest) {
    const bend = Math.max(16, Math.abs(p.x - at.x) / 2);
    d += p.y === at.y ? `L${r(p.x)},${r(p.y)}` : `C${r(at.x + bend)},${r(at.y)} ${r(p.x - bend)},${r(p.y)} ${r(p.x)},${r(p.y)}`;
    at = p;
  }
  return d;
}

const r = (n: number): number => Math.round(n * 10) / 10;
