import i18next from "i18next";
import { lazy } from "react";
import { TOP_K } from "@/lib/search";
import type { NodeView } from "../node-view";
import { chosen, emptyProblem, noModelProblem } from "./common";
import { rec, text, texts } from "./read";

export const knowledgeRetrieval: NodeView = {
  shelf: "knowledge",
  modes: ["workflow", "advanced-chat"],
  blank: (place) => ({
    query_variable_selector: place.mode === "advanced-chat" ? ["sys", "query"] : [],
    query_attachment_selector: [],
    dataset_ids: [],
    retrieval_mode: "multiple",
    multiple_retrieval_config: { top_k: TOP_K, score_threshold: null, reranking_enable: false },
    metadata_filtering_mode: "disabled",
  }),
  outputs: () => [
    {
      name: "result", type: "array[object]",
      items: [
        { name: "content", type: "string" },
        { name: "title", type: "string" },
        { name: "summary", type: "string" },
        { name: "files", type: "array[file]" },
        { name: "metadata", type: "object", children: [{ name: "dataset_id", type: "string" }, { name: "dataset_name", type: "string" }, { name: "document_id", type: "string" }, { name: "document_name", type: "string" }, { name: "segment_id", type: "string" }, { name: "score", type: "number" }, { name: "position", type: "number" }, { name: "doc_metadata", type: "object" }] },
      ],
    },
  ],
  reads: (data) => chosen(data["query_variable_selector"], data["query_attachment_selector"]),
  check: (data) => {
    const out = chosen(data["query_variable_selector"], data["query_attachment_selector"]).length === 0 ? [emptyProblem("query_variable_selector", i18next.t("nodes.query"))] : [];
    if (texts(data["dataset_ids"]).length === 0) out.push(emptyProblem("dataset_ids", i18next.t("nodes.datasets")));
    if (data["retrieval_mode"] === "single" && text(rec(rec(data["single_retrieval_config"])["model"])["name"]) === "") out.push(noModelProblem("single_retrieval_config"));
    if (data["metadata_filtering_mode"] === "automatic" && text(rec(data["metadata_model_config"])["name"]) === "") out.push(noModelProblem("metadata_model_config"));
    return out;
  },
  handling: { error: true, retry: false },
  single: true,
  Form: lazy(() => import("./knowledge-retrieval-form")),
};
