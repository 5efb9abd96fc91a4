// Input fields of the start node as the dialog works with them. Pure.
import type { Variable } from "@/api/types";
import type { Kind } from "@/lib/variables";
import { TEXT_MAX } from "@/lib/variables";
import type { VariableProblem } from "../../variable-rules";
import { variableProblems } from "../../variable-rules";
import type { Data } from "../node-view";
import { number, text, texts, without } from "./read";
import { readSchema } from "./schema-vars";
import type { InputType } from "./start";
import { inputTypes } from "./start";

export const fileTypes = ["document", "image", "audio", "video", "custom"] as const;
export const fileMethods = ["local_file", "remote_url"] as const;
export const FILES = 5; // of a list that says nothing
export const FILES_MOST = 50;

const kinds: { readonly [T in InputType]?: Kind } = { "text-input": "text", paragraph: "paragraph", select: "select", number: "number", checkbox: "checkbox" };

export const typeOf = (v: Data): InputType | undefined => inputTypes.find((x) => x === v["type"]);

/** A new field of a type, or a field under another type: what does not fit it goes. */
export function retyped(v: Data, type: InputType): Data {
  const base = without(v, "default", "options", "max_length", "allowed_file_types", "allowed_file_extensions", "allowed_file_upload_methods", "json_schema");
  const now = { ...base, type };
  switch (type) {
    case "text-input":
      return { ...now, max_length: 48 };
    case "select":
      return { ...now, options: ["", ""] };
    case "file":
    case "file-list":
      return { ...now, allowed_file_types: ["document", "image"], allowed_file_extensions: [], allowed_file_upload_methods: [...fileMethods], ...(type === "file-list" ? { max_length: FILES } : {}) };
    case "json_object":
      return { ...now, json_schema: "" };
    default:
      return now;
  }
}

export const newField = (): Data => retyped({ variable: "", label: "", type: "text-input", required: true, hide: false }, "text-input");

export type FieldProblem = VariableProblem | "start.noFileTypes" | "start.noMethods" | "start.badDefault" | "start.noExtensions";

/** What keeps a field from being saved, names aside: the rules of variables of all apps, and those of files and JSON. */
export function fieldProblems(v: Data): FieldProblem[] {
  const type = typeOf(v);
  const kind = type && kinds[type];
  if (kind) {
    const asked: Variable = {
      name: text(v["variable"]), label: text(v["label"]), kind, required: v["required"] === true, hidden: v["hide"] === true, default: v["default"],
      options: texts(v["options"]), max_length: number(v["max_length"]) ?? (kind === "text" ? TEXT_MAX : 0),
    };
    return variableProblems(asked);
  }
  const out: FieldProblem[] = [];
  if (v["hide"] === true && v["required"] === true && (v["default"] ?? "") === "") out.push("var.hiddenRequired");
  if (type === "file" || type === "file-list") {
    const types = texts(v["allowed_file_types"]);
    if (types.length === 0) out.push("start.noFileTypes");
    if (types.includes("custom") && Array.isArray(v["allowed_file_extensions"]) && v["allowed_file_extensions"].length === 0) out.push("start.noExtensions");
    if (texts(v["allowed_file_upload_methods"]).length === 0) out.push("start.noMethods");
  }
  if (type === "json_object" && typeof v["default"] === "string" && v["default"].trim() !== "" && readSchema(v["default"]) === undefined) out.push("start.badDefault");
  return out;
}

/** A field as it is written into the data. */
export function finished(v: Data): Data {
  const label = text(v["label"]).trim() || text(v["variable"]);
  const options = typeOf(v) === "select" ? { options: texts(v["options"]).map((o) => o.trim()).filter(Boolean) } : {};
  return { ...(v["default"] === "" || v["default"] === undefined ? without(v, "default") : v), label, ...options };
}
