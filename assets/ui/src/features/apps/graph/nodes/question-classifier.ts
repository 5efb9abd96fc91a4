import i18next from "i18next";
import { lazy } from "react";
import type { Data, NodeView, Way } from "../node-view";
import { blankModel, chosen, emptyProblem, modelProblems, usageVar, visionReads } from "./common";
import { recs, text } from "./read";

const idOf = (c: Data): string => (typeof c["id"] === "number" ? String(c["id"]) : text(c["id"]));

export const questionClassifier: NodeView = {
  shelf: "model",
  modes: ["workflow", "advanced-chat"],
  blank: (place) => ({
    query_variable_selector: place.mode === "advanced-chat" ? ["sys", "query"] : [],
    model: blankModel(place),
    classes: [{ id: "1", name: "" }, { id: "2", name: "" }],
    instruction: "",
    vision: { enabled: false },
  }),
  outputs: () => [{ name: "class_name", type: "string" }, { name: "class_label", type: "string" }, { name: "class_id", type: "string" }, { ...usageVar, children: [...usageVar.children] }],
  ways: (data) => recs(data["classes"]).map((c, i): Way => ({ id: idOf(c), label: text(c["name"]).trim() || text(c["label"]) || i18next.t("nodes.class", { n: i + 1 }) })),
  reads: (data) => [...chosen(data["query_variable_selector"]), ...visionReads(data)],
  check: (data) => {
    const out = modelProblems(data);
    const classes = recs(data["classes"]);
    if (chosen(data["query_variable_selector"]).length === 0) out.push(emptyProblem("query_variable_selector", i18next.t("nodes.query")));
    if (classes.length === 0) out.push(emptyProblem("classes", i18next.t("nodes.classes")));
    classes.forEach((c, i) => {
      if (text(c["name"]).trim() === "") out.push(emptyProblem("classes", i18next.t("nodes.class", { n: i + 1 })));
    });
    return out;
  },
  handling: { error: false, retry: false },
  single: true,
  Form: lazy(() => import("./question-classifier-form")),
};
