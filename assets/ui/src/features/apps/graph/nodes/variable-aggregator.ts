import i18next from "i18next";
import { lazy } from "react";
import { readSelector, readType } from "@/lib/scope";
import type { Data, NodeProblem, NodeView } from "../node-view";
import { emptyProblem, nameProblems } from "./common";
import { list, rec, recs, text } from "./read";

export const isGrouped = (data: Data): boolean => rec(data["advanced_settings"])["group_enabled"] === true;
export const groupsOf = (data: Data): readonly Data[] => recs(rec(data["advanced_settings"])["groups"]);
export const selectorsOf = (v: unknown): string[][] => list(v).map(readSelector);

/** Group1, or the first number that nobody has. */
export function groupName(taken: readonly string[]): string {
  let n = 1;
  while (taken.includes(`Group${n}`)) n++;
  return `Group${n}`;
}

const typeOf = (v: unknown) => (text(v) === "" ? "any" : readType(v));

export const variableAggregator: NodeView = {
  shelf: "transform",
  modes: ["workflow", "advanced-chat"],
  blank: () => ({ output_type: "any", variables: [], advanced_settings: { group_enabled: false, groups: [] } }),
  outputs: (data) =>
    isGrouped(data)
      ? groupsOf(data).filter((g) => text(g["group_name"]) !== "").map((g) => ({ name: text(g["group_name"]), type: "object", children: [{ name: "output", type: typeOf(g["output_type"]) }] }))
      : [{ name: "output", type: typeOf(data["output_type"]), label: i18next.t("out.aggregated") }],
  reads: (data) => (isGrouped(data) ? groupsOf(data).flatMap((g) => selectorsOf(g["variables"])) : selectorsOf(data["variables"])).filter((s) => s.length >= 2),
  check: (data): NodeProblem[] => {
    const open = (v: unknown): boolean => selectorsOf(v).every((s) => s.length < 2);
    if (!isGrouped(data)) return open(data["variables"]) ? [emptyProblem("variables", i18next.t("agg.variables"))] : [];
    const groups = groupsOf(data);
    return [
      ...nameProblems(groups.map((g) => text(g["group_name"])), "advanced_settings"),
      ...groups.filter((g) => open(g["variables"])).map((g) => emptyProblem("advanced_settings", text(g["group_name"]))),
    ];
  },
  handling: { error: false, retry: false },
  single: true,
  Form: lazy(() => import("./variable-aggregator-form")),
};
