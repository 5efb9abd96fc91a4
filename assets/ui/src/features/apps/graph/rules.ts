// What may stand where, and what may lead to what. Pure.
import type { Doc } from "./doc";
import { isContainer, isEntrance, isRoot, isTrigger, nodeOf, noWayIn, noWayOut, upstream } from "./doc";
import type { FlowNode, Place } from "./node-view";

export type Refusal = "self" | "loop" | "apart" | "noIn" | "noOut" | "twice" | "gone";

/** Why one node cannot lead to another; null: it can. */
export function refuses(doc: Doc, from: string, handle: string, to: string): Refusal | null {
  const a = nodeOf(doc, from);
  const b = nodeOf(doc, to);
  if (!a || !b) return "gone";
  if (a === b) return "self";
  if (noWayOut(a.type)) return "noOut";
  if (noWayIn(b.type)) return "noIn";
  if (a.parent !== b.parent) return "apart";
  if (doc.edges.some((e) => e.from === from && e.handle === handle && e.to === to)) return "twice";
  return upstream(doc, from).has(to) ? "loop" : null;
}

/** Why a kind of node cannot be added; null: it can. */
export type Bar = "mode" | "oneStart" | "startOrTriggers" | "outside" | "inLoop" | "nested";

export function barred(doc: Doc, type: string, mode: Place["mode"], parent: FlowNode | undefined): Bar | null {
  if (isEntrance(type)) return "outside";
  if (type === "loop-end") return parent?.type === "loop" ? null : "inLoop";
  if (parent && (isRoot(type) || type === "end")) return "outside";
  if (parent && isContainer(type)) return "nested";
  if (mode === "workflow" ? type === "answer" : type === "end" || isTrigger(type)) return "mode";
  if (type === "start" && doc.nodes.some((n) => n.type === "start")) return "oneStart";
  if (isRoot(type) && doc.nodes.some((n) => isRoot(n.type) && isTrigger(n.type) !== isTrigger(type))) return "startOrTriggers";
  return null;
}
