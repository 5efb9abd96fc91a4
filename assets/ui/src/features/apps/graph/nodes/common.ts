// What the nodes that ask a model have in common. Pure.
import i18next from "i18next";
import { readSelector } from "@/lib/scope";
import type { Data, NodeProblem, Place } from "../node-view";
import { list, rec, text } from "./read";

/** A model of a new node: the site's default, or none. */
export function blankModel(place: Place): Data {
  return place.model ?? { provider: "", name: "", mode: "chat", completion_params: {} };
}

export const noModelProblem = (field: string): NodeProblem => ({ field, text: i18next.t("nodes.noModel") });
export const emptyProblem = (field: string, label: string): NodeProblem => ({ field, text: i18next.t("nodes.empty", { label }) });

export function modelProblems(data: Data): NodeProblem[] {
  return text(rec(data["model"])["name"]) === "" ? [noModelProblem("model")] : [];
}

/** The files that a node shows to its model; none where that is off. */
export function visionReads(data: Data): string[][] {
  const v = rec(data["vision"]);
  if (v["enabled"] !== true) return [];
  const s = readSelector(rec(v["configs"])["variable_selector"]);
  return [s.length >= 2 ? s : ["sys", "files"]];
}

export const chosen = (...selectors: readonly unknown[]): string[][] => selectors.map(readSelector).filter((s) => s.length >= 2);

/** The variables of arguments {type: "variable", value: [...]}, however deep they stand. */
export function argumentReads(v: unknown): string[][] {
  if (Array.isArray(v)) return v.flatMap(argumentReads);
  const o = rec(v);
  if (o["type"] === "variable" && Array.isArray(o["value"])) return chosen(o["value"]);
  return Object.values(o).flatMap(argumentReads);
}

/** Names that are empty or there twice. */
export function nameProblems(names: readonly string[], field: string): NodeProblem[] {
  const out: NodeProblem[] = [];
  if (names.includes("")) out.push({ field, text: i18next.t("nodes.nameEmpty") });
  const twice = names.find((n, i) => n !== "" && names.indexOf(n) !== i);
  if (twice !== undefined) out.push({ field, text: i18next.t("nodes.nameTwice", { name: twice }) });
  return out;
}

export const usageVar = {
  name: "usage", type: "object", minor: true,
  children: [
    { name: "prompt_tokens", type: "number" }, { name: "completion_tokens", type: "number" }, { name: "total_tokens", type: "number" },
    { name: "total_price", type: "string" }, { name: "currency", type: "string" }, { name: "latency", type: "number" },
  ],
} as const;

export const hasItems = (v: unknown): boolean => list(v).length > 0;
