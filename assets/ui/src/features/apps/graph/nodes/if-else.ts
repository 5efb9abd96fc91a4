import i18next from "i18next";
import { lazy } from "react";
import type { Data, NodeProblem, NodeView, Way } from "../node-view";
import { newId } from "../variables";
import { conditionReads, gapOf } from "./conditions";
import { recs, text } from "./read";

/** The cases of a node; older files have the conditions of one case in the node itself. */
export function casesOf(data: Data): readonly Data[] {
  const cases = recs(data["cases"]);
  if (cases.length > 0 || !Array.isArray(data["conditions"])) return cases;
  return [{ case_id: "true", id: "true", logical_operator: data["logical_operator"] === "or" ? "or" : "and", conditions: data["conditions"] }];
}

export const caseId = (c: Data): string => text(c["case_id"]) || text(c["id"]);

export function newCase(cases: readonly Data[]): Data {
  const id = cases.some((c) => caseId(c) === "true") ? newId() : "true";
  return { id, case_id: id, logical_operator: "and", conditions: [] };
}

/** IF, ELIF 1, ELIF 2 … as they are called everywhere. */
export const caseName = (i: number): string => (i === 0 ? "IF" : i === 1 ? "ELIF" : `ELIF ${i}`);

export function caseProblems(conditions: readonly Data[], field: string, name: string): NodeProblem[] {
  if (conditions.length === 0) return [{ field, text: i18next.t("cond.noneIn", { name }) }];
  return conditions.flatMap((c, i): NodeProblem[] => {
    const gap = gapOf(c);
    return gap ? [{ field, text: i18next.t(`cond.gap.${gap}`, { name, n: i + 1 }) }] : [];
  });
}

export const ifElse: NodeView = {
  shelf: "logic",
  modes: ["workflow", "advanced-chat"],
  blank: () => ({ cases: [{ id: "true", case_id: "true", logical_operator: "and", conditions: [] }] }),
  outputs: () => [{ name: "result", type: "boolean", label: i18next.t("out.result") }, { name: "selected_case_id", type: "string", label: i18next.t("out.selected_case_id") }],
  ways: (data) => [...casesOf(data).map((c, i): Way => ({ id: caseId(c), label: caseName(i) })), { id: "false", label: "ELSE" }],
  reads: (data) => casesOf(data).flatMap((c) => conditionReads(recs(c["conditions"]))),
  check: (data) => casesOf(data).flatMap((c, i) => caseProblems(recs(c["conditions"]), "cases", caseName(i))),
  handling: { error: false, retry: false },
  single: true,
  Form: lazy(() => import("./if-else-form")),
};
