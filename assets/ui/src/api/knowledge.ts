// Datasets, their documents and chunks. web/console/README.md is the contract.
import { del, get, patch, post, put, upload, url } from "./client";
import type * as T from "./types";

const at = (...parts: string[]): string => `/console/api/${parts.map(encodeURIComponent).join("/")}`;

export type Child = NonNullable<T.Chunk["children"]>[number];

/** How many documents or chunks a page has. */
export const DOCS = 30;

export interface Addition {
  name?: string;
  file_id?: string;
  text?: string;
  url?: string;
}

export interface DocumentFilter {
  q: string;
  status: string;
  sort: string;
  page: number;
}

export const datasets = {
  list: (f: { q: string; tag: string }) => get<T.List<T.Dataset>>(url(at("datasets"), { q: f.q, tag: f.tag, limit: 100 })),
  add: (b: T.DatasetInput) => post<T.Dataset>(at("datasets"), b),
  one: (id: string) => get<T.Dataset>(at("datasets", id)),
  save: (id: string, b: T.DatasetPatch) => patch<T.Dataset>(at("datasets", id), b),
  remove: (id: string) => del(at("datasets", id)),
  apps: (id: string) => get<T.List<T.UsingApp>>(at("datasets", id, "apps")),
  progress: (id: string) => get<T.Progress>(at("datasets", id, "progress")),
  reembed: (id: string) => post<object>(at("datasets", id, "reembed")),
  reindex: (id: string) => post<object>(at("datasets", id, "reindex")),
  upload: (f: File, progress: (part: number) => void, signal: AbortSignal) => upload<T.File>(at("datasets", "files"), f, f.name, progress, signal),
  preview: (b: T.PreviewInput) => post<T.Preview>(at("datasets", "preview"), b),
};

export const documents = {
  list: (id: string, f: DocumentFilter) => get<T.List<T.Document>>(url(at("datasets", id, "documents"), { q: f.q, status: f.status, sort: f.sort, page: f.page, limit: DOCS })),
  batch: async (id: string, batch: string): Promise<T.Document[]> => {
    const all: T.Document[] = [];
    for (let page = 1; ; page++) {
      const got = await get<T.List<T.Document>>(url(at("datasets", id, "documents"), { batch, sort: "position", page, limit: 100 }));
      all.push(...(got.data ?? []));
      if ((got.data ?? []).length < 100 || all.length >= got.total) return all;
    }
  },
  add: (id: string, docs: Addition[], chunking: T.Chunking | null) => post<T.Added>(at("datasets", id, "documents"), { documents: docs, ...(chunking ? { chunking } : {}) }),
  one: (id: string, did: string) => get<T.Document>(at("datasets", id, "documents", did)),
  save: (id: string, did: string, b: { name?: string; file_id?: string; chunking?: T.Chunking; metadata?: { [k: string]: unknown } }) => patch<T.Document>(at("datasets", id, "documents", did), b),
  act: (id: string, ids: string[], action: string) => post<object>(at("datasets", id, "documents", "do"), { documents: ids, action }),
  describe: (id: string, ids: string[], values: { [k: string]: unknown }) => put<object>(at("datasets", id, "documents", "metadata"), { documents: ids, values }),
  text: (id: string, did: string) => get<T.DocumentText>(at("datasets", id, "documents", did, "text")),
  download: (id: string, did: string) => at("datasets", id, "documents", did, "download"),
};

export const chunks = {
  list: (id: string, did: string, f: { q: string; enabled: string; page: number }) => get<T.List<T.Chunk>>(url(at("datasets", id, "documents", did, "chunks"), { q: f.q, enabled: f.enabled, page: f.page, limit: DOCS })),
  one: (id: string, did: string, cid: string) => get<T.Chunk>(at("datasets", id, "documents", did, "chunks", cid)),
  add: (id: string, did: string, list: { content: string; answer: string; keywords: string[] }[]) => post<T.List<T.Chunk>>(at("datasets", id, "documents", did, "chunks"), { chunks: list }),
  save: (id: string, did: string, cid: string, b: { content?: string; answer?: string; enabled?: boolean; regenerate_child_chunks?: boolean }) =>
    patch<T.Chunk>(at("datasets", id, "documents", did, "chunks", cid), b),
  remove: (id: string, did: string, cid: string) => del(at("datasets", id, "documents", did, "chunks", cid)),
  importFile: (id: string, did: string, file: string) => post<T.List<T.Chunk>>(at("datasets", id, "documents", did, "chunks", "import"), { file_id: file }),
  addChild: (id: string, did: string, cid: string, content: string) => post<Child>(at("datasets", id, "documents", did, "chunks", cid, "children"), { content }),
  saveChild: (id: string, did: string, cid: string, kid: string, content: string) => patch<Child>(at("datasets", id, "documents", did, "chunks", cid, "children", kid), { content }),
  removeChild: (id: string, did: string, cid: string, kid: string) => del(at("datasets", id, "documents", did, "chunks", cid, "children", kid)),
};
