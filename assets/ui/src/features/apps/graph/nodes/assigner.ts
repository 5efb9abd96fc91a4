import i18next from "i18next";
import { lazy } from "react";
import type { Scope, VarType } from "@/lib/scope";
import { readSelector } from "@/lib/scope";
import type { Data, NodeProblem, NodeView } from "../node-view";
import { chosen } from "./common";
import { recs, text } from "./read";

export const operations = ["over-write", "set", "clear", "+=", "-=", "*=", "/=", "append", "extend", "remove-first", "remove-last"] as const;
export type Operation = (typeof operations)[number];

const ofValue: readonly Operation[] = ["over-write", "set", "clear"];
const ofList: readonly Operation[] = ["over-write", "clear", "append", "extend", "remove-first", "remove-last"];

/** What can be done to a variable of a type. */
export function operationsOf(type: VarType): readonly Operation[] {
  if (type.startsWith("array[")) return ofList;
  if (type === "number" || type === "integer") return [...ofValue, "+=", "-=", "*=", "/="];
  if (type === "string" || type === "boolean" || type === "object" || type === "secret") return ofValue;
  return type === "any" ? operations : ["over-write", "clear"];
}

/** What an operation is given: another variable, a constant, or nothing. */
export function inputOf(operation: Operation): "variable" | "constant" | "none" {
  if (operation === "clear" || operation === "remove-first" || operation === "remove-last") return "none";
  return operation === "over-write" || operation === "append" || operation === "extend" ? "variable" : "constant";
}

export const operationOf = (v: unknown): Operation | undefined => operations.find((o) => o === v);

/** The types of variable that can be given. */
export function inputTypes(operation: Operation, target: VarType): readonly VarType[] {
  if (operation !== "append" || target === "any") return [target];
  const items: { readonly [list: string]: VarType } = { "array[string]": "string", "array[number]": "number", "array[object]": "object", "array[file]": "file", "array[boolean]": "boolean" };
  return [items[target] ?? "any"];
}

/** The item with another operation: what it is given stays only where it is of the same kind. */
export function withOperation(item: Data, operation: Operation, target: VarType): Data {
  const was = operationOf(item["operation"]);
  const kind = inputOf(operation);
  const same = was !== undefined && inputOf(was) === kind && (kind !== "variable" || (was === "append") === (operation === "append"));
  const blank: unknown = kind === "variable" ? [] : kind === "none" ? null : target === "number" || target === "integer" ? (operation === "*=" || operation === "/=" ? 1 : 0) : target === "boolean" ? false : target === "object" ? {} : "";
  return { ...item, operation, input_type: kind === "constant" ? "constant" : "variable", value: same ? item["value"] : blank };
}

/** The variables that outlive a node: those of the conversation and of the loops around it. */
export function targetsIn(scope: Scope, containers: readonly string[]): Scope {
  return scope.filter((g) => g.node === "conversation" || (g.type === "loop" && containers.includes(g.node)));
}

/** Nodes of old files assign one variable, in other words. */
export const isOld = (data: Data): boolean => !Array.isArray(data["items"]) && text(data["version"]) !== "2" && Array.isArray(data["assigned_variable_selector"]);

/** What a node of an old file does, as an item of a new one. */
export function itemsOf(data: Data): readonly Data[] {
  if (!isOld(data)) return recs(data["items"]);
  const operation = operationOf(data["write_mode"]) ?? "over-write";
  return [{ variable_selector: readSelector(data["assigned_variable_selector"]), input_type: "variable", operation, value: inputOf(operation) === "none" ? null : readSelector(data["input_variable_selector"]) }];
}

export const assigner: NodeView = {
  shelf: "transform",
  modes: ["workflow", "advanced-chat"],
  blank: () => ({ version: "2", items: [] }),
  outputs: () => [],
  reads: (data) => itemsOf(data).flatMap((i) => chosen(i["variable_selector"], ...(i["input_type"] === "variable" ? [i["value"]] : []))),
  check: (data) => {
    const items = itemsOf(data);
    if (items.length === 0) return [{ field: "items", text: i18next.t("assign.none") }];
    return items.flatMap((item, i): NodeProblem[] => {
      if (readSelector(item["variable_selector"]).length < 2) return [{ field: "items", text: i18next.t("assign.noTarget", { n: i + 1 }) }];
      const op = operationOf(item["operation"]);
      return op && inputOf(op) === "variable" && readSelector(item["value"]).length < 2 ? [{ field: "items", text: i18next.t("assign.noValue", { n: i + 1 }) }] : [];
    });
  },
  handling: { error: false, retry: false },
  single: true,
  Form: lazy(() => import("./assigner-form")),
};
