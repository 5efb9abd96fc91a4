// Iterations and loops, their entrances, and the exit of a loop.
import i18next from "i18next";
import { lazy } from "react";
import type { VarType } from "@/lib/scope";
import { readType } from "@/lib/scope";
import type { Data, NodeProblem, NodeView } from "../node-view";
import { chosen, emptyProblem, nameProblems } from "./common";
import { conditionReads, gapOf } from "./conditions";
import { number, recs, text } from "./read";

/** The list of what every item comes to. */
export function listOf(type: VarType, flat: boolean): VarType {
  if (type.startsWith("array[")) return flat ? type : "array[any]";
  const lists: { readonly [t: string]: VarType } = { string: "array[string]", secret: "array[string]", number: "array[number]", integer: "array[number]", boolean: "array[boolean]", object: "array[object]", file: "array[file]" };
  return lists[type] ?? "array[any]";
}

export const iteration: NodeView = {
  shelf: "logic",
  modes: ["workflow", "advanced-chat"],
  blank: () => ({ iterator_selector: [], iterator_input_type: "", output_selector: [], output_type: "", is_parallel: false, parallel_nums: 10, error_handle_mode: "terminated", flatten_output: true }),
  outputs: (data) => [{ name: "output", type: text(data["output_type"]) === "" ? "array[any]" : readType(data["output_type"]), label: i18next.t("out.iteration") }],
  reads: (data) => chosen(data["iterator_selector"], data["output_selector"]),
  check: (data) => [
    ...(chosen(data["iterator_selector"]).length === 0 ? [emptyProblem("iterator_selector", i18next.t("iter.list"))] : []),
    ...(chosen(data["output_selector"]).length === 0 ? [emptyProblem("output_selector", i18next.t("iter.output"))] : []),
  ],
  handling: { error: false, retry: false },
  single: true,
  Form: lazy(() => import("./iteration-form")),
};

export const loopTypes = ["string", "number", "boolean", "object", "array[string]", "array[number]", "array[boolean]", "array[object]"] as const;
export const loopVariables = (data: Data): readonly Data[] => recs(data["loop_variables"]);

function loopProblems(data: Data): NodeProblem[] {
  const vars = loopVariables(data);
  const out = nameProblems(vars.map((v) => text(v["label"])), "loop_variables");
  const open = vars.find((v) => v["value_type"] === "variable" && chosen(v["value"]).length === 0);
  if (open) out.push({ field: "loop_variables", text: i18next.t("nodes.noVariableFor", { name: text(open["label"]) }) });
  if ((number(Number(data["loop_count"])) ?? 0) < 1) out.push({ field: "loop_count", text: i18next.t("loop.noCount") });
  recs(data["break_conditions"]).forEach((c, i) => {
    const gap = gapOf(c);
    if (gap) out.push({ field: "break_conditions", text: i18next.t(`cond.gap.${gap}`, { name: i18next.t("loop.until"), n: i + 1 }) });
  });
  return out;
}

export const loop: NodeView = {
  shelf: "logic",
  modes: ["workflow", "advanced-chat"],
  blank: () => ({ loop_variables: [], break_conditions: [], logical_operator: "and", loop_count: 10, error_handle_mode: "terminated" }),
  outputs: (data) => [...loopVariables(data).filter((v) => text(v["label"]) !== "").map((v) => ({ name: text(v["label"]), type: readType(v["var_type"]) })), { name: "loop_round", type: "number", label: i18next.t("out.round") }],
  reads: (data) => [...conditionReads(recs(data["break_conditions"])), ...loopVariables(data).filter((v) => v["value_type"] === "variable").flatMap((v) => chosen(v["value"]))],
  check: loopProblems,
  handling: { error: false, retry: false },
  single: true,
  Form: lazy(() => import("./loop-form")),
};

const small = { modes: ["workflow", "advanced-chat"], blank: () => ({}), outputs: () => [], reads: () => [], check: () => [], handling: { error: false, retry: false }, single: false } as const;

/** Where the inside of a container starts; it has nothing to set. */
export const entrance: NodeView = { ...small, shelf: null, Form: lazy(() => import("./raw-form")) };

export const loopEnd: NodeView = { ...small, shelf: "logic", ways: () => [], Form: lazy(() => import("./loop-end-form")) };
