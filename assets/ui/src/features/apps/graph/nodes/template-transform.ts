import i18next from "i18next";
import { lazy } from "react";
import type { NodeView } from "../node-view";
import { chosen, emptyProblem, nameProblems } from "./common";
import { recs, text } from "./read";

export const templateTransform: NodeView = {
  shelf: "transform",
  modes: ["workflow", "advanced-chat"],
  blank: () => ({ template: "", variables: [] }),
  outputs: () => [{ name: "output", type: "string", label: i18next.t("out.template") }],
  reads: (data) => chosen(...recs(data["variables"]).map((v) => v["value_selector"])),
  check: (data) => [...nameProblems(recs(data["variables"]).map((v) => text(v["variable"])), "variables"), ...(text(data["template"]).trim() === "" ? [emptyProblem("template", i18next.t("node.template-transform"))] : [])],
  handling: { error: false, retry: false },
  single: true,
  Form: lazy(() => import("./template-transform-form")),
};
