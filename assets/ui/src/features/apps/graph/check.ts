// What keeps a graph from running well, as far as it can be seen here: what each kind of node says of itself, nodes that no run
// comes to, references that lead nowhere. The server says the rest. Pure.
import type { TFunction } from "i18next";
import type { Doc } from "./doc";
import { isContainer, isEntrance, isRoot, isTrigger } from "./doc";
import type { FlowNode, Place } from "./node-view";
import { viewOf } from "./nodes";
import type { NamedVar } from "./scope";
import { insideOf, scopeOf } from "./scope";
import { brokenIn } from "./reference";
import { titlesOf } from "./titles";
import { spaceOf } from "@/lib/scope";

export interface Finding {
  /** The node that it is about; "" is the graph as a whole. */
  node: string;
  field: string;
  text: string;
  /** The server would not publish it. */
  refused: boolean;
}

/** The nodes that a run can come to. */
export function reached(doc: Pick<Doc, "nodes" | "edges">): Set<string> {
  const out = new Map<string, string[]>();
  for (const e of doc.edges) out.set(e.from, [...(out.get(e.from) ?? []), e.to]);
  const inside = new Map(doc.nodes.filter((n) => isEntrance(n.type)).map((n) => [n.parent, n.id]));
  const seen = new Set<string>();
  const todo = doc.nodes.filter((n) => isRoot(n.type)).map((n) => n.id);
  for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    todo.push(...(out.get(id) ?? []));
    const entrance = inside.get(id);
    if (entrance) todo.push(entrance);
  }
  return seen;
}

/** What is wrong with the graph as a whole, and with how its nodes hang together. */
export function shapeFindings(doc: Doc, mode: Place["mode"], t: TFunction): Finding[] {
  const out: Finding[] = [];
  const say = (node: string, text: string): void => void out.push({ node, field: "", text, refused: false });
  const starts = doc.nodes.filter((n) => n.type === "start");
  const triggers = doc.nodes.filter((n) => isTrigger(n.type));
  if (starts.length + triggers.length === 0) say("", t(mode === "workflow" ? "check.noStartOrTrigger" : "check.noStart"));
  for (const n of starts.slice(1)) say(n.id, t("check.twoStarts"));
  if (starts.length > 0) for (const n of triggers) say(n.id, t("check.startAndTrigger"));
  if (mode === "advanced-chat" && !doc.nodes.some((n) => n.type === "answer")) say("", t("check.noAnswer"));
  if (mode === "workflow" && !doc.nodes.some((n) => n.type === "end")) say("", t("check.noEnd"));
  const live = reached(doc);
  const busy = new Set(doc.edges.map((e) => e.from));
  const led = new Set(doc.edges.map((e) => e.to));
  const boxes = new Map(doc.nodes.filter((n) => isContainer(n.type)).map((n) => [n.id, n]));
  for (const n of doc.nodes) {
    if (isEntrance(n.type)) {
      const box = boxes.get(n.parent);
      if (box && !busy.has(n.id)) say(box.id, t("check.emptyBox"));
    } else if (!live.has(n.id) && !led.has(n.id)) say(n.id, t("check.unreached"));
  }
  return out;
}

export interface Surroundings {
  place: Place;
  env: readonly NamedVar[];
  conversation: readonly NamedVar[];
}

/** What is wrong with one node: what its kind says, and what it reads that is not there. */
export function nodeFindings(doc: Doc, n: FlowNode, s: Surroundings, t: TFunction): Finding[] {
  const own = viewOf(n.type).check(n.data, s.place).map((p): Finding => ({ node: n.id, field: p.field, text: p.text, refused: false }));
  const around = scopeOf(doc, n.id, s.env, s.conversation, s.place.mode);
  const broken = brokenIn(n, isContainer(n.type) ? [...insideOf(doc, n.id), ...around] : around); // a container reads what is inside it too
  return [...own, ...broken.map((sel): Finding => ({ node: n.id, field: "", text: t("check.broken", { name: named(doc, sel, t) }), refused: false }))];
}

function named(doc: Doc, selector: readonly string[], t: TFunction): string {
  const [node = "", ...path] = selector;
  const title = titlesOf(doc).get(node) ?? (spaceOf(node) ? node : t("check.goneNode"));
  return [title, ...path].join(".");
}
