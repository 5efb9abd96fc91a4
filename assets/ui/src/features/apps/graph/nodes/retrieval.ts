// How a knowledge-retrieval node searches: Dify's fields for whoever reads the file, and islet_search, which holds all of it. Pure.
import type { Condition, Filter, ModelRef, SearchSettings } from "@/api/types";
import { isRecord } from "@/api/client";
import { plainSearch, shownSearch } from "@/lib/search";
import { isSet } from "@/lib/settings";
import type { Data } from "../node-view";
import { merged, number, rec, recs, text } from "./read";

function refOf(m: Data): ModelRef {
  return { endpoint_id: text(m["endpoint_id"]) || text(m["provider"]) || text(m["reranking_provider_name"]), name: text(m["name"]) || text(m["model"]) || text(m["reranking_model_name"]) };
}

/** The settings of multiple_retrieval_config, read as the server reads them. */
export function searchOf(config: unknown): SearchSettings {
  const c = rec(config);
  const ours = c["islet_search"];
  if (isRecord(ours)) {
    const n = (k: string): number => number(ours[k]) ?? 0;
    return shownSearch({
      method: text(ours["method"]), top_k: n("top_k"), threshold: n("threshold"), use_threshold: ours["use_threshold"] === true, fusion: text(ours["fusion"]),
      vector_weight: n("vector_weight"), keyword_weight: n("keyword_weight"), rerank: ours["rerank"] === true, rerank_model: refOf(rec(ours["rerank_model"])),
    });
  }
  const threshold = number(c["score_threshold"]) ?? 0;
  const weighted = c["reranking_mode"] === "weighted_score";
  const weights = rec(c["weights"]);
  const model = refOf(rec(c["reranking_model"]));
  return shownSearch({
    ...plainSearch, top_k: number(c["top_k"]) ?? 0, threshold, use_threshold: threshold > 0,
    ...(weighted && isRecord(c["weights"]) ? { fusion: "weights", vector_weight: number(rec(weights["vector_setting"])["vector_weight"]) ?? 0, keyword_weight: number(rec(weights["keyword_setting"])["keyword_weight"]) ?? 0 } : {}),
    rerank: !weighted && isSet(model) && c["reranking_enable"] !== false, rerank_model: model,
  });
}

/** The configuration with other settings. What else stands there stays. */
export function withSearch(config: unknown, s: SearchSettings): Data {
  const c = rec(config);
  const weighted = s.fusion === "weights" && !s.rerank;
  const rerank = isSet(s.rerank_model) ? { reranking_model: { provider: s.rerank_model.endpoint_id, model: s.rerank_model.name } } : {};
  return merged(c, {
    top_k: s.top_k,
    score_threshold: s.use_threshold ? s.threshold : null,
    reranking_enable: s.rerank || weighted,
    reranking_mode: weighted ? "weighted_score" : "reranking_model",
    ...(s.rerank ? rerank : {}),
    ...(weighted
      ? { weights: merged(c["weights"], { vector_setting: merged(rec(c["weights"])["vector_setting"], { vector_weight: s.vector_weight }), keyword_setting: merged(rec(c["weights"])["keyword_setting"], { keyword_weight: s.keyword_weight }) }) }
      : {}),
    islet_search: s,
  });
}

/** The conditions of the filter. Fields of a condition that are not shown stay as long as its name does. */
export function filterOf(data: Data): Filter {
  const f = rec(data["metadata_filtering_conditions"]);
  return { logical_operator: text(f["logical_operator"]) === "or" ? "or" : "and", conditions: recs(f["conditions"]).map((c): Condition => ({ ...c, name: text(c["name"]), comparison_operator: text(c["comparison_operator"]), value: c["value"] ?? "" })) };
}

export const withFilter = (data: Data, f: Filter): Data => ({ metadata_filtering_conditions: { ...rec(data["metadata_filtering_conditions"]), logical_operator: f.logical_operator, conditions: f.conditions } });
