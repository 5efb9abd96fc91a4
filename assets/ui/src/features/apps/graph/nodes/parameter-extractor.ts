import i18next from "i18next";
import { lazy } from "react";
import type { ScopeVar } from "@/lib/scope";
import { readType } from "@/lib/scope";
import type { NodeView } from "../node-view";
import { blankModel, chosen, emptyProblem, modelProblems, nameProblems, usageVar, visionReads } from "./common";
import { recs, text } from "./read";

export const paramTypes = ["string", "number", "boolean", "array[string]", "array[number]", "array[object]", "array[boolean]"] as const;

/** Names that the node uses for itself. */
const reserved = ["__reason", "__is_success", "__usage"];

export const parameterExtractor: NodeView = {
  shelf: "transform",
  modes: ["workflow", "advanced-chat"],
  blank: (place) => ({
    query: place.mode === "advanced-chat" ? ["sys", "query"] : [],
    model: blankModel(place),
    parameters: [],
    instruction: "",
    reasoning_mode: "prompt",
    vision: { enabled: false },
  }),
  outputs: (data) => [
    ...recs(data["parameters"]).flatMap((p): ScopeVar[] => {
      const name = text(p["name"]);
      const label = text(p["description"]);
      return name === "" ? [] : [{ name, type: readType(p["type"]), ...(label ? { label } : {}) }];
    }),
    { name: "__is_success", type: "number" },
    { name: "__reason", type: "string" },
    { ...usageVar, name: "__usage", children: [...usageVar.children] },
  ],
  reads: (data) => [...chosen(data["query"]), ...visionReads(data)],
  check: (data) => {
    const out = modelProblems(data);
    const names = recs(data["parameters"]).map((p) => text(p["name"]));
    if (chosen(data["query"]).length === 0) out.push(emptyProblem("query", i18next.t("nodes.query")));
    if (names.length === 0) out.push(emptyProblem("parameters", i18next.t("nodes.parameters")));
    out.push(...nameProblems(names, "parameters"));
    const taken = names.find((n) => reserved.includes(n));
    if (taken !== undefined) out.push({ field: "parameters", text: i18next.t("nodes.reserved", { name: taken }) });
    return out;
  },
  handling: { error: true, retry: false },
  single: true,
  Form: lazy(() => import("./parameter-extractor-form")),
};
