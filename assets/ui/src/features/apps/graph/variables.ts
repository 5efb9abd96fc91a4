// Values of a graph's own variables as people type them. Pure.
import { convTypes, envTypes } from "./graph";

export const HIDDEN = "[__HIDDEN__]"; // the server's word for a secret that it keeps to itself

/** A value as the text of its field. */
export function typedText(type: string, value: unknown): string {
  if (type === "secret") return "";
  if (typeof value === "string") return value;
  return value === null || value === undefined ? "" : JSON.stringify(value, null, 2);
}

/** What a text stands for; undefined where it is no value of the type. An empty text is the type's empty value. */
export function typedValue(type: string, text: string): unknown {
  const s = text.trim();
  switch (type) {
    case "string":
      return text;
    case "secret":
      return text === "" ? HIDDEN : text;
    case "number": {
      const n = Number(s);
      return s === "" ? 0 : Number.isFinite(n) ? n : undefined;
    }
    case "boolean":
      return s === "true" ? true : s === "false" || s === "" ? false : undefined;
  }
  if (s === "") return type === "object" ? {} : [];
  try {
    const v: unknown = JSON.parse(s);
    if (type === "object") return typeof v === "object" && v !== null && !Array.isArray(v) ? v : undefined;
    if (!Array.isArray(v)) return undefined;
    const item = type.slice("array[".length, -1);
    return item === "any" || v.every((x: unknown) => (item === "object" ? typeof x === "object" && x !== null && !Array.isArray(x) : typeof x === item)) ? v : undefined;
  } catch {
    return undefined;
  }
}

/** The types to choose from, with that of a variable which was imported with another one. */
export function typesFor(env: boolean, now: string): string[] {
  const known: readonly string[] = env ? envTypes : convTypes;
  return known.includes(now) || now === "" ? [...known] : [...known, now];
}

/** An id as the server makes them; crypto.randomUUID is missing on plain http. */
export function newId(): string {
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = ((b[6] ?? 0) & 0x0f) | 0x40;
  b[8] = ((b[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(b, (x) => x.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export type VarProblem = "var.nameEmpty" | "vars.nameBad" | "var.nameTwice";

export function varNameProblem(name: string, others: string[]): VarProblem | undefined {
  if (name === "") return "var.nameEmpty";
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,29}$/.test(name)) return "vars.nameBad";
  return others.includes(name) ? "var.nameTwice" : undefined;
}
