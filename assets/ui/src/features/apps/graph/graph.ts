// A graph as it stands in an app's settings (Dify's JSON), read into what is drawn: nodes, edges with their labels, and the one
// line of each node that matters. Pure; whatever is missing or odd is left out.
import { isRecord } from "@/api/client";

export interface GraphNode {
  id: string;
  type: string;
  title: string;
  /** The container that it is in; "" at the top. */
  parent: string;
  gist: string;
  data: { [k: string]: unknown };
}

export interface GraphEdge {
  id: string;
  from: string;
  to: string;
  /** The way out of a branch: its condition, class or button. */
  label: string;
}

export interface Graph {
  nodes: GraphNode[];
  edges: GraphEdge[];
}

type Data = { [k: string]: unknown };
const text = (v: unknown): string => (typeof v === "string" ? v : typeof v === "number" ? String(v) : "");
const list = (v: unknown): unknown[] => (Array.isArray(v) ? v : []);
const rec = (v: unknown): Data => (isRecord(v) ? v : {});
const oneLine = (s: string): string => s.replace(/\s+/g, " ").trim();

export const isGraphMode = (mode: string): boolean => mode === "workflow" || mode === "advanced-chat";

export function readGraph(raw: unknown): Graph {
  const all = list(rec(raw)["nodes"]).map(rec);
  const nodes: GraphNode[] = [];
  for (const n of all) {
    const data = rec(n["data"]);
    const id = text(n["id"]);
    const type = text(data["type"]);
    if (id === "" || type === "" || text(n["type"]) === "custom-note") continue;
    nodes.push({ id, type, title: text(data["title"]) || type, parent: text(n["parentId"]) || text(data["iteration_id"]) || text(data["loop_id"]), gist: "", data });
  }
  const known = new Map(nodes.map((n) => [n.id, n]));
  for (const n of nodes) {
    if (!known.has(n.parent) || n.parent === n.id) n.parent = "";
    n.gist = gist(n.type, n.data, (id) => known.get(id)?.title ?? id);
  }
  const edges: GraphEdge[] = [];
  for (const e of list(rec(raw)["edges"]).map(rec)) {
    const from = known.get(text(e["source"]));
    const to = known.get(text(e["target"]));
    if (!from || !to || from.parent !== to.parent) continue;
    edges.push({ id: text(e["id"]) || `${from.id}-${text(e["sourceHandle"])}-${to.id}`, from: from.id, to: to.id, label: handleLabel(from, text(e["sourceHandle"])) });
  }
  return { nodes, edges: inOrder(nodes, edges, list(rec(raw)["edges"]).map(rec)) };
}

/** The ways out of a branch in the order of its conditions, so that they are drawn in that order too. */
function inOrder(nodes: GraphNode[], edges: GraphEdge[], raw: Data[]): GraphEdge[] {
  const handle = new Map(raw.map((e) => [text(e["id"]), text(e["sourceHandle"])]));
  const place = new Map<string, number>();
  for (const n of nodes) {
    const ways = [...list(n.data["cases"]), ...list(n.data["classes"]), ...list(n.data["user_actions"])].map(rec);
    ways.forEach((w, i) => [w["case_id"], w["id"]].forEach((k) => text(k) && place.set(`${n.id} ${text(k)}`, i)));
  }
  const at = (e: GraphEdge): number => place.get(`${e.from} ${handle.get(e.id) ?? ""}`) ?? 1000;
  return edges.map((e, i) => ({ e, i })).sort((a, b) => at(a.e) - at(b.e) || a.i - b.i).map((x) => x.e);
}

/** What stands on the way out of a branch. Names of handles that say nothing are left out. */
function handleLabel(n: GraphNode, handle: string): string {
  if (handle === "fail-branch") return "⚠";
  if (handle === "__timeout") return "⏱";
  switch (n.type) {
    case "if-else": {
      const cases = list(n.data["cases"]).map(rec);
      const at = cases.findIndex((c) => text(c["case_id"]) === handle || text(c["id"]) === handle);
      if (handle === "false" && at < 0) return "ELSE";
      return cases.length > 1 && at >= 0 ? (at === 0 ? "IF" : `ELIF ${at}`) : handle === "true" || at >= 0 ? "IF" : "";
    }
    case "question-classifier":
      return oneLine(text(rec(list(n.data["classes"]).find((c) => text(rec(c)["id"]) === handle))["name"]));
    case "human-input":
      return text(rec(list(n.data["user_actions"]).find((a) => text(rec(a)["id"]) === handle))["title"]);
    default:
      return "";
  }
}

