import i18next from "i18next";
import { lazy } from "react";
import { readSelector, readType } from "@/lib/scope";
import type { Data, NodeView } from "../node-view";
import { chosen, emptyProblem, nameProblems } from "./common";
import { rec, recs, text } from "./read";

export const languages = ["python3", "javascript"] as const;
export type Language = (typeof languages)[number];
export const languageOf = (data: Data): Language => (data["code_language"] === "javascript" ? "javascript" : "python3");

export const outputTypes = ["string", "number", "boolean", "object", "array[string]", "array[number]", "array[object]", "array[boolean]"] as const;

/** What a new node of a language begins with; its inputs are arg1 and arg2, or those that are declared. */
export function templateOf(language: Language, names: readonly string[]): string {
  const [first] = names;
  if (language === "javascript") return `function main({${names.join(", ")}}) {\n    return {\n        result: ${first ?? '""'}\n    }\n}\n`;
  return `def main(${names.join(", ")}) -> dict:\n    return {\n        "result": ${first ?? '""'},\n    }\n`;
}

/** Whether nobody wrote anything yet: the program is empty, or what a new node begins with. */
export function isUntouched(code: string, names: readonly string[]): boolean {
  const bare = (s: string): string => s.replace(/\s+/g, "");
  const now = bare(code);
  return now === "" || languages.some((l) => [[], ["arg1", "arg2"], names].some((n) => bare(templateOf(l, n)) === now));
}

export interface Output {
  name: string;
  type: string;
  rest: Data;
}

export const outputsOf = (data: Data): Output[] => Object.entries(rec(data["outputs"])).map(([name, o]) => ({ name, type: text(rec(o)["type"]) || "string", rest: rec(o) }));

/** The outputs as the file has them. Of two with one name the first counts; the form shows that there are two. */
export function writeOutputs(rows: readonly Output[]): Data {
  const out: { [k: string]: unknown } = {};
  for (const r of rows) if (!(r.name in out)) out[r.name] = { ...("children" in r.rest ? {} : { children: null }), ...r.rest, type: r.type };
  return out;
}

/** The keys of the first dictionary that main returns, as far as they can be read off; [] where they cannot. */
export function returnedKeys(code: string): string[] {
  const at = code.lastIndexOf("return {");
  if (at < 0) return [];
  const keys: string[] = [];
  let depth = 0;
  let quote = "";
  let start = at + "return ".length;
  for (let i = start; i < code.length; i++) {
    const c = code[i] ?? "";
    if (quote !== "") {
      if (c === "\\") i++;
      else if (c === quote) quote = "";
      continue;
    }
    if (c === '"' || c === "'" || c === "`") quote = c;
    else if ("{[(".includes(c)) {
      depth++;
      if (depth === 1) start = i + 1;
    } else if ("}])".includes(c)) depth--;
    if ((c === "," && depth === 1) || depth === 0) {
      const key = /^\s*(?:["'](\w+)["']|(\w+))\s*(?::|$)/.exec(code.slice(start, i));
      const name = key?.[1] ?? key?.[2];
      if (name !== undefined) keys.push(name);
      start = i + 1;
    }
    if (depth === 0) break;
  }
  return keys;
}

export const code: NodeView = {
  shelf: "transform",
  modes: ["workflow", "advanced-chat"],
  blank: () => ({ variables: [], code_language: "python3", code: templateOf("python3", []), outputs: { result: { type: "string", children: null } } }),
  outputs: (data) => outputsOf(data).filter((o) => o.name !== "").map((o) => ({ name: o.name, type: readType(o.type) })),
  reads: (data) => chosen(...recs(data["variables"]).map((v) => v["value_selector"])),
  check: (data) => {
    const vars = recs(data["variables"]);
    const out = nameProblems(vars.map((v) => text(v["variable"])), "variables");
    const open = vars.find((v) => text(v["variable"]) !== "" && readSelector(v["value_selector"]).length < 2);
    if (open) out.push({ field: "variables", text: i18next.t("nodes.noVariableFor", { name: text(open["variable"]) }) });
    if (text(data["code"]).trim() === "") out.push(emptyProblem("code", i18next.t("node.code")));
    if (outputsOf(data).length === 0) out.push(emptyProblem("outputs", i18next.t("panel.outputs")));
    return [...out, ...nameProblems(outputsOf(data).map((o) => o.name), "outputs")];
  },
  handling: { error: true, retry: true },
  single: true,
  Form: lazy(() => import("./code-form")),
};
