// The fields of a form that starts a run, a conversation or goes on with a paused run. Variables of chat apps, start nodes and
// human-input nodes write them in three ways; forms know this one. Pure.
import type { Attachment, FileInput, FormField, StartField, Variable } from "@/api/types";
import { isRecord } from "@/api/client";
import { kindOf, lengthLimit } from "./variables";

export const fieldKinds = ["text", "paragraph", "select", "number", "checkbox", "file", "files", "json"] as const;
export type FieldKind = (typeof fieldKinds)[number];

export interface Field {
  name: string;
  label: string;
  kind: FieldKind;
  required: boolean;
  /** Undefined where the form starts empty. */
  first?: unknown;
  help?: string;
  /** Longest text, in characters. */
  max?: number;
  options?: string[];
  hidden?: boolean;
  /** Of files: which are taken, and how many. */
  files?: FileInput & { kinds: string[]; methods: string[] };
}

export type Values = { [name: string]: unknown };

const startKinds: { [type: string]: FieldKind } = {
  "text-input": "text", paragraph: "paragraph", select: "select", number: "number", checkbox: "checkbox", file: "file", "file-list": "files", json_object: "json",
};

export const noFiles: FileInput & { kinds: string[]; methods: string[] } = { enabled: false, kinds: [], max: 0, methods: [], detail: "" };

function fileInput(kinds: string[] | null | undefined, methods: string[] | null | undefined, max: number): FileInput & { kinds: string[]; methods: string[] } {
  const known = kinds ?? [];
  const ways = (methods ?? []).filter((m) => m === "local_file" || m === "remote_url");
  // "custom" is any kind that no other word covers; the server looks at the extension.
  return { enabled: true, kinds: known.includes("custom") ? [] : known, max, methods: ways.length > 0 ? ways : ["local_file", "remote_url"], detail: "" };
}

const given = (v: unknown): boolean => v !== undefined && v !== null && v !== "";

export function ofVariable(v: Variable): Field {
  const max = lengthLimit(v);
  return {
    name: v.name,
    label: v.label || v.name,
    kind: kindOf(v),
    required: v.required,
    ...(given(v.default) ? { first: v.default } : {}),
    ...(v.help ? { help: v.help } : {}),
    ...(max !== undefined ? { max } : {}),
    ...(v.options ? { options: v.options.filter((o) => o !== "") } : {}),
    ...(v.hidden ? { hidden: true } : {}),
  };
}

export function ofStart(f: StartField): Field {
  const kind = startKinds[f.type] ?? "text";
  const file = kind === "file" || kind === "files";
  const first = kind === "json" && isRecord(f.default) ? JSON.stringify(f.default, null, 2) : f.default;
  return {
    name: f.variable,
    label: f.label || f.variable,
    kind,
    required: f.required,
    ...(given(first) && !file ? { first: kind === "number" && typeof first === "string" ? Number(first) : kind === "checkbox" ? first === true || first === "true" : first } : {}),
    ...(f.hint ? { help: f.hint } : {}),
    ...(f.max_length > 0 && (kind === "text" || kind === "paragraph") ? { max: f.max_length } : {}),
    ...(kind === "select" ? { options: (f.options ?? []).filter((o) => o !== "") } : {}),
    ...(f.hide ? { hidden: true } : {}),
    ...(file ? { files: fileInput(f.allowed_file_types, f.allowed_file_upload_methods, kind === "file" ? 1 : f.max_length || 5) } : {}),
  };
}

export function ofForm(f: FormField): Field {
  const kind = startKinds[f.type] ?? "text";
  const file = kind === "file" || kind === "files";
  return {
    name: f.output_variable_name,
    label: f.output_variable_name,
    kind,
    required: file && kind === "file",
    ...(given(f.default) && !file ? { first: f.default } : {}),
    ...(kind === "select" ? { options: (f.options ?? []).filter((o) => o !== "") } : {}),
    ...(file ? { files: fileInput(f.allowed_file_types, f.allowed_file_upload_methods, kind === "file" ? 1 : f.number_limits || 5) } : {}),
  };
}

/** The start fields that a graph declares, as they stand in its JSON. */
export function startFields(graph: unknown): Field[] {
  const nodes = isRecord(graph) && Array.isArray(graph["nodes"]) ? graph["nodes"] : [];
  for (const n of nodes) {
    const data: unknown = isRecord(n) ? n["data"] : null;
    if (!isRecord(data) || data["type"] !== "start" || !Array.isArray(data["variables"])) continue;
    return data["variables"].flatMap((v: unknown) => (isRecord(v) && typeof v["variable"] === "string" ? [ofStart(loose(v))] : []));
  }
  return [];
}

