// Apps in use: annotations, what members think of answers, exports, the overview.
import { del, get, patch, post, put, upload, url } from "./client";
import type * as T from "./types";

const at = (app: string, ...parts: string[]): string => `/console/api/apps/${[app, ...parts].map(encodeURIComponent).join("/")}`;

export const annotations = {
  list: (app: string, f: { q: string; page: number }) => get<T.List<T.Annotation>>(url(at(app, "annotations"), { q: f.q, page: f.page, limit: PAGE })),
  add: (app: string, b: { question: string; answer: string; message_id?: string }) => post<T.Annotation>(at(app, "annotations"), b),
  save: (app: string, id: string, b: { question: string; answer: string }) => patch<T.Annotation>(at(app, "annotations", id), b),
  remove: (app: string, id: string) => del(at(app, "annotations", id)),
  clear: (app: string) => del(at(app, "annotations")),
  hits: (app: string, id: string, page: number) => get<T.List<T.AnnotationHit>>(url(at(app, "annotations", id, "hits"), { page, limit: PAGE })),
  import: (app: string, f: globalThis.File, progress: (part: number) => void) => upload<T.AnnotationsImported>(at(app, "annotations", "import"), f, f.name, progress),
  exported: (app: string, format: "csv" | "xlsx") => url(at(app, "annotations", "export"), { format }),
  try: (app: string, question: string) => post<T.NearestAnnotation>(at(app, "annotations", "try"), { question }),
  reply: (app: string) => get<T.AnnotationReply>(at(app, "annotation-reply")),
  setReply: (app: string, b: { enabled: boolean; threshold: number; embedding: T.ModelRef }) => put<T.AnnotationReply>(at(app, "annotation-reply"), b),
};

/** How many lines a page of these lists has. */
export const PAGE = 30;

export const notes = {
  of: (app: string, conversation: string) => get<T.Notes>(at(app, "conversations", conversation, "notes")),
  rate: (app: string, message: string, b: { rating: "like" | "dislike" | ""; note: string }) => put<object>(at(app, "messages", message, "rating"), b),
};

export const zone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

export const overview = (app: string, f: { from: string; to: string }) => get<T.Overview>(url(at(app, "overview"), { from: f.from, to: f.to, zone: zone() }));

export const logsFile = (app: string, format: "csv" | "xlsx", f: { [name: string]: string | boolean }): string => url(at(app, "logs", "export"), { ...f, format, zone: zone() });

/** The app as an MCP server of one tool. */
export const mcpServer = {
  one: (app: string) => get<T.MCPView>(at(app, "mcp")),
  save: (app: string, b: { enabled: boolean; description: string; params: { [name: string]: string }; anew: boolean }) => put<T.MCPView>(at(app, "mcp"), b),
};
