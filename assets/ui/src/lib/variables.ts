// Variables of a prompt: finding them, checking what a person typed into their form. Pure.
import type { Variable } from "@/api/types";

export const kinds = ["text", "paragraph", "select", "number", "checkbox"] as const;
export type Kind = (typeof kinds)[number];

export function kindOf(v: Variable): Kind {
  return kinds.find((k) => k === v.kind) ?? "text";
}

export const TEXT_MAX = 256; // characters of a "text" whose max_length is 0

/** A name that {{name}} can stand for: letters, digits, _ and Chinese characters, no digit first; the same rule as the server's. */
const letter = "a-zA-Z_\\u4e00-\\u9fff\\u3400-\\u4dbf";
const NAME = new RegExp(`^[${letter}][0-9${letter}]{0,99}$`);
const REF = new RegExp(`\\{\\{\\s*([${letter}][0-9${letter}]{0,99})\\s*\\}\\}`, "g");

export type NameProblem = "var.nameEmpty" | "var.nameBad" | "var.nameTwice";

export function nameProblem(name: string, others: string[]): NameProblem | undefined {
  if (name === "") return "var.nameEmpty";
  if (!NAME.test(name)) return "var.nameBad";
  return others.includes(name) ? "var.nameTwice" : undefined;
}

export interface Piece {
  text: string;
  /** The variable that the piece names; undefined for plain text. */
  name?: string;
}

/** The prompt in pieces, to be highlighted. Joined they are the prompt again. */
export function pieces(prompt: string): Piece[] {
  const out: Piece[] = [];
  let at = 0;
  for (const m of prompt.matchAll(REF)) {
    if (m.index > at) out.push({ text: prompt.slice(at, m.index) });
    out.push({ text: m[0], name: m[1] ?? "" });
    at = m.index + m[0].length;
  }
  if (at < prompt.length) out.push({ text: prompt.slice(at) });
  return out;
}

export function used(...texts: string[]): string[] {
  const names = texts.flatMap((x) => Array.from(x.matchAll(REF), (m) => m[1] ?? ""));
  return [...new Set(names)];
}

/** Names that the texts use and nobody declared. */
export function undeclared(vars: Variable[], ...texts: string[]): string[] {
  const known = new Set(vars.map((v) => v.name));
  return used(...texts).filter((n) => !known.has(n));
}

export function renameIn(prompt: string, from: string, to: string): string {
  return pieces(prompt).map((p) => (p.name === from ? `{{${to}}}` : p.text)).join("");
}

/** The texts with the values put in; what has no value stays as it is written. */
export function fill(template: string, values: { [k: string]: unknown }): string {
  return pieces(template)
    .map((p) => {
      const v = p.name === undefined ? undefined : values[p.name];
      return v === undefined || v === null || v === "" ? p.text : String(v);
    })
    .join("");
}

export function newVariable(name: string): Variable {
  return { name, label: name, kind: "text", required: true };
}

export function lengthLimit(v: Variable): number | undefined {
  if (v.max_length && v.max_length > 0) return v.max_length;
  return v.kind === "text" ? TEXT_MAX : undefined;
}
