import type { Variable } from "@/api/types";
import { kindOf, lengthLimit } from "@/lib/variables";

export type VariableProblem = "var.optionsFew" | "var.defaultLong" | "var.hiddenRequired";

/** What keeps a variable from being saved, names aside. */
export function variableProblems(v: Variable): VariableProblem[] {
  const out: VariableProblem[] = [];
  const options = new Set((v.options ?? []).map((o) => o.trim()).filter(Boolean));
  if (kindOf(v) === "select" && options.size < 2) out.push("var.optionsFew");
  const limit = lengthLimit(v);
  if (typeof v.default === "string" && limit !== undefined && Array.from(v.default).length > limit) out.push("var.defaultLong");
  const empty = v.default === undefined || v.default === null || v.default === "";
  if (v.hidden && v.required && empty && kindOf(v) !== "checkbox") out.push("var.hiddenRequired");
  return out;
}
