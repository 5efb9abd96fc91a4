// Searching knowledge and what belongs to it: tries, history, metadata fields, tags, keys, connections to other systems.
import { del, get, patch, post, url } from "./client";
import type * as T from "./types";

const at = (...parts: string[]): string => `/console/api/${parts.map(encodeURIComponent).join("/")}`;

/** How many searches of the history a page has. */
export const HISTORY = 20;

export interface Ask {
  query: string;
  settings: T.SearchSettings | null;
  filter: T.Filter | null;
}

export const search = {
  tries: (id: string, b: Ask) => post<T.Search>(at("datasets", id, "search"), b),
  whyNot: (id: string, b: Ask & { document_id?: string; chunk_id?: string; passage?: string }) => post<T.Diagnosis>(at("datasets", id, "why-not"), b),
  history: (id: string, page: number) => get<T.List<T.Asked>>(url(at("datasets", id, "asked"), { page, limit: HISTORY })),
  fields: (id: string) => get<T.Fields>(at("datasets", id, "metadata")),
  addField: (id: string, b: { name: string; type: string }) => post<T.MetadataField>(at("datasets", id, "metadata"), b),
  renameField: (id: string, field: string, b: { name: string }) => patch<T.MetadataField>(at("datasets", id, "metadata", field), b),
  removeField: (id: string, field: string) => del(at("datasets", id, "metadata", field)),
};

export const tags = {
  list: () => get<T.List<T.Tag>>(at("dataset-tags")),
  add: (name: string) => post<T.Tag>(at("dataset-tags"), { name }),
  rename: (id: string, name: string) => patch<T.Tag>(at("dataset-tags", id), { name }),
  remove: (id: string) => del(at("dataset-tags", id)),
};

export const datasetKeys = {
  list: () => get<T.List<T.DatasetKey>>(at("dataset-keys")),
  add: () => post<T.NewDatasetKey>(at("dataset-keys")),
  remove: (id: string) => del(at("dataset-keys", id)),
};

export interface ExternalInput {
  name: string;
  description: string;
  endpoint: string;
  key: string;
}

export const externals = {
  list: () => get<T.List<T.ExternalAPI>>(at("external-apis")),
  add: (b: ExternalInput) => post<T.ExternalAPI>(at("external-apis"), b),
  save: (id: string, b: ExternalInput) => patch<T.ExternalAPI>(at("external-apis", id), b),
  remove: (id: string) => del(at("external-apis", id)),
};
