import i18next from "i18next";
import { lazy } from "react";
import type { VarType } from "@/lib/scope";
import { readType } from "@/lib/scope";
import type { Data, NodeView } from "../node-view";
import { chosen, emptyProblem } from "./common";
import type { FileKey, Operator } from "./conditions";
import { fileKeyOf, operatorsOfKey } from "./conditions";
import { rec, recs, text } from "./read";

export type ItemType = "string" | "number" | "boolean" | "file";

/** What the list holds, from the variable that was chosen, or as the file says. */
export function itemType(list: VarType | undefined, data: Data): ItemType {
  const type = list ?? readType(data["var_type"]);
  const item = type.startsWith("array[") ? type.slice(6, -1) : text(data["item_var_type"]);
  return item === "number" || item === "boolean" || item === "file" ? item : "string";
}

const ofText: readonly Operator[] = ["contains", "not contains", "start with", "end with", "is", "is not", "in", "not in", "empty", "not empty"];
const ofNumber: readonly Operator[] = ["=", "≠", ">", "<", "≥", "≤"];

export function filterOperators(item: ItemType, key: FileKey | undefined): readonly Operator[] {
  if (item === "number" || key === "size") return ofNumber;
  if (item === "boolean") return ["is", "is not"];
  if (key === "type" || key === "transfer_method") return operatorsOfKey(key);
  return ofText;
}

/** A condition that says nothing yet. */
export function newFilter(item: ItemType): Data {
  const key = item === "file" ? "name" : "";
  return { key, comparison_operator: filterOperators(item, fileKeyOf(key))[0] ?? "contains", value: item === "boolean" ? true : "" };
}

export const listOperator: NodeView = {
  shelf: "transform",
  modes: ["workflow", "advanced-chat"],
  blank: () => ({
    variable: [], filter_by: { enabled: false, conditions: [] }, extract_by: { enabled: false, serial: "1" }, order_by: { enabled: false, key: "", value: "asc" }, limit: { enabled: false, size: 10 },
  }),
  outputs: (data) => {
    const list = text(data["var_type"]) === "" ? "array[any]" : readType(data["var_type"]);
    const item = list.startsWith("array[") ? readType(list.slice(6, -1)) : "any";
    return [{ name: "result", type: list, label: i18next.t("out.list") }, { name: "first_record", type: item, label: i18next.t("out.first") }, { name: "last_record", type: item, label: i18next.t("out.last") }];
  },
  reads: (data) => chosen(data["variable"]),
  check: (data) => [
    ...(chosen(data["variable"]).length === 0 ? [emptyProblem("variable", i18next.t("listop.list"))] : []),
    ...(rec(data["filter_by"])["enabled"] === true && recs(rec(data["filter_by"])["conditions"]).some((c) => !["empty", "not empty"].includes(text(c["comparison_operator"])) && (c["value"] === "" || (Array.isArray(c["value"]) && c["value"].length === 0)))
      ? [{ field: "filter_by", text: i18next.t("listop.noValue") }] : []),
    ...(rec(data["extract_by"])["enabled"] === true && text(rec(data["extract_by"])["serial"]).trim() === "" ? [emptyProblem("extract_by", i18next.t("listop.serial"))] : []),
  ],
  handling: { error: false, retry: false },
  single: true,
  Form: lazy(() => import("./list-operator-form")),
};
