import i18next from "i18next";
import { lazy } from "react";
import { readSelector } from "@/lib/scope";
import type { Data, NodeProblem, NodeView } from "../node-view";
import { emptyProblem } from "./common";
import { rec, recs, text } from "./read";

export const methods = ["get", "post", "put", "patch", "delete", "head"] as const;
export const bodyTypes = ["none", "json", "form-data", "x-www-form-urlencoded", "raw-text", "binary"] as const;
export type BodyType = (typeof bodyTypes)[number];
export const authTypes = ["no-auth", "bearer", "basic", "custom"] as const;
export type AuthType = (typeof authTypes)[number];

export const bodyTypeOf = (data: Data): BodyType => bodyTypes.find((t) => t === rec(data["body"])["type"]) ?? "none";

/** The items of a body; older files have a text instead. */
export function bodyItems(data: Data): readonly Data[] {
  const d = rec(data["body"])["data"];
  if (typeof d === "string") return d === "" ? [] : [{ id: "key-value-1", key: "", type: "text", value: d }];
  return recs(d);
}

/** The one text of a body that is a single text. */
export const bodyText = (data: Data): string => text(bodyItems(data)[0]?.["value"]);

export function authTypeOf(data: Data): AuthType {
  const a = rec(data["authorization"]);
  return a["type"] === "api-key" ? (authTypes.find((t) => t !== "no-auth" && t === rec(a["config"])["type"]) ?? "bearer") : "no-auth";
}

export interface Pair {
  key: string;
  value: string;
}

/** name:value lines as rows. */
export function readLines(s: string): Pair[] {
  return s.split("\n").flatMap((line) => {
    const colon = line.indexOf(":");
    const key = (colon < 0 ? line : line.slice(0, colon)).trim();
    const value = colon < 0 ? "" : line.slice(colon + 1).trim();
    return key === "" && value === "" ? [] : [{ key, value }];
  });
}

/** Rows as lines. A row with nothing in it is no line; a line break in a value would be another row. */
export const writeLines = (rows: readonly Pair[]): string => rows.filter((r) => r.key !== "" || r.value !== "").map((r) => `${r.key}:${r.value.replace(/\s*\n\s*/g, " ")}`).join("\n");

export const newItem = (items: readonly Data[], part: Data = {}): Data => {
  let n = items.length + 1;
  while (items.some((i) => i["id"] === `key-value-${n}`)) n++;
  return { id: `key-value-${n}`, key: "", type: "text", value: "", ...part };
};

function urlProblems(url: string): NodeProblem[] {
  if (url.trim() === "") return [emptyProblem("url", "URL")];
  if (/^(https?:\/\/|\{\{#)/i.test(url.trim())) return [];
  return [{ field: "url", text: i18next.t("http.noScheme") }];
}

function bodyProblems(data: Data): NodeProblem[] {
  const type = bodyTypeOf(data);
  const files = bodyItems(data).filter((i) => (type === "binary" || type === "form-data") && i["type"] === "file");
  return files.some((f) => readSelector(f["file"]).length < 2) ? [{ field: "body", text: i18next.t("http.noFile") }] : [];
}

export const httpRequest: NodeView = {
  shelf: "act",
  modes: ["workflow", "advanced-chat"],
  blank: () => ({
    variables: [], method: "get", url: "", authorization: { type: "no-auth", config: null }, headers: "", params: "", body: { type: "none", data: [] }, ssl_verify: true,
    timeout: { max_connect_timeout: 0, max_read_timeout: 0, max_write_timeout: 0 }, retry_config: { retry_enabled: true, max_retries: 3, retry_interval: 100 },
  }),
  outputs: () => [
    { name: "body", type: "string", label: i18next.t("out.body") }, { name: "status_code", type: "number", label: i18next.t("out.status_code") },
    { name: "headers", type: "object", label: i18next.t("out.headers") }, { name: "files", type: "array[file]", label: i18next.t("out.files") },
  ],
  reads: (data) => bodyItems(data).map((i) => readSelector(i["file"])).filter((s) => s.length >= 2),
  check: (data) => [
    ...urlProblems(text(data["url"])),
    ...(authTypeOf(data) !== "no-auth" && text(rec(rec(data["authorization"])["config"])["api_key"]).trim() === "" ? [emptyProblem("authorization", i18next.t("http.key"))] : []),
    ...bodyProblems(data),
  ],
  handling: { error: true, retry: true },
  single: true,
  Form: lazy(() => import("./http-request-form")),
};
