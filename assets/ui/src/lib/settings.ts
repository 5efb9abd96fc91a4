// Settings of an app as the editor works with them: nothing is null, and what is off is off in one way only.
import type { FileInput, ModelRef, Settings, Variable } from "@/api/types";

export interface Draft extends Settings {
  variables: Variable[];
  suggested: string[];
  files: FileInput & { kinds: string[]; methods: string[] };
}

/** Fills in what an old or lazy server leaves out. */
export function fillSettings(s: Settings): Draft {
  return {
    ...s,
    variables: s.variables ?? [],
    suggested: s.suggested ?? [],
    files: { ...s.files, kinds: s.files?.kinds ?? [], methods: s.files?.methods ?? [] },
  };
}

export const noModel: ModelRef = { endpoint_id: "", name: "" };

export function isSet(m: ModelRef | null | undefined): m is ModelRef {
  return Boolean(m && m.endpoint_id && m.name);
}

// --- parameters of a model, each of which can be off ---

export type ParamName = "temperature" | "top_p" | "max_tokens" | "presence_penalty" | "frequency_penalty";

export interface Param {
  name: ParamName;
  min: number;
  max: number;
  step: number;
  /** What it starts with when it is switched on. */
  first: number;
}

export const params: Param[] = [
  { name: "temperature", min: 0, max: 2, step: 0.1, first: 0.7 },
  { name: "top_p", min: 0, max: 1, step: 0.05, first: 0.9 },
  { name: "max_tokens", min: 1, max: 32768, step: 1, first: 2048 },
  { name: "presence_penalty", min: -2, max: 2, step: 0.1, first: 0 },
  { name: "frequency_penalty", min: -2, max: 2, step: 0.1, first: 0 },
];

export const presets = {
  precise: { temperature: 0.2, top_p: 0.75 },
  balanced: { temperature: 0.7, top_p: 0.9 },
  creative: { temperature: 1.1, top_p: 0.95 },
} as const;
export type Preset = keyof typeof presets;

export function numberParam(ref: ModelRef, name: ParamName): number | null {
  const v = ref.params?.[name];
  return typeof v === "number" ? v : null;
}

/** Sets one parameter; null switches it off, so that the server's own default counts. */
export function withParam(ref: ModelRef, name: string, value: unknown): ModelRef {
  const { [name]: _old, ...rest } = ref.params ?? {};
  const next = value === null || value === undefined ? rest : { ...rest, [name]: value };
  const { params: _params, ...bare } = ref;
  return Object.keys(next).length > 0 ? { ...bare, params: next } : bare;
}

export function withPreset(ref: ModelRef, p: Preset): ModelRef {
  return Object.entries(presets[p]).reduce((r, [k, v]) => withParam(r, k, v), ref);
}

export function stops(ref: ModelRef): string[] {
  const v = ref.params?.["stop"];
  return Array.isArray(v) ? v.map(String) : typeof v === "string" ? [v] : [];
}

/** How many parameters are set by hand. */
export function paramCount(ref: ModelRef): number {
  return Object.keys(ref.params ?? {}).length;
}

export const SUGGESTED_MAX = 10;
export const WINDOW_MAX = 500;
export const FILES_MAX = 10;
