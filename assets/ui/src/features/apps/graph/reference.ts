// References to variables in a node's data: selectors [node, name, …] in fields, and {{#node.name#}} in texts. Pure; data that
// does not change is returned as the same object.
import { isRecord } from "@/api/client";
import type { Scope, Selector } from "@/lib/scope";
import { findVar, REFERENCE, reference, referencesIn, sameSelector, spaceOf } from "@/lib/scope";
import type { Data, FlowNode } from "./node-view";
import { viewOf } from "./nodes";

/** Lists under these names are lists of words, whatever their first word is. */
const words = new Set(["options", "enum", "required", "allowed_file_types", "allowed_file_extensions", "allowed_file_upload_methods", "stop", "weekdays", "monthly_days", "dataset_ids", "schema", "json_schema", "schemas", "paramSchemas", "tags"]);
/** And under these they are selectors, even of nodes that are gone. */
const fields = /(?:^|_)selector$/;
const bare: { readonly [key: string]: readonly string[] } = { query: ["parameter-extractor"], variable: ["list-operator"], variables: ["variable-aggregator", "variable-assigner"], file: ["http-request"] };

type Known = (node: string) => boolean;
type Change = (selector: string[]) => Selector;

const isTexts = (v: readonly unknown[]): v is readonly string[] => v.every((x) => typeof x === "string");

function isSelector(v: readonly unknown[], key: string, owner: Data, type: string, known: Known): boolean {
  if (v.length < 2 || !isTexts(v) || words.has(key)) return false;
  if (fields.test(key) || bare[key]?.includes(type)) return true;
  const variable = [owner["type"], owner["value_type"], owner["input_type"]].includes("variable");
  if (key === "value") return variable;
  return known(v[0] ?? "");
}

function walk(v: unknown, key: string, owner: Data, type: string, known: Known, change: Change): unknown {
  if (typeof v === "string") {
    if (key === "text" && owner["edition_type"] === "jinja2") return v; // kept for when the message is plain again
    return v.includes("{{#") ? v.replace(REFERENCE, (all, path: string) => { const s = path.split("."); const next = change(s); return sameSelector(next, s) ? all : reference(next); }) : v;
  }
  if (Array.isArray(v)) {
    if (isTexts(v) && isSelector(v, key, owner, type, known)) {
      const next = change([...v]);
      return sameSelector(next, v) ? v : [...next];
    }
    let changed = false;
    const out = v.map((x: unknown) => {
      const y = walk(x, key, owner, type, known, change);
      changed ||= y !== x;
      return y;
    });
    return changed ? out : v;
  }
  if (!isRecord(v) || words.has(key)) return v;
  let changed = false;
  const out: { [k: string]: unknown } = {};
  for (const [k, x] of Object.entries(v)) {
    out[k] = walk(x, k, v, type, known, change);
    changed ||= out[k] !== x;
  }
  return changed ? out : v;
}

/** The data with every selector changed. known tells which ids are of nodes. */
export function mapSelectors(data: Data, known: Known, change: Change): Data {
  const out = walk(data, "", data, typeof data["type"] === "string" ? data["type"] : "", (id) => spaceOf(id) !== undefined || known(id), change);
  return isRecord(out) ? out : data;
}

/** Every selector that the data has, in fields and in texts, with repetitions. */
export function selectorsIn(data: Data, known: Known): string[][] {
  const out: string[][] = [];
  mapSelectors(data, known, (s) => {
    out.push(s);
    return s;
  });
  return out;
}

/** For pasting: nodes under their new ids. What is not among them keeps its name. */
export function renameNodes(data: Data, ids: ReadonlyMap<string, string>): Data {
  return mapSelectors(data, (id) => ids.has(id), ([node = "", ...path]) => [ids.get(node) ?? node, ...path]);
}

/** A variable under its new name; node is also "env" or "conversation". */
export function renameVariable(data: Data, node: string, from: string, to: string): Data {
  return mapSelectors(data, (id) => id === node, (s) => (s[0] === node && s[1] === from ? [node, to, ...s.slice(2)] : s));
}

/** The nodes that read something of a node, or one of its variables. */
export function readersOf(nodes: readonly FlowNode[], node: string, name?: string): FlowNode[] {
  return nodes.filter((n) => n.id !== node && selectorsIn(n.data, (id) => id === node).some((s) => s[0] === node && (name === undefined || s[1] === name)));
}

function textsIn(v: unknown, key: string, owner: Data, out: string[][]): void {
  if (typeof v === "string") {
    if (!(key === "text" && owner["edition_type"] === "jinja2")) out.push(...referencesIn(v));
  } else if (Array.isArray(v)) for (const x of v) textsIn(x, key, owner, out);
  else if (isRecord(v)) for (const [k, x] of Object.entries(v)) textsIn(x, k, v, out);
}

/** The selectors of a node that its scope does not have, each once. Fields that are switched off are not read. */
export function brokenIn(node: FlowNode, scope: Scope): string[][] {
  const all: string[][] = [];
  textsIn(node.data, "", node.data, all);
  all.push(...viewOf(node.type).reads(node.data).filter((s) => s.length >= 2).map((s) => [...s]));
  const out: string[][] = [];
  for (const s of all) if (!findVar(scope, s) && !out.some((x) => sameSelector(x, s))) out.push(s);
  return out;
}
