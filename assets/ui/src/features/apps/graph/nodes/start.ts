import i18next from "i18next";
import { lazy } from "react";
import type { ScopeVar, VarType } from "@/lib/scope";
import type { NodeView } from "../node-view";
import { nameProblems } from "./common";
import { recs, text, texts } from "./read";
import { readSchema, schemaVars } from "./schema-vars";

/** The types of an input field, in the order in which they are offered. */
export const inputTypes = ["text-input", "paragraph", "select", "number", "checkbox", "file", "file-list", "json_object"] as const;
export type InputType = (typeof inputTypes)[number];

const made: { readonly [type: string]: VarType } = { number: "number", checkbox: "boolean", file: "file", "file-list": "array[file]", json_object: "object" };

export const start: NodeView = {
  shelf: "entry",
  modes: ["workflow", "advanced-chat"],
  blank: () => ({ variables: [] }),
  outputs: (data) =>
    recs(data["variables"]).flatMap((v): ScopeVar[] => {
      const name = text(v["variable"]);
      if (name === "") return [];
      const type = made[text(v["type"])] ?? "string";
      const label = text(v["label"]);
      const schema = type === "object" ? readSchema(v["json_schema"]) : undefined;
      return [{ name, type, ...(label && label !== name ? { label } : {}), ...(schema ? { children: schemaVars(schema) } : {}) }];
    }),
  reads: () => [],
  check: (data) => {
    const vars = recs(data["variables"]);
    const out = nameProblems(vars.map((v) => text(v["variable"])), "variables");
    for (const v of vars) if (v["type"] === "select" && texts(v["options"]).length === 0) out.push({ field: "variables", text: i18next.t("nodes.noOptions", { name: text(v["label"]) || text(v["variable"]) }) });
    return out;
  },
  handling: { error: false, retry: false },
  single: false,
  Form: lazy(() => import("./start-form")),
};
