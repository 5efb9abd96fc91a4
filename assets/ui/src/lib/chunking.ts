// The form in which people say how documents are cut, and Dify's process_rule, which the server stores. Pure.
import type { Chunking } from "@/api/types";

export const forms = ["text_model", "hierarchical_model", "qa_model"] as const;
export type Form = (typeof forms)[number];

export interface Rules {
  form: Form;
  custom: boolean;
  separator: string;
  max: number;
  overlap: number;
  whole: boolean;
  childSeparator: string;
  childMax: number;
  spaces: boolean;
  addresses: boolean;
  model: Chunking["model"];
  language: string;
}

export const firstRules: Rules = {
  form: "text_model", custom: false, separator: "\\n\\n", max: 1024, overlap: 50, whole: false, childSeparator: "\\n", childMax: 512, spaces: true, addresses: false,
  model: { endpoint_id: "", name: "" }, language: "",
};

export const MAX_TOKENS = 4000;
export const MIN_TOKENS = 50;
export const MIN_CHILD = 16;

/** A whole document as one passage is a rule of one's own: the automatic rules follow its sections. */
export const isWhole = (r: Rules): boolean => r.custom && r.form === "hierarchical_model" && r.whole;

/** The most that a child may hold: no more than its parent. */
export const childMost = (r: Rules): number => (isWhole(r) ? MAX_TOKENS : Math.min(MAX_TOKENS, Math.max(r.max, MIN_CHILD)));

/** What the server is sent. */
export function toChunking(r: Rules): Chunking {
  const pre = [{ id: "remove_extra_spaces", enabled: r.spaces }, { id: "remove_urls_emails", enabled: r.addresses }];
  const mode = !r.custom ? "automatic" : r.form === "hierarchical_model" ? "hierarchical" : "custom";
  const rules = {
    pre_processing_rules: pre,
    segmentation: { separator: r.separator, max_tokens: r.max, chunk_overlap: Math.min(r.overlap, Math.floor(r.max / 2)) },
    ...(r.form === "hierarchical_model" ? { parent_mode: r.whole ? "full-doc" : "paragraph", subchunk_segmentation: { separator: r.childSeparator, max_tokens: Math.min(r.childMax, childMost(r)) } } : {}),
  };
  return { form: r.form, language: r.language, model: r.model, rules: { mode, rules } };
}

const isObject = (v: unknown): v is { [k: string]: unknown } => typeof v === "object" && v !== null && !Array.isArray(v);
const part = (v: unknown, k: string): unknown => (isObject(v) ? v[k] : undefined);
const num = (v: unknown, or: number): number => (typeof v === "number" && v > 0 ? v : or);
const str = (v: unknown, or: string): string => (typeof v === "string" && v !== "" ? v : or);

/** The form of what the server has. */
export function fromChunking(c: Chunking): Rules {
  const rules = part(c.rules, "rules");
  const seg = part(rules, "segmentation");
  const sub = part(rules, "subchunk_segmentation");
  const pre = part(rules, "pre_processing_rules");
  const on = (id: string, or: boolean): boolean => {
    const found: unknown = Array.isArray(pre) ? pre.find((x: unknown) => part(x, "id") === id) : undefined;
    return found === undefined ? or : part(found, "enabled") === true;
  };
  const mode = part(c.rules, "mode");
  return {
    ...firstRules,
    form: forms.find((f) => f === c.form) ?? "text_model",
    custom: mode === "custom" || mode === "hierarchical",
    separator: str(part(seg, "separator"), firstRules.separator).replaceAll("\n", "\\n"),
    max: num(part(seg, "max_tokens"), firstRules.max),
    overlap: typeof part(seg, "chunk_overlap") === "number" ? num(part(seg, "chunk_overlap"), 0) : firstRules.overlap,
    whole: part(rules, "parent_mode") === "full-doc",
    childSeparator: str(part(sub, "separator"), firstRules.childSeparator).replaceAll("\n", "\\n"),
    childMax: num(part(sub, "max_tokens"), firstRules.childMax),
    spaces: on("remove_extra_spaces", true),
    addresses: on("remove_urls_emails", false),
    model: c.model,
    language: c.language,
  };
}
