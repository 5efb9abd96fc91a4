// Every kind of node that this canvas knows, and how it is edited.
import type { NodeView } from "../node-view";
import { agent } from "./agent";
import { answer } from "./answer";
import { end } from "./end";
import { knowledgeRetrieval } from "./knowledge-retrieval";
import { llm } from "./llm";
import { parameterExtractor } from "./parameter-extractor";
import { questionClassifier } from "./question-classifier";
import { start } from "./start";
import { tool } from "./tool";
import { unknown } from "./unknown";

export const nodeTypes = [
  "start", "answer", "end", "llm", "question-classifier", "parameter-extractor", "knowledge-retrieval", "agent", "tool",
  "if-else", "code", "http-request", "template-transform", "iteration", "iteration-start", "loop", "loop-start", "loop-end",
  "assigner", "variable-aggregator", "list-operator", "document-extractor", "human-input", "trigger-schedule", "trigger-webhook",
] as const;
export type NodeType = (typeof nodeTypes)[number];

/** One line per kind; a kind without one yet is edited as an unknown one. */
export const nodeViews: { readonly [T in NodeType]?: NodeView } = {
  start,
  answer,
  end,
  llm,
  "question-classifier": questionClassifier,
  "parameter-extractor": parameterExtractor,
  "knowledge-retrieval": knowledgeRetrieval,
  agent,
  tool,
};

/** Older names of kinds. */
const same: { readonly [type: string]: NodeType } = { "variable-assigner": "variable-aggregator" };

export function viewOf(type: string): NodeView {
  const known = nodeTypes.find((t) => t === (same[type] ?? type));
  return (known && nodeViews[known]) ?? unknown;
}
