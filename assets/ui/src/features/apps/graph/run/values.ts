// Values of variables as they are typed in the run form and the inspector. Pure.
import type { Attachment } from "@/api/types";
import { filesIn } from "@/lib/fields";
import { typedText, typedValue } from "../variables";

/** A value under way: text for most types, files for files. */
export interface Typed {
  text: string;
  files: unknown;
}

export const isFileType = (type: string): boolean => type === "file" || type === "array[file]";
const plain = (type: string): string => (type === "integer" || type === "float" ? "number" : type === "none" || type === "" ? "any" : type);

/** How a type is called among people who build graphs. */
export const typeName = (type: string): string => plain(type);

export function typed(type: string, value: unknown): Typed {
  if (isFileType(type)) return { text: "", files: type === "file" ? filesIn(value)[0] : filesIn(value) };
  if (value === null || value === undefined) return { text: "", files: undefined };
  return { text: plain(type) === "any" && typeof value === "string" ? value : typedText(plain(type), value), files: undefined };
}

const ref = (a: Attachment): { [k: string]: string } => ({ type: a.kind, transfer_method: a.method, ...(a.file_id ? { upload_file_id: a.file_id } : {}), ...(a.url && !a.file_id ? { url: a.url } : {}) });

/** What was typed, as the server takes it; undefined where it is no value of the type. */
export function valueOf(type: string, t: Typed): unknown {
  if (type === "file") return filesIn(t.files).map(ref)[0];
  if (type === "array[file]") return filesIn(t.files).map(ref);
  if (plain(type) !== "any") return typedValue(plain(type), t.text);
  const s = t.text.trim();
  if (!/^[[{]/.test(s)) return t.text;
  try {
    const v: unknown = JSON.parse(s);
    return v;
  } catch {
    return t.text;
  }
}

export const isJson = (type: string): boolean => plain(type) === "object" || type.startsWith("array") && !isFileType(type);

/** The value in one short line. */
export function oneLine(v: unknown): string {
  const s = typeof v === "string" ? v : v === undefined || v === null ? "" : JSON.stringify(v);
  return s.replace(/\s+/g, " ").slice(0, 160);
}
