// What a search can be set to, and the conditions of a metadata filter, pure.
import type { Condition, Filter, MetadataField, SearchSettings } from "@/api/types";

export const TOP_K = 4;
export const TOP_K_MAX = 100;

export const plainSearch: SearchSettings = {
  method: "", top_k: TOP_K, threshold: 0.5, use_threshold: false, fusion: "", vector_weight: 0.5, keyword_weight: 0.5, rerank: false,
  rerank_model: { endpoint_id: "", name: "" },
};

/** Settings as a form shows them: what was never set has its default. */
export function shownSearch(s: SearchSettings | null | undefined): SearchSettings {
  if (!s) return plainSearch;
  return { ...s, top_k: s.top_k || TOP_K, ...(s.vector_weight + s.keyword_weight > 0 ? {} : { vector_weight: 0.5, keyword_weight: 0.5 }), threshold: s.threshold || 0.5 };
}

export const methods = ["hybrid_search", "semantic_search", "full_text_search"] as const;
export type Method = (typeof methods)[number];

/** The method of settings that may leave the choice to islet or say Dify's economical search. */
export function methodOf(s: SearchSettings, vectors: boolean): Method {
  if (s.method === "full_text_search" || s.method === "keyword_search") return "full_text_search";
  if (s.method === "semantic_search") return "semantic_search";
  return vectors || s.method === "hybrid_search" ? "hybrid_search" : "full_text_search";
}

const operators: { [type: string]: readonly string[] } = {
  string: ["is", "is not", "contains", "not contains", "start with", "end with", "in", "not in", "empty", "not empty"],
  number: ["=", "≠", ">", "<", "≥", "≤", "empty", "not empty"],
  time: ["is", "before", "after", "empty", "not empty"],
};

export function operatorsOf(type: string): readonly string[] {
  return operators[type] ?? [];
}

export const unary = (operator: string): boolean => operator === "empty" || operator === "not empty";

/** What a condition must know of a field. */
export type FieldOf = Pick<MetadataField, "name" | "type">;

export function newCondition(f: FieldOf): Condition {
  return { name: f.name, comparison_operator: operatorsOf(f.type)[0] ?? "is", value: "" };
}

/** A filter without the conditions that say nothing yet; null if none is left. */
export function spoken(f: Filter): Filter | null {
  const conditions = (f.conditions ?? []).filter((c) => unary(c.comparison_operator) || (c.value !== "" && c.value !== null && c.value !== undefined));
  return conditions.length > 0 ? { ...f, conditions } : null;
}
