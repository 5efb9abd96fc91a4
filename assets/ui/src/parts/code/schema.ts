// A JSON schema as rows that can be edited. What rows cannot show is kept: unknown keywords of a row come back where they were,
// and a part that is no plain type is a row of the type "other" that is changed as JSON only. Pure.
import { isRecord } from "@/api/client";

export const schemaTypes = ["string", "number", "integer", "boolean", "object", "array"] as const;
export type SchemaType = (typeof schemaTypes)[number];

type Json = { readonly [k: string]: unknown };

export interface SchemaRow {
  name: string;
  type: SchemaType | "other";
  required: boolean;
  description: string;
  /** The only values; empty: any. */
  enums: readonly unknown[];
  /** Of an object. */
  fields: readonly SchemaRow[];
  /** Of an array. */
  item: SchemaRow | null;
  /** Keywords that are not shown. */
  rest: Json;
}

const typeOf = (v: unknown): SchemaType | undefined => schemaTypes.find((t) => t === v);

export function newRow(name: string, type: SchemaRow["type"] = "string", required = true): SchemaRow {
  return { name, type, required, description: "", enums: [], fields: [], item: type === "array" ? newRow("", "string") : null, rest: {} };
}

/** Reads one schema; name and required are said by who has it. */
export function readRow(schema: unknown, name = "", required = false): SchemaRow {
  const s: Json = isRecord(schema) ? schema : {};
  const type = typeOf(s["type"]);
  const shaped = Array.isArray(s["items"]) || (s["enum"] !== undefined && !Array.isArray(s["enum"])) || (s["properties"] !== undefined && !isRecord(s["properties"]));
  if (!type || shaped) return { ...newRow(name, "other", required), rest: s };
  const { type: _type, description, enum: enums, properties, required: names, items, ...rest } = s;
  const row = newRow(name, type, required);
  const must = new Set(Array.isArray(names) ? names : []);
  const known = isRecord(properties) ? Object.keys(properties) : [];
  return {
    ...row,
    description: typeof description === "string" ? description : "",
    enums: Array.isArray(enums) ? enums : [],
    fields: type === "object" && isRecord(properties) ? Object.entries(properties).map(([k, v]) => readRow(v, k, must.has(k))) : [],
    item: type === "array" ? (items === undefined ? newRow("", "string") : readRow(items)) : null,
    // required names without a property are nobody's row
    rest: { ...rest, ...(type === "object" && Array.isArray(names) && names.some((n: unknown) => typeof n !== "string" || !known.includes(n)) ? { required: names } : {}) },
  };
}

/** The schema of a row. Rows without a name are left out: nobody finished them yet. */
export function writeRow(r: SchemaRow): Json {
  if (r.type === "other") return r.rest;
  const { required: _stray, ...rest } = r.rest;
  const out: { [k: string]: unknown } = { type: r.type };
  if (r.description !== "") out["description"] = r.description;
  if (r.enums.length > 0) out["enum"] = r.enums;
  if (r.type === "object") {
    const fields = r.fields.filter((f) => f.name !== "");
    out["properties"] = Object.fromEntries(fields.map((f) => [f.name, writeRow(f)]));
    const stray = Array.isArray(r.rest["required"]) ? r.rest["required"].filter((n: unknown) => !fields.some((f) => f.name === n)) : [];
    const names = [...fields.filter((f) => f.required).map((f) => f.name), ...stray];
    if (names.length > 0) out["required"] = names;
  }
  if (r.type === "array" && r.item) out["items"] = writeRow(r.item);
  return { ...out, ...rest };
}

export const emptySchema: Json = { type: "object", properties: {}, required: [], additionalProperties: false };

/** The schema that a value fits: what is the same in all elements of a list is required of each. */
export function schemaOf(example: unknown): Json {
  if (Array.isArray(example)) {
    const kinds = example.map(schemaOf);
    return { type: "array", items: kinds.reduce<Json | undefined>((a, b) => (a === undefined ? b : both(a, b)), undefined) ?? { type: "string" } };
  }
  if (isRecord(example)) {
    const names = Object.keys(example);
    return { type: "object", properties: Object.fromEntries(names.map((k) => [k, schemaOf(example[k])])), required: names, additionalProperties: false };
  }
  if (typeof example === "number") return { type: Number.isInteger(example) ? "integer" : "number" };
  if (typeof example === "boolean") return { type: "boolean" };
  return { type: "string" };
}

function both(a: Json, b: Json): Json {
  if (a["type"] !== b["type"]) {
    const numbers = [a["type"], b["type"]].every((t) => t === "integer" || t === "number");
    return numbers ? { type: "number" } : { type: "string" };
  }
  if (a["type"] === "object") {
    const pa = isRecord(a["properties"]) ? a["properties"] : {};
    const pb = isRecord(b["properties"]) ? b["properties"] : {};
    const ra: readonly unknown[] = Array.isArray(a["required"]) ? a["required"] : [];
    const rb: readonly unknown[] = Array.isArray(b["required"]) ? b["required"] : [];
    const props = Object.fromEntries([...new Set([...Object.keys(pa), ...Object.keys(pb)])].map((k) => {
      const x = pa[k];
      const y = pb[k];
      return [k, isRecord(x) && isRecord(y) ? both(x, y) : (x ?? y)];
    }));
    return { type: "object", properties: props, required: ra.filter((n) => rb.includes(n)), additionalProperties: false };
  }
  if (a["type"] === "array" && isRecord(a["items"]) && isRecord(b["items"])) return { type: "array", items: both(a["items"], b["items"]) };
  return a;
}

/** The names that stand twice in one object, anywhere. */
export function twiceIn(r: SchemaRow): string[] {
  const names = r.fields.map((f) => f.name).filter((n) => n !== "");
  const own = names.filter((n, i) => names.indexOf(n) !== i);
  return [...own, ...r.fields.flatMap(twiceIn), ...(r.item ? twiceIn(r.item) : [])];
}
