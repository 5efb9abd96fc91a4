// The order in which a graph is read, and where its parts stand. Pure.
import type { Doc } from "./doc";
import { absolute, isEntrance, isRoot, nodeOf } from "./doc";
import { waysOf } from "./ways";
import type { Rect } from "./shape";
import { noteRect, sizeOf } from "./shape";

/** Ids along the edges from where runs begin, each container with what is inside behind it; then what is not reached, then notes. */
export function reading(doc: Doc): string[] {
  const out: string[] = [];
  const seen = new Set<string>();
  const visit = (id: string): void => {
    const n = nodeOf(doc, id);
    if (!n || seen.has(id)) return;
    seen.add(id);
    if (!isEntrance(n.type)) out.push(id);
    for (const x of doc.nodes) if (x.parent === id && isEntrance(x.type)) visit(x.id);
    for (const x of doc.nodes) if (x.parent === id) visit(x.id);
    const ways = waysOf(n.type, n.data).map((w) => w.id);
    for (const e of doc.edges.filter((x) => x.from === id).sort((a, b) => ways.indexOf(a.handle) - ways.indexOf(b.handle))) visit(e.to);
  };
  for (const n of doc.nodes) if (isRoot(n.type)) visit(n.id);
  for (const n of [...doc.nodes].sort((a, b) => a.x - b.x || a.y - b.y)) if (n.parent === "") visit(n.id);
  for (const n of doc.nodes) visit(n.id);
  return [...out, ...doc.notes.map((n) => n.id)];
}

export function whereIs(doc: Doc, id: string): Rect | undefined {
  const n = nodeOf(doc, id);
  if (n) return { ...absolute(doc, n), ...sizeOf(n) };
  const note = doc.notes.find((x) => x.id === id);
  return note && noteRect(note);
}
