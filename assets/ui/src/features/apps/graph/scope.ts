// What a node can read: the variables of all that runs before it, of the containers around it, and of the run itself. Pure.
import type { Scope, ScopeGroup, ScopeVar, VarType } from "@/lib/scope";
import { fileVars, findVar, readSelector, readType } from "@/lib/scope";
import type { FlowEdge, FlowNode } from "./node-view";
import { viewOf } from "./nodes";

export interface Doc {
  nodes: readonly FlowNode[];
  edges: readonly FlowEdge[];
}

/** A variable of the environment or of the conversation, as far as it matters here. */
export interface NamedVar {
  name: string;
  value_type: string;
  description?: string;
}

const sysVars: { readonly [mode: string]: readonly ScopeVar[] } = {
  "advanced-chat": [
    { name: "query", type: "string" },
    { name: "files", type: "array[file]", items: fileVars },
    { name: "conversation_id", type: "string" },
    { name: "dialogue_count", type: "number" },
    { name: "user_id", type: "string" },
    { name: "app_id", type: "string" },
    { name: "workflow_id", type: "string" },
    { name: "workflow_run_id", type: "string" },
  ],
  workflow: [
    { name: "files", type: "array[file]", items: fileVars },
    { name: "user_id", type: "string" },
    { name: "app_id", type: "string" },
    { name: "workflow_id", type: "string" },
    { name: "workflow_run_id", type: "string" },
    { name: "timestamp", type: "number" },
  ],
};

/** Every file has its fields, whoever makes it. */
function complete(v: ScopeVar): ScopeVar {
  if (v.type === "file" && !v.children) return { ...v, children: fileVars };
  if (v.type === "array[file]" && !v.items) return { ...v, items: fileVars };
  return v;
}

/** What a node makes, with what a handled failure leaves. */
export function varsOf(n: FlowNode): ScopeVar[] {
  const own = viewOf(n.type).outputs(n.data).map(complete);
  const handled = n.data["error_strategy"] === "fail-branch" || n.data["error_strategy"] === "default-value";
  const more: ScopeVar[] = handled ? [{ name: "error_message", type: "string" }, { name: "error_type", type: "string" }] : [];
  return [...own, ...more.filter((m) => !own.some((o) => o.name === m.name))];
}

function groupOf(n: FlowNode, vars: ScopeVar[]): ScopeGroup {
  return { node: n.id, title: n.title || n.type, type: n.type, vars };
}

/** The nodes before a node in its own container, nearest first. A circle is walked once; a node is not before itself. */
function before(doc: Doc, id: string): FlowNode[] {
  const node = new Map(doc.nodes.map((n) => [n.id, n]));
  const into = new Map<string, string[]>();
  for (const e of doc.edges) into.set(e.to, [...(into.get(e.to) ?? []), e.from]);
  const seen = new Set([id]);
  const out: FlowNode[] = [];
  for (let ring = [id]; ring.length > 0; ) {
    const next: string[] = [];
    for (const at of ring) {
      for (const from of into.get(at) ?? []) {
        const n = node.get(from);
        if (!n || seen.has(from)) continue;
        seen.add(from);
        out.push(n);
        next.push(from);
      }
    }
    ring = next;
  }
  return out;
}

/** One element of a list, as an iteration gives it. */
function itemOf(list: ScopeVar | undefined): ScopeVar {
  const type: VarType = list?.type.startsWith("array[") ? readType(list.type.slice(6, -1)) : "any";
  return { name: "item", type, ...(type === "file" ? { children: fileVars } : list?.items ? { children: list.items } : {}) };
}

/** What the nodes inside a container read of it. */
function innerVars(box: FlowNode, outside: Scope): ScopeVar[] {
  if (box.type === "iteration") return [itemOf(findVar(outside, readSelector(box.data["iterator_selector"]))?.last), { name: "index", type: "number" }];
  if (box.type === "loop") return viewOf("loop").outputs(box.data).map(complete).filter((v) => v.name !== "loop_round");
  return [];
}

const filled = (g: ScopeGroup): boolean => g.vars.length > 0;

/** The variables that nodes make: those before it, then of the container around it and before that one. */
function nodesBefore(doc: Doc, id: string, depth = 0): ScopeGroup[] {
  const own = before(doc, id).map((n) => groupOf(n, varsOf(n)));
  const me = doc.nodes.find((n) => n.id === id);
  const box = me && me.parent !== "" ? doc.nodes.find((n) => n.id === me.parent) : undefined;
  if (!box || box.id === id || depth > 8) return own.filter(filled);
  const outside = nodesBefore(doc, box.id, depth + 1);
  return [...own.filter(filled), groupOf(box, innerVars(box, outside)), ...outside].filter(filled);
}

function spaces(env: readonly NamedVar[], conversation: readonly NamedVar[], mode: string): ScopeGroup[] {
  const named = (v: NamedVar): ScopeVar => ({ name: v.name, type: readType(v.value_type), ...(v.description ? { label: v.description } : {}) });
  return [
    { node: "conversation", title: "", type: "", vars: mode === "advanced-chat" ? conversation.map(named) : [] },
    { node: "env", title: "", type: "", vars: env.map(named) },
    { node: "sys", title: "", type: "", vars: [...(sysVars[mode] ?? [])] },
  ].filter(filled);
}

/** All that a node can read, nearest first; the groups "conversation", "env" and "sys" come last. */
export function scopeOf(doc: Doc, id: string, env: readonly NamedVar[], conversation: readonly NamedVar[], mode: string): Scope {
  return [...nodesBefore(doc, id), ...spaces(env, conversation, mode)];
}

/** What a container can take out of its inside: what its nodes make, and its own variables. */
export function insideOf(doc: Doc, id: string): Scope {
  const box = doc.nodes.find((n) => n.id === id);
  if (!box) return [];
  const inner = doc.nodes.filter((n) => n.parent === id && n.id !== id).map((n) => groupOf(n, varsOf(n)));
  return [...inner, groupOf(box, innerVars(box, nodesBefore(doc, id)))].filter(filled);
}
