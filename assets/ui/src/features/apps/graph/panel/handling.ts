// What a node does when it fails, as its data says it. Pure.
import type { ScopeVar, VarType } from "@/lib/scope";
import type { Data } from "../node-view";
import { rec, recs, text } from "../nodes/read";

export const strategies = ["none", "default-value", "fail-branch"] as const;
export type Strategy = (typeof strategies)[number];

export const strategyOf = (data: Data): Strategy => strategies.find((s) => s === data["error_strategy"]) ?? "none";

/** The types that a file can give a default for. */
const plain = ["string", "number", "object", "array[number]", "array[string]", "array[object]", "array[file]"] as const;
export type DefaultType = (typeof plain)[number];
const defaultType = (t: VarType): DefaultType | undefined => plain.find((p) => p === (t === "integer" ? "number" : t === "any" || t === "secret" ? "string" : t));

const blanks: Record<DefaultType, unknown> = { string: "", number: 0, object: "{}", "array[number]": "[]", "array[string]": "[]", "array[object]": "[]", "array[file]": "[]" };

export interface DefaultRow {
  key: string;
  type: DefaultType;
  value: unknown;
}

/** A default for each output that can have one: what the data says, or an empty value. */
export function defaultsOf(data: Data, outputs: readonly ScopeVar[]): DefaultRow[] {
  const said = recs(data["default_value"]);
  return outputs.flatMap((v): DefaultRow[] => {
    const type = defaultType(v.type);
    if (!type) return [];
    const row = said.find((r) => r["key"] === v.name && r["type"] === type);
    return [{ key: v.name, type, value: row && "value" in row ? row["value"] : blanks[type] }];
  });
}

/** A value as people edit it. Objects and lists stand in the file as their JSON. */
export function shown(row: DefaultRow): unknown {
  if (row.type === "string" || typeof row.value !== "string") return row.value;
  try {
    return row.type === "number" && row.value.trim() === "" ? 0 : JSON.parse(row.value);
  } catch {
    return row.value;
  }
}

export const written = (type: DefaultType, v: unknown): unknown => (type === "string" ? text(v) : type === "number" ? (typeof v === "number" ? v : 0) : JSON.stringify(v ?? (type === "object" ? {} : [])));

/** The settings for another way of handling. */
export function withStrategy(data: Data, outputs: readonly ScopeVar[], s: Strategy): Data {
  if (s === "none") return { error_strategy: undefined, default_value: undefined };
  return s === "fail-branch" ? { error_strategy: s, default_value: undefined } : { error_strategy: s, default_value: defaultsOf(data, outputs) };
}

export interface Retry {
  on: boolean;
  times: number;
  interval: number;
}

export const MOST_RETRIES = 10;
export const LONGEST_INTERVAL = 5000;

export function retryOf(data: Data): Retry {
  const r = rec(data["retry_config"]);
  const number = (v: unknown, other: number): number => (Number.isFinite(Number(v)) && Number(v) > 0 ? Number(v) : other);
  return { on: r["retry_enabled"] === true, times: number(r["max_retries"], 3), interval: number(r["retry_interval"], 1000) };
}

export const withRetry = (data: Data, part: Partial<Retry>): Data => {
  const r = { ...retryOf(data), ...part };
  return { retry_config: { ...rec(data["retry_config"]), retry_enabled: r.on, max_retries: r.times, retry_interval: r.interval } };
};
