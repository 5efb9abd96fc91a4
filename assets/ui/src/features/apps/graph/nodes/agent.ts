import i18next from "i18next";
import { lazy } from "react";
import type { Data, NodeView } from "../node-view";
import { argumentReads, blankModel, emptyProblem, noModelProblem, usageVar } from "./common";
import { rec, text } from "./read";

export const strategies = [
  { value: "function_calling", label: "FunctionCalling" },
  { value: "ReAct", label: "ReAct" },
] as const;
export type Strategy = (typeof strategies)[number]["value"];

export function strategyOf(data: Data): Strategy | undefined {
  const s = text(data["agent_strategy_name"]).toLowerCase().replaceAll("_", "");
  if (s === "functioncalling" || s === "functioncall") return "function_calling";
  return s === "react" || s === "cot" ? "ReAct" : undefined;
}

export const paramsOf = (data: Data): Data => rec(data["agent_parameters"]);
/** What stands in a parameter {type, value}. */
export const paramOf = (data: Data, name: string): unknown => rec(paramsOf(data)[name])["value"];

/** A model as agents name it: "model" where other nodes have "name". */
export function agentModel(model: Data): Data {
  const { name, ...rest } = model;
  return { ...rest, model: name ?? "", model_type: "llm" };
}

export const agent: NodeView = {
  shelf: "model",
  modes: ["workflow", "advanced-chat"],
  blank: (place) => ({
    agent_strategy_provider_name: "langgenius/agent/agent",
    agent_strategy_name: "function_calling",
    agent_strategy_label: "FunctionCalling",
    agent_parameters: {
      model: { type: "constant", value: agentModel(blankModel(place)) },
      tools: { type: "constant", value: [] },
      instruction: { type: "constant", value: "" },
      query: { type: "constant", value: place.mode === "advanced-chat" ? "{{#sys.query#}}" : "" },
      maximum_iterations: { type: "constant", value: 10 },
    },
    ...(place.mode === "advanced-chat" ? { memory: { window: { enabled: false, size: 10 } } } : {}),
  }),
  outputs: () => [{ name: "text", type: "string" }, { name: "files", type: "array[file]" }, { name: "json", type: "array[object]" }, { ...usageVar, children: [...usageVar.children] }],
  reads: (data) => argumentReads(paramsOf(data)),
  check: (data) => {
    if (data["agent_node_kind"] === "dify_agent") return [{ field: "", text: i18next.t("nodes.agentBound") }];
    const out = [];
    if (strategyOf(data) === undefined) out.push(emptyProblem("agent_strategy_name", i18next.t("agent.strategy")));
    const model = rec(paramsOf(data)["model"]);
    if (model["type"] !== "variable" && (text(rec(model["value"])["model"]) || text(rec(model["value"])["name"])) === "") out.push(noModelProblem("model"));
    const query = rec(paramsOf(data)["query"]);
    if (query["type"] !== "variable" && text(query["value"]).trim() === "") out.push(emptyProblem("query", i18next.t("nodes.agentQuery")));
    return out;
  },
  handling: { error: true, retry: false },
  single: true,
  Form: lazy(() => import("./agent-form")),
};
