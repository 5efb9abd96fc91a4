// Reading data whose shape nobody promised.
import { isRecord } from "@/api/client";
import type { Data } from "../node-view";

export const rec = (v: unknown): Data => (isRecord(v) ? v : {});
export const list = (v: unknown): readonly unknown[] => (Array.isArray(v) ? v : []);
export const recs = (v: unknown): readonly Data[] => list(v).map(rec);
export const text = (v: unknown): string => (typeof v === "string" ? v : "");
export const texts = (v: unknown): string[] => list(v).filter((x): x is string => typeof x === "string");
export const number = (v: unknown): number | undefined => (typeof v === "number" && Number.isFinite(v) ? v : undefined);

/** The object without some of its fields. */
export function without(o: Data, ...keys: string[]): Data {
  return Object.fromEntries(Object.entries(o).filter(([k]) => !keys.includes(k)));
}

/** The object with some fields changed; a field that is undefined is removed. */
export function merged(o: unknown, part: Data): Data {
  return Object.fromEntries(Object.entries({ ...rec(o), ...part }).filter(([, v]) => v !== undefined));
}
