// Tools of the site as the data of nodes names them, and their arguments. Pure.
import type { ToolView } from "@/api/types";
import type { Selector, VarType } from "@/lib/scope";
import { readSelector } from "@/lib/scope";
import type { Value } from "@/parts/variables/value-field";
import type { Data } from "../node-view";
import { rec, text } from "./read";

export type ToolParam = ToolView["params"][number];

export interface ToolRef {
  type: string;
  provider: string;
  name: string;
}

/** Dify writes the whole path of a plugin, of which the last part is the provider here. */
const short = (provider: string): string => provider.split("/").at(-1) ?? provider;

export function findTool(tools: readonly ToolView[], ref: ToolRef): ToolView | undefined {
  const same = tools.filter((v) => v.name === ref.name && (v.provider === ref.provider || short(v.provider) === short(ref.provider)));
  return same.find((v) => v.type === ref.type) ?? same[0];
}

export const sameTool = (a: ToolView, b: ToolView | undefined): boolean => b !== undefined && a.type === b.type && a.provider === b.provider && a.name === b.name;

/** The tool of a tool node. */
export const refOfNode = (data: Data): ToolRef => ({ type: text(data["provider_type"]), provider: text(data["provider_id"]) || text(data["provider_name"]), name: text(data["tool_name"]) });
/** The tool of an agent's entry. */
export const refOfEntry = (e: Data): ToolRef => ({ type: text(e["provider_type"]) || text(e["type"]), provider: text(e["provider_id"]) || text(e["provider_name"]), name: text(e["tool_name"]) });

/** What an argument of a parameter may be. */
export const argType: { readonly [type: string]: VarType } = { string: "string", text: "string", number: "number", boolean: "boolean", select: "string", file: "file", files: "array[file]", object: "object", array: "array[any]", dataset: "string" };
export const typeOfParam = (p: ToolParam): VarType => argType[p.type] ?? "any";

const accepted: { readonly [type: string]: readonly VarType[] } = {
  file: ["file", "array[file]"], files: ["array[file]", "file"], array: ["array[any]", "array[string]", "array[number]", "array[object]", "array[boolean]"], object: ["object"],
};
export const acceptsOf = (p: ToolParam): readonly VarType[] => accepted[p.type] ?? [typeOfParam(p)];

/** Texts are written as mixed: words with references between them. */
export const isMixed = (p: ToolParam): boolean => (p.type === "string" || p.type === "text" || argType[p.type] === undefined) && (p.options ?? []).length === 0;
export const onlyVariable = (p: ToolParam): boolean => p.type === "file" || p.type === "files";

/** An argument {type, value} of a file, or a bare value as old files have it. */
export function readArg(arg: unknown): Value {
  const a = rec(arg);
  if (a["type"] === "variable") return { kind: "variable", selector: readSelector(a["value"]) };
  if ("value" in a) return { kind: "constant", value: a["value"] };
  return { kind: "constant", value: arg };
}

export function variableArg(selector: Selector): Data {
  return { type: "variable", value: [...selector] };
}

/** undefined stands for no argument at all. */
export function writeArg(p: ToolParam, v: Value): Data | undefined {
  if (v.kind === "variable") return variableArg(v.selector);
  if (v.value === undefined || v.value === null || v.value === "") return undefined;
  return isMixed(p) && typeof v.value === "string" ? { type: "mixed", value: v.value } : { type: "constant", value: v.value };
}

/** The arguments of a tool that was just chosen: the defaults of its settings. */
export function firstSettings(t: ToolView): Data {
  return Object.fromEntries((t.params ?? []).filter((p) => p.form === "form" && p.default !== null && p.default !== undefined && p.default !== "").map((p) => [p.name, { type: "constant", value: p.default }]));
}

/** The data of a tool node that now calls another tool. */
export function withTool(t: ToolView, label: string): Data {
  return {
    provider_id: t.provider, provider_type: t.type, provider_name: t.provider, tool_name: t.name, tool_label: label, tool_description: t.description,
    tool_parameters: {}, tool_configurations: firstSettings(t), tool_node_version: "2", output_schema: undefined, paramSchemas: undefined, params: undefined, credential_id: undefined, plugin_unique_identifier: undefined, plugin_id: undefined,
  };
}

/** The entry of an agent for a tool: the model fills in what the tool says it may. */
export function newEntry(t: ToolView, label: string): Data {
  return {
    enabled: true, type: t.type, provider_name: t.provider, provider_show_name: t.provider_label.en || t.provider, tool_name: t.name, tool_label: label,
    parameters: Object.fromEntries((t.params ?? []).filter((p) => p.form !== "form").map((p) => [p.name, { auto: 1, value: null }])),
    settings: Object.fromEntries(Object.entries(firstSettings(t)).map(([k, v]) => [k, { value: v }])),
    extra: { description: t.description }, schemas: [],
  };
}
