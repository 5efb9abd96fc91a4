// The variables that a node of a graph can read, and how they are named: by selectors [node, name, ...path] in data, and by
// {{#node.name#}} in texts. Pure.

export const varTypes = [
  "string", "number", "integer", "boolean", "object", "file", "secret", "any",
  "array[string]", "array[number]", "array[object]", "array[file]", "array[boolean]", "array[any]",
] as const;
export type VarType = (typeof varTypes)[number];

/** A variable that a node can read. Its selector is [group.node, ...path]. */
export interface ScopeVar {
  name: string;
  type: VarType;
  /** What people read beside the name. */
  label?: string;
  /** Fields of an object whose shape is known, and of a file. */
  children?: ScopeVar[];
  /** Its fields are rarely wanted: a picker shows them only when it is asked to. */
  minor?: true;
  /** Fields of each element of a list, where they are known. A selector cannot go there; an iteration over the list can. */
  items?: ScopeVar[];
}

/** The variables of one node that is upstream, or of "sys", "env", "conversation". */
export interface ScopeGroup {
  node: string;
  title: string;
  type: string;
  vars: ScopeVar[];
}

/** All that a node can read, nearest first. */
export type Scope = readonly ScopeGroup[];

/** [node, name, ...path]; empty where none is chosen. */
export type Selector = readonly string[];

/** The groups that are not nodes. Their titles are texts of the UI. */
export const spaces = ["sys", "env", "conversation"] as const;
export type Space = (typeof spaces)[number];
export const spaceOf = (node: string): Space | undefined => spaces.find((s) => s === node);

export function varTypeOf(s: string): VarType | undefined {
  return varTypes.find((t) => t === s);
}

/** A type as a file may spell it: "Array[String]", "float", "bool", "select" … */
export function readType(s: unknown): VarType {
  if (typeof s !== "string") return "any";
  const low = s.toLowerCase();
  const same: { [k: string]: VarType } = { float: "number", bool: "boolean", select: "string", array: "array[any]", list: "array[any]" };
  return varTypeOf(low) ?? same[low] ?? "any";
}

/** Whether a value of a type may stand where some types are taken. What is not known for sure is let through. */
export function fits(type: VarType, accepts: readonly VarType[] | undefined): boolean {
  if (!accepts || accepts.length === 0 || type === "any" || accepts.includes("any") || accepts.includes(type)) return true;
  if (type === "integer") return accepts.includes("number");
  if (type === "number") return accepts.includes("integer");
  if (type === "secret") return accepts.includes("string");
  if (type === "array[any]") return accepts.some((a) => a.startsWith("array["));
  return type.startsWith("array[") && accepts.includes("array[any]");
}

export interface FoundVar {
  group: ScopeGroup;
  /** From the variable of the node down to the one that is meant. */
  vars: ScopeVar[];
  /** The one that is meant. */
  last: ScopeVar;
}

/** The variable that a selector names. Below an object of unknown shape every name is a variable of any type. */
export function findVar(scope: Scope, selector: Selector): FoundVar | undefined {
  const [node, ...path] = selector;
  const group = scope.find((g) => g.node === node);
  if (!group || path.length === 0) return undefined;
  const vars: ScopeVar[] = [];
  let list: ScopeVar[] | undefined = group.vars;
  for (const name of path) {
    const before: ScopeVar | undefined = vars.at(-1);
    const v: ScopeVar | undefined = list?.find((x) => x.name === name);
    if (v) vars.push(v);
    else if (before && before.children === undefined && (before.type === "object" || before.type === "any")) vars.push({ name, type: "any" });
    else return undefined;
    list = vars.at(-1)?.children;
  }
  const last = vars.at(-1);
  return last && { group, vars, last };
}

// The grammar of references is the server's: up to 50 characters of a node, up to 10 names of up to 30, no "-".
export const REFERENCE = /\{\{#([A-Za-z0-9_]{1,50}(?:\.[A-Za-z_][A-Za-z0-9_]{0,29}){1,10})#\}\}/g;

export const reference = (selector: Selector): string => `{{#${selector.join(".")}#}}`;

/** Whether a text can name the variable. Others can be chosen in fields, not in texts. */
export function namable(selector: Selector): boolean {
  return new RegExp(`^(?:${REFERENCE.source})$`).test(reference(selector));
}

/** The selectors of the references in a text, with repetitions. */
export function referencesIn(text: string): string[][] {
  return Array.from(text.matchAll(REFERENCE), (m) => (m[1] ?? "").split("."));
}

export const sameSelector = (a: Selector, b: Selector): boolean => a.length === b.length && a.every((x, i) => x === b[i]);

/** A selector as data may have it: a list, null or "". */
export function readSelector(v: unknown): string[] {
  return Array.isArray(v) ? v.filter((x): x is string => typeof x === "string") : [];
}

/** The fields of a file that a selector may name. */
export const fileVars: ScopeVar[] = [
  { name: "name", type: "string" },
  { name: "size", type: "number" },
  { name: "type", type: "string" },
  { name: "extension", type: "string" },
  { name: "mime_type", type: "string" },
  { name: "transfer_method", type: "string" },
  { name: "url", type: "string" },
  { name: "related_id", type: "string" },
];
