// The calls about tools: what can be called, where it comes from, trying it out.
import { del, get, patch, post, put } from "./client";
import type * as T from "./types";

const at = (...parts: string[]): string => `/console/api/${parts.map(encodeURIComponent).join("/")}`;

export const toolSources = {
  list: () => get<T.List<T.ToolSource>>(at("tool-providers")),
  one: (id: string) => get<T.ToolProviderView>(at("tool-providers", id)),
  create: (b: T.ToolProviderInput) => post<T.ToolProviderView>(at("tool-providers"), b),
  save: (id: string, b: T.ToolProviderChange) => patch<T.ToolProviderView>(at("tool-providers", id), b),
  remove: (id: string) => del(at("tool-providers", id)),
  uses: (id: string) => get<T.List<T.ToolUse>>(at("tool-providers", id, "uses")),
  refresh: (id: string) => post<T.ToolProviderView>(at("tool-providers", id, "refresh")),
  authorize: (id: string) => post<{ url: string }>(at("tool-providers", id, "authorize")),
  preview: (b: { document?: string; url?: string }) => post<T.OpenAPIPreview>(at("tool-providers", "preview"), b),
  commands: () => get<T.List<string>>(at("tool-providers", "commands")),
  saveApp: (id: string, b: T.AppTool) => put<T.ToolProviderView>(at("tool-providers", id, "app"), b),
  attempt: (b: { type: string; provider: string; name: string; args: Record<string, unknown> }) => post<T.Tried>(at("tools", "try"), b),
};
