// A JSON schema as variables that can be chosen.
import { isRecord } from "@/api/client";
import type { ScopeVar, VarType } from "@/lib/scope";
import { readType } from "@/lib/scope";

/** A schema that may stand as text, as files have it. */
export function readSchema(v: unknown): { readonly [k: string]: unknown } | undefined {
  if (isRecord(v)) return v;
  if (typeof v !== "string" || v.trim() === "") return undefined;
  try {
    const x: unknown = JSON.parse(v);
    return isRecord(x) ? x : undefined;
  } catch {
    return undefined;
  }
}

function one(schema: unknown): { type: VarType; children?: ScopeVar[]; items?: ScopeVar[] } {
  if (!isRecord(schema)) return { type: "any" };
  const named: unknown = Array.isArray(schema["type"]) ? schema["type"].find((x) => x !== "null") : schema["type"];
  if (named === "object") return isRecord(schema["properties"]) ? { type: "object", children: schemaVars(schema) } : { type: "object" };
  if (named !== "array") return { type: readType(named) };
  const item = one(schema["items"]);
  const type = readType(`array[${item.type === "integer" ? "number" : item.type}]`);
  return { type: type === "any" ? "array[any]" : type, ...(item.children ? { items: item.children } : {}) };
}

/** The properties of an object schema. */
export function schemaVars(schema: unknown): ScopeVar[] {
  const o = readSchema(schema);
  const props = o && isRecord(o["properties"]) ? o["properties"] : {};
  return Object.entries(props).map(([name, s]) => {
    const label = isRecord(s) && typeof s["description"] === "string" ? s["description"] : "";
    return { name, ...one(s), ...(label ? { label } : {}) };
  });
}