/** A reference to a variable as people read it: the node's title and the name. */
function ref(v: unknown, title: (id: string) => string): string {
  const [node, ...path] = list(v).map(text);
  if (node === undefined || node === "") return "";
  return [["sys", "env", "conversation"].includes(node) ? node : title(node), ...path].join(".");
}

/** A template with its references in readable form, in one line. */
function template(s: string, title: (id: string) => string): string {
  return oneLine(s.replace(/\{\{#([^#{}]+)#\}\}/g, (_, path: string) => `{${ref(path.split("."), title)}}`));
}

function condition(c: Data, title: (id: string) => string): string {
  const right = template(text(c["value"]), title) || list(c["value"]).map(text).join(", ");
  return oneLine(`${ref(c["variable_selector"], title)} ${text(c["comparison_operator"])} ${right}`);
}

/** The one line of a node that matters most when the whole is read. */
export function gist(type: string, d: Data, title: (id: string) => string): string {
  switch (type) {
    case "start":
      return list(d["variables"]).map((v) => text(rec(v)["label"]) || text(rec(v)["variable"])).join(", ");
    case "end":
      return list(d["outputs"]).map((v) => text(rec(v)["variable"])).join(", ");
    case "answer":
      return template(text(d["answer"]), title);
    case "llm":
    case "parameter-extractor":
      return text(rec(d["model"])["name"]);
    case "question-classifier":
      return list(d["classes"]).map((c) => oneLine(text(rec(c)["name"]))).filter((s) => s !== "").join(" / ");
    case "if-else": {
      const first = rec(list(d["cases"])[0]);
      const conditions = list(first["conditions"] ?? d["conditions"]).map(rec);
      const more = conditions.length > 1 ? ` +${conditions.length - 1}` : "";
      return conditions[0] ? condition(conditions[0], title) + more : "";
    }
    case "code":
      return text(d["code_language"]);
    case "template-transform":
      return oneLine(text(d["template"]));
    case "http-request":
      return oneLine(`${text(d["method"]).toUpperCase()} ${template(text(d["url"]), title)}`);
    case "tool":
      return text(d["tool_label"]) || text(d["tool_name"]);
    case "agent":
      return text(d["agent_strategy_label"]) || text(d["agent_strategy_name"]);
    case "human-input":
      return list(d["user_actions"]).map((a) => text(rec(a)["title"])).join(" / ");
    case "knowledge-retrieval":
      return ref(d["query_variable_selector"], title);
    case "variable-aggregator":
    case "variable-assigner":
      return list(d["variables"]).map((v) => ref(v, title)).join(", ");
    case "assigner":
      return list(d["items"]).map((i) => ref(rec(i)["variable_selector"], title)).join(", ") || ref(d["assigned_variable_selector"], title);
    case "iteration":
      return ref(d["iterator_selector"], title);
    case "loop":
      return text(d["loop_count"]) && `≤ ${text(d["loop_count"])}`;
    case "document-extractor":
      return ref(d["variable_selector"], title);
    case "list-operator":
      return ref(d["variable"], title);
    case "trigger-schedule":
      return text(d["cron_expression"]) || text(rec(d["visual_config"])["time"]);
    case "trigger-webhook":
      return text(d["method"]).toUpperCase();
    default:
      return "";
  }
}

export const containers = ["iteration", "loop"] as const;
export const isContainer = (type: string): boolean => containers.some((c) => c === type);
/** The entrance of a container, which is drawn small. */
export const isEntrance = (type: string): boolean => type === "iteration-start" || type === "loop-start";

/** Types of the variables of a conversation and of the environment, in the order in which they are offered. */
export const envTypes = ["string", "number", "secret"] as const;
export const convTypes = ["string", "number", "boolean", "object", "array[string]", "array[number]", "array[object]"] as const;
