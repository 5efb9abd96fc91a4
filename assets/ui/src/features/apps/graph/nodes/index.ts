// Every kind of node that the server knows, and how it is edited here.
import type { NodeType } from "@/api/types";
import type { NodeView } from "../node-view";
import { absent } from "./absent";
import { agent } from "./agent";
import { answer } from "./answer";
import { assigner } from "./assigner";
import { code } from "./code";
import { entrance, iteration, loop, loopEnd } from "./containers";
import { documentExtractor } from "./document-extractor";
import { end } from "./end";
import { httpRequest } from "./http-request";
import { humanInput } from "./human-input";
import { ifElse } from "./if-else";
import { knowledgeRetrieval } from "./knowledge-retrieval";
import { listOperator } from "./list-operator";
import { llm } from "./llm";
import { parameterExtractor } from "./parameter-extractor";
import { questionClassifier } from "./question-classifier";
import { start } from "./start";
import { templateTransform } from "./template-transform";
import { tool } from "./tool";
import { triggerSchedule, triggerWebhook } from "./triggers";
import { unknown } from "./unknown";
import { variableAggregator } from "./variable-aggregator";

/** One line per kind. A kind that the server gets and this table lacks does not compile. */
export const nodeViews: Readonly<Record<NodeType, NodeView>> = {
  start,
  answer,
  end,
  llm,
  "question-classifier": questionClassifier,
  "parameter-extractor": parameterExtractor,
  "knowledge-retrieval": knowledgeRetrieval,
  agent,
  tool,
  "if-else": ifElse,
  code,
  "http-request": httpRequest,
  "template-transform": templateTransform,
  iteration,
  "iteration-start": entrance,
  loop,
  "loop-start": entrance,
  "loop-end": loopEnd,
  assigner,
  "variable-aggregator": variableAggregator,
  "variable-assigner": { ...variableAggregator, shelf: null }, // its name in older versions
  "list-operator": listOperator,
  "document-extractor": documentExtractor,
  "human-input": humanInput,
  "trigger-schedule": triggerSchedule,
  "trigger-webhook": triggerWebhook,
  "trigger-plugin": absent,
  datasource: absent,
  "datasource-empty": absent,
  "start-placeholder": absent,
  "knowledge-index": absent,
  "knowledge-retrieval-v2": absent,
};

const isKnown = (type: string): type is NodeType => Object.hasOwn(nodeViews, type);

export function viewOf(type: string): NodeView {
  return isKnown(type) ? nodeViews[type] : unknown;
}

/** All of them. */
export const nodeTypes: readonly NodeType[] = Object.keys(nodeViews).filter(isKnown);
