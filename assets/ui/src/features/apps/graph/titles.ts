// What nodes are called, for lines that name other nodes. Kept per list of nodes, which is new with every change.
import type { Doc } from "./doc";
import { gist } from "./graph";
import type { FlowNode } from "./node-view";

const kept = new WeakMap<readonly FlowNode[], Map<string, string>>();

export function titlesOf(doc: Pick<Doc, "nodes">): Map<string, string> {
  const known = kept.get(doc.nodes);
  if (known) return known;
  const made = new Map(doc.nodes.map((n) => [n.id, n.title || n.id]));
  kept.set(doc.nodes, made);
  return made;
}

/** The one line of the node that matters, with other nodes by their titles. */
export function gistIn(doc: Pick<Doc, "nodes">, n: FlowNode): string {
  const titles = titlesOf(doc);
  return gist(n.type, n.data, (id) => titles.get(id) ?? id);
}