function loose(v: { [k: string]: unknown }): StartField {
  const text = (k: string): string => (typeof v[k] === "string" ? v[k] : "");
  const list = (k: string): string[] | null => (Array.isArray(v[k]) ? v[k].filter((x: unknown): x is string => typeof x === "string") : null);
  return {
    variable: text("variable"), label: text("label"), type: text("type"), required: v["required"] === true, default: v["default"] ?? null,
    max_length: typeof v["max_length"] === "number" ? v["max_length"] : 0, options: list("options") ?? [], hide: v["hide"] === true, hint: text("hint"),
    allowed_file_types: list("allowed_file_types") ?? [], allowed_file_extensions: list("allowed_file_extensions") ?? [],
    allowed_file_upload_methods: list("allowed_file_upload_methods") ?? [],
  };
}

/** What the form starts with. */
export function firstValues(fields: Field[]): Values {
  const out: Values = {};
  for (const f of fields) {
    if (f.first !== undefined) out[f.name] = f.first;
    else if (f.kind === "checkbox") out[f.name] = false;
  }
  return out;
}

export type FieldProblem = "inputs.required" | "inputs.tooLong" | "inputs.number" | "inputs.option" | "inputs.json" | "inputs.uploading";

/** A file that is still on its way to the server. */
export const UPLOADING = "uploading";

function isEmpty(x: unknown): boolean {
  return x === undefined || x === null || (typeof x === "string" && x.trim() === "") || (Array.isArray(x) && x.length === 0);
}

/** The first thing that is wrong with each value, by name. Empty where the form may be sent. */
export function fieldProblems(fields: Field[], values: Values): { [name: string]: FieldProblem } {
  const out: { [name: string]: FieldProblem } = {};
  for (const f of fields) {
    if (f.hidden) continue;
    const x = values[f.name];
    if (x === UPLOADING && f.files) out[f.name] = "inputs.uploading";
    else if (isEmpty(x)) {
      if (f.required && f.kind !== "checkbox") out[f.name] = "inputs.required";
    } else if (typeof x === "string" && f.max !== undefined && Array.from(x).length > f.max) out[f.name] = "inputs.tooLong";
    else if (f.kind === "number" && typeof x !== "number") out[f.name] = "inputs.number";
    else if (f.kind === "select" && f.options && f.options.length > 0 && !f.options.includes(String(x))) out[f.name] = "inputs.option";
    else if (f.kind === "json" && asObject(x) === undefined) out[f.name] = "inputs.json";
  }
  return out;
}

function asObject(x: unknown): unknown {
  if (isRecord(x)) return x;
  try {
    const v: unknown = JSON.parse(String(x));
    return isRecord(v) ? v : undefined;
  } catch {
    return undefined;
  }
}

/** A file as inputs name one. */
function fileRef(a: Attachment): { [k: string]: string } {
  return { type: a.kind, transfer_method: a.method, ...(a.file_id ? { upload_file_id: a.file_id } : {}), ...(a.url && !a.file_id ? { url: a.url } : {}) };
}

const isFile = (x: unknown): x is Attachment => isRecord(x) && typeof x["method"] === "string" && typeof x["kind"] === "string";

/** The values as the server takes them. Fields that are not there any more are left out; `all` sends empty ones too. */
export function toSend(fields: Field[], values: Values, all = false): Values {
  const out: Values = {};
  for (const f of fields) {
    const x = values[f.name];
    if (f.kind === "file") {
      if (isFile(x)) out[f.name] = fileRef(x);
    } else if (f.kind === "files") {
      if (Array.isArray(x) || all) out[f.name] = (Array.isArray(x) ? x : []).filter(isFile).map(fileRef);
    } else if (isEmpty(x)) {
      if (all) out[f.name] = "";
    } else out[f.name] = f.kind === "json" ? asObject(x) : x;
  }
  return out;
}

/** A value of a run's inputs or outputs in one line. */
export function brief(x: unknown): string {
  if (x === true) return "✓";
  if (x === false || isEmpty(x)) return "–";
  if (isFile(x)) return x.name || x.url || x.kind;
  if (Array.isArray(x) && x.every(isFile)) return x.map((f) => f.name || f.url || f.kind).join(", ");
  return typeof x === "string" ? x : typeof x === "number" ? String(x) : JSON.stringify(x);
}

/** The files among a value, such as an output of a run. */
export function filesIn(x: unknown): Attachment[] {
  if (isFile(x)) return [x];
  return Array.isArray(x) && x.length > 0 && x.every(isFile) ? x : [];
}
