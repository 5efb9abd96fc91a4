// Conditions as if-else nodes, loops and filters of lists have them: which comparison goes with which type, and what each compares
// with. Pure.
import type { FoundVar, Scope, ScopeVar, Selector, VarType } from "@/lib/scope";
import { findVar, readSelector, referencesIn } from "@/lib/scope";
import type { Data } from "../node-view";
import { list, rec, recs, text } from "./read";

export const operators = [
  "contains", "not contains", "start with", "end with", "is", "is not", "empty", "not empty", "=", "≠", ">", "<", "≥", "≤", "null", "not null", "in", "not in", "all of", "exists", "not exists",
] as const;
export type Operator = (typeof operators)[number];

const ofText: readonly Operator[] = ["contains", "not contains", "start with", "end with", "is", "is not", "empty", "not empty"];
const ofNumber: readonly Operator[] = ["=", "≠", ">", "<", "≥", "≤", "empty", "not empty"];
const ofList: readonly Operator[] = ["contains", "not contains", "empty", "not empty"];
const bare: readonly Operator[] = ["empty", "not empty"];

const byType: Record<VarType, readonly Operator[]> = {
  string: ofText,
  secret: ofText,
  number: ofNumber,
  integer: ofNumber,
  boolean: ["is", "is not"],
  object: bare,
  file: ["exists", "not exists"],
  any: ["is", "is not", "contains", "not contains", "=", "≠", ">", "<", "≥", "≤", "empty", "not empty", "null", "not null"],
  "array[string]": ofList,
  "array[number]": ofList,
  "array[boolean]": ofList,
  "array[object]": bare,
  "array[any]": ofList,
  "array[file]": ["contains", "not contains", "all of", "empty", "not empty"],
};

/** The attributes of a file that can be compared. */
export const fileKeys = ["name", "type", "size", "extension", "mime_type", "transfer_method", "url", "related_id"] as const;
export type FileKey = (typeof fileKeys)[number];

const byKey: Record<FileKey, readonly Operator[]> = {
  name: ofText,
  type: ["in", "not in"],
  size: [">", "<", "≥", "≤", "=", "≠"],
  extension: ["is", "is not", "contains", "not contains"],
  mime_type: ofText,
  transfer_method: ["in", "not in"],
  url: ofText,
  related_id: ofText,
};

export const fileKeyOf = (v: unknown): FileKey | undefined => fileKeys.find((k) => k === v);

export const operatorsOfKey = (key: FileKey): readonly Operator[] => byKey[key];
export const operatorsOf = (type: VarType): readonly Operator[] => byType[type];

/** Whether a comparison looks at a value. */
export const takesValue = (operator: string): boolean => !["empty", "not empty", "null", "not null", "exists", "not exists"].includes(operator);

/** Whether it asks the files of a list, one by one. */
export const asksFiles = (type: VarType, operator: string): boolean => type === "array[file]" && ["contains", "not contains", "all of"].includes(operator);

/** The attributes with a few possible values. */
export const choicesOfKey: { readonly [K in FileKey]?: readonly string[] } = {
  type: ["image", "document", "audio", "video", "custom"],
  transfer_method: ["local_file", "remote_url"],
};

export interface Subject {
  found: FoundVar | undefined;
  type: VarType;
  /** The attribute, where the variable is one of a file. */
  key: FileKey | undefined;
  operators: readonly Operator[];
}

/** What a condition is about: the variable in the scope, or what the file said of one that cannot be found. */
export function subjectOf(scope: Scope, c: Data): Subject {
  const selector = readSelector(c["variable_selector"]);
  const found = findVar(scope, selector);
  const said = Object.keys(byType).find((k): k is VarType => k === c["varType"]);
  const type = found?.last.type ?? said ?? "any";
  const key = found && found.vars.at(-2)?.type === "file" ? fileKeyOf(found.last.name) : undefined;
  return { found, type, key, operators: key ? byKey[key] : byType[type] };
}

/** The first comparison of a variable, and no value. */
export function conditionFor(id: string, selector: Selector, v: ScopeVar | undefined, scope: Scope): Data {
  const c: Data = { id, varType: v?.type ?? "any", variable_selector: [...selector], comparison_operator: "", value: "" };
  return withOperator(c, subjectOf(scope, c), subjectOf(scope, c).operators[0] ?? "is");
}

/** The condition with another comparison; the value stays where it still fits. */
export function withOperator(c: Data, s: Pick<Subject, "type" | "key">, operator: string): Data {
  const files = asksFiles(s.type, operator);
  const { sub_variable_condition: sub, ...rest } = c;
  const value = c["value"];
  const wantsList = operator === "in" || operator === "not in";
  const fitting = !takesValue(operator) || files ? "" : wantsList ? (Array.isArray(value) ? value : []) : s.type === "boolean" || s.type === "array[boolean]" ? value === true || value === "true" : typeof value === "string" || typeof value === "number" ? value : "";
  return { ...rest, comparison_operator: operator, value: fitting, ...(files ? { sub_variable_condition: sub ?? { logical_operator: "and", conditions: [] } } : {}) };
}

/** The condition about another variable. */
export function withVariable(c: Data, selector: Selector, v: ScopeVar | undefined, scope: Scope): Data {
  const before = subjectOf(scope, c);
  const next: Data = { ...c, variable_selector: [...selector], varType: v?.type ?? "any" };
  const s = subjectOf(scope, next);
  const operator = text(c["comparison_operator"]);
  if (s.type === before.type && s.key === before.key) return next;
  return withOperator(next, s, s.operators.find((o) => o === operator) ?? s.operators[0] ?? "is");
}

export const subConditions = (c: Data): readonly Data[] => recs(rec(c["sub_variable_condition"])["conditions"]);

/** The variables that conditions read, those inside of values apart: these are references in texts. */
export const conditionReads = (conditions: readonly Data[]): string[][] => conditions.map((c) => readSelector(c["variable_selector"])).filter((s) => s.length >= 2);

export type ConditionGap = "variable" | "value" | "files";

/** What a condition lacks, if anything. */
export function gapOf(c: Data): ConditionGap | undefined {
  if (readSelector(c["variable_selector"]).length < 2) return "variable";
  const operator = text(c["comparison_operator"]);
  if ("sub_variable_condition" in c && c["sub_variable_condition"] !== null) {
    const subs = subConditions(c);
    return subs.length === 0 || subs.some((s) => text(s["key"]) === "" || (takesValue(text(s["comparison_operator"])) && isBlank(s["value"]))) ? "files" : undefined;
  }
  return takesValue(operator) && isBlank(c["value"]) ? "value" : undefined;
}

const isBlank = (v: unknown): boolean => v === undefined || v === null || v === "" || (Array.isArray(v) && list(v).length === 0);

/** The variable that a text is nothing but a reference to. */
export function soleReference(v: unknown): string[] | undefined {
  const s = text(v);
  const [one] = referencesIn(s);
  return one && s === `{{#${one.join(".")}#}}` ? one : undefined;
}
