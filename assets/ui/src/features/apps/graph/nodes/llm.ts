import i18next from "i18next";
import { lazy } from "react";
import type { ScopeVar } from "@/lib/scope";
import { readSelector } from "@/lib/scope";
import { isRecord } from "@/api/client";
import type { Data, NodeView } from "../node-view";
import { blankModel, chosen, emptyProblem, modelProblems, usageVar, visionReads } from "./common";
import { rec, recs, text } from "./read";
import { readSchema, schemaVars } from "./schema-vars";

export const CONTEXT = "{{#context#}}";
export const QUESTION = "{{#sys.query#}}\n\n{{#sys.files#}}";

/** The messages of the prompt; one without a role where the data is of a completion model. */
export function messagesOf(data: Data): readonly Data[] {
  const p = data["prompt_template"];
  return isRecord(p) ? [p] : recs(p);
}

export const isJinja = (m: Data): boolean => m["edition_type"] === "jinja2";
export const wordsOf = (m: Data): string => text(m[isJinja(m) ? "jinja2_text" : "text"]);
export const isStructured = (data: Data): boolean => (data["structured_output_enabled"] === true || data["structured_output_switch_on"] === true) && isRecord(data["structured_output"]);

export const llm: NodeView = {
  shelf: "model",
  modes: ["workflow", "advanced-chat"],
  blank: (place) => ({
    model: blankModel(place),
    prompt_template: [{ role: "system", text: "" }],
    context: { enabled: false, variable_selector: [] },
    ...(place.mode === "advanced-chat" ? { memory: { window: { enabled: false, size: 10 }, query_prompt_template: QUESTION } } : {}),
    vision: { enabled: false },
    structured_output_enabled: false,
    variables: [],
  }),
  outputs: (data) => {
    const schema = isStructured(data) ? readSchema(rec(data["structured_output"])["schema"]) : undefined;
    const structured: ScopeVar[] = schema ? [{ name: "structured_output", type: "object", children: schemaVars(schema) }] : [];
    return [{ name: "text", type: "string" }, ...structured, { name: "reasoning_content", type: "string" }, { ...usageVar, children: [...usageVar.children] }, { name: "finish_reason", type: "string" }, { name: "files", type: "array[file]" }];
  },
  reads: (data) => {
    const context = rec(data["context"]);
    return [
      ...(context["enabled"] === true ? chosen(context["variable_selector"]) : []),
      ...(messagesOf(data).some(isJinja) ? chosen(...recs(rec(data["prompt_config"])["jinja2_variables"]).map((v) => v["value_selector"])) : []),
      ...visionReads(data),
    ];
  },
  check: (data, place) => {
    const out = modelProblems(data);
    const said = messagesOf(data).some((m) => wordsOf(m).trim() !== "");
    const asks = place.mode === "advanced-chat" && isRecord(data["memory"]);
    if (!said && !asks) out.push(emptyProblem("prompt_template", i18next.t("nodes.prompt")));
    const context = rec(data["context"]);
    const used = messagesOf(data).some((m) => wordsOf(m).includes("#context#") || (isJinja(m) && /\bcontext\b/.test(wordsOf(m))));
    if (context["enabled"] === true && readSelector(context["variable_selector"]).length >= 2 && !used) out.push({ field: "context", text: i18next.t("nodes.contextUnused") });
    return out;
  },
  handling: { error: true, retry: true },
  single: true,
  Form: lazy(() => import("./llm-form")),
};
