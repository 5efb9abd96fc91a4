// Models as a node's data names them: {provider, name, mode, completion_params}, where the provider is one of this site's
// endpoints, or whatever a file of Dify says. Pure.
import type { ModelRef, ModelRow } from "@/api/types";
import type { Data } from "../node-view";
import { merged, rec, text } from "./read";

/** The field that holds the model's name: agents call it "model". */
export type NameKey = "name" | "model";

export function refOf(model: unknown, key: NameKey = "name"): ModelRef | null {
  const m = rec(model);
  const name = text(m[key]) || text(m["name"]);
  return name === "" ? null : { endpoint_id: text(m["provider"]), name, params: { ...rec(m["completion_params"]) } };
}

/** The model that runs here for one that a file names by its provider: the server takes any endpoint that has one of the name. */
export function standIn(rows: readonly ModelRow[], ref: ModelRef): ModelRow | undefined {
  return rows.find((r) => r.model.endpoint_id === ref.endpoint_id && r.model.name === ref.name) ?? rows.find((r) => r.model.name.toLowerCase() === ref.name.toLowerCase());
}

/** An id as endpoints of this site have it. Other providers are names from elsewhere. */
export const isEndpoint = (provider: string): boolean => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(provider);

/** Another model; its parameters and what else stands there stay. */
export function withModel(model: unknown, ref: ModelRef, key: NameKey = "name"): Data {
  const m = rec(model);
  return { ...m, provider: ref.endpoint_id, [key]: ref.name, mode: "chat", completion_params: rec(m["completion_params"]), ...(key === "model" ? { model_type: "llm" } : {}) };
}

/** Other parameters. */
export const withParams = (model: unknown, ref: ModelRef): Data => merged(model, { completion_params: ref.params ?? {} });
