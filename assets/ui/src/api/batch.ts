// Batches, of a published web app and of the studio: the same calls at two addresses.
import { del, get, post, upload, url } from "./client";
import type * as T from "./types";

export interface BatchDoor {
  /** Names the door to the cache. */
  at: string;
  list: () => Promise<T.List<T.Batch>>;
  one: (id: string) => Promise<T.Batch>;
  rows: (id: string, f: { status: string; page: number }) => Promise<T.List<T.BatchRow>>;
  check: (f: File, progress: (part: number) => void, signal: AbortSignal) => Promise<T.BatchPlan>;
  start: (f: File, parallel: number) => Promise<T.Batch>;
  act: (id: string, what: "pause" | "resume" | "stop" | "retry") => Promise<T.Batch>;
  remove: (id: string) => Promise<object>;
  template: (format: "csv" | "xlsx") => string;
  exported: (id: string, format: "csv" | "xlsx") => string;
}

/** Rows of a batch on one page. */
export const ROWS = 50;

export function batchDoor(root: string, link: (path: string) => string = (p) => p): BatchDoor {
  const at = (id: string, verb = ""): string => `${root}/${encodeURIComponent(id)}${verb && `/${verb}`}`;
  return {
    at: root,
    list: () => get<T.List<T.Batch>>(url(root, { limit: 50 })),
    one: (id) => get<T.Batch>(at(id)),
    rows: (id, f) => get<T.List<T.BatchRow>>(url(at(id, "rows"), { status: f.status, page: f.page, limit: ROWS })),
    check: (f, progress, signal) => upload<T.BatchPlan>(`${root}/check`, f, f.name, progress, signal),
    start: (f, parallel) => upload<T.Batch>(root, f, f.name, () => undefined, undefined, { parallel: String(parallel) }),
    act: (id, what) => post<T.Batch>(at(id, "do"), { do: what }),
    remove: (id) => del(at(id)),
    template: (format) => link(url(`${root}/template`, { format })),
    exported: (id, format) => link(url(at(id, "export"), { format })),
  };
}

/** The batches of an app in the studio. */
export const appBatches = (app: string): BatchDoor => batchDoor(`/console/api/apps/${encodeURIComponent(app)}/batches`);
