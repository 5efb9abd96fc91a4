// What agents and tool nodes know of tools: the list of all, and which one a reference means.
import type { ToolView } from "@/api/types";
import { tools } from "@/api/console";
import { keys } from "@/api/keys";
import { useRead } from "@/api/use";
import { match } from "@/lib/match";
import { sayText } from "@/text/say";

/** How tool nodes and agents name a tool: Dify's provider_type, provider_id and tool_name. */
export interface ToolRef {
  type: string;
  provider: string;
  name: string;
}

export function useTools() {
  const list = useRead(keys.tools, tools, { stale: 10_000 });
  return { ...list, rows: list.data?.data ?? [] };
}

/** Tells whether a reference means a tool. Files from elsewhere name providers of plug-ins by path, and others by their label. */
export function means(ref: ToolRef, v: ToolView): boolean {
  if (ref.name !== v.name && v.type !== "workflow" && v.type !== "app") return false;
  if (v.type === "builtin") return (ref.type === "builtin" || ref.type === "plugin" || ref.type === "") && ref.provider.split("/").at(-1) === v.provider;
  return ref.type === v.type && (ref.provider === v.provider || ref.provider === v.provider_label.en);
}

export function findTool(rows: ToolView[], ref: ToolRef): ToolView | undefined {
  return rows.find((v) => means(ref, v));
}

export function toolName(v: ToolView): string {
  return sayText(v.label) || v.name;
}

export const toolKinds = ["builtin", "api", "mcp", "workflow"] as const;
export type ToolKind = (typeof toolKinds)[number];

/** The kinds as pages show them: apps that talk stand with the workflows. */
export function kindOf(type: string): ToolKind {
  return toolKinds.find((k) => k === type) ?? (type === "app" ? "workflow" : "builtin");
}

export interface ToolGroup {
  key: string;
  kind: ToolKind;
  label: string;
  tools: ToolView[];
}

/** The tools that match some words, by their providers. Apps stand together. */
export function groups(rows: ToolView[], words: string): ToolGroup[] {
  const all = new Map<string, ToolGroup>();
  for (const v of rows) {
    const provider = sayText(v.provider_label);
    if (!match(words, v.name, v.label.en, v.label.zh, provider, v.provider_label.en, v.description, v.about.zh)) continue;
    const kind = kindOf(v.type);
    const key = kind === "workflow" ? kind : `${v.type}/${v.provider}`;
    const g = all.get(key) ?? { key, kind, label: provider, tools: [] };
    g.tools.push(v);
    all.set(key, g);
  }
  return [...all.values()];
}
