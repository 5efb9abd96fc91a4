// The one place that talks HTTP. Everything that goes wrong comes out as an ApiError.

import { visitorHeaders } from "@/lib/visitor";

/** code is stable and for machines; message is a sentence in the reader's language, empty for the codes that the browser makes. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
    readonly requestId: string = "",
    readonly retryAfter: number = 0,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** Codes made here because no server answered; the UI has the sentences for them. */
export const localCodes = ["network", "bad_response", "stream_cut"] as const;
export type LocalCode = (typeof localCodes)[number];

export function isAbort(err: unknown): boolean {
  return err instanceof DOMException && err.name === "AbortError";
}

export function asApiError(err: unknown): ApiError {
  if (err instanceof ApiError) return err;
  return new ApiError("bad_response", err instanceof Error ? err.message : "", 0);
}

interface Listeners {
  language: () => string;
  unauthorized: (path: string) => void;
  reachable: (ok: boolean) => void;
}

const listeners: Listeners = { language: () => "zh-CN", unauthorized: () => undefined, reachable: () => undefined };

/** Hooks the client up to the rest of the UI: the language of sentences, what to do at 401, and when the server is gone. */
export function listen(l: Partial<Listeners>): void {
  Object.assign(listeners, l);
}

export interface Call {
  method?: string;
  body?: unknown;
  signal?: AbortSignal | undefined;
  accept?: string;
}

/** Sends one request and returns its response if it succeeded. */
export async function request(path: string, call: Call = {}): Promise<Response> {
  const headers = new Headers({ Accept: call.accept ?? "application/json", "Accept-Language": listeners.language(), ...visitorHeaders(path) });
  const init: RequestInit = { method: call.method ?? "GET", headers, credentials: "same-origin", cache: "no-store" };
  if (call.signal) init.signal = call.signal;
  if (call.body !== undefined) {
    headers.set("Content-Type", "application/json");
    init.body = JSON.stringify(call.body);
  }
  let res: Response;
  try {
    res = await fetch(path, init);
  } catch (err) {
    if (isAbort(err)) throw err;
    listeners.reachable(false);
    throw new ApiError("network", "", 0);
  }
  if (res.ok) {
    listeners.reachable(true);
    return res;
  }
  const text = await res.text().catch(() => "");
  throw failure(path, res.status, text, (name) => res.headers.get(name));
}

function failure(path: string, status: number, text: string, header: (name: string) => string | null): ApiError {
  const body = parse(text);
  const field = (name: string): string => {
    const v = body?.[name];
    return typeof v === "string" ? v : "";
  };
  const code = field("code") || (status >= 502 && status <= 504 && !body ? "network" : "bad_response");
  const wait = Number(header("Retry-After") ?? "");
  listeners.reachable(code !== "network");
  if (status === 401 && code !== "signin_failed") listeners.unauthorized(path);
  return new ApiError(
    code,
    field("message") || (code === "bad_response" ? text.slice(0, 200) : ""),
    status,
    field("request_id") || (header("X-Request-Id") ?? ""),
    Number.isFinite(wait) ? wait : 0,
  );
}

function parse(text: string): { [key: string]: unknown } | null {
  try {
    const v: unknown = JSON.parse(text);
    return isRecord(v) ? v : null;
  } catch {
    return null;
  }
}

export function isRecord(v: unknown): v is { [key: string]: unknown } {
  return typeof v === "object" && v !== null && !Array.isArray(v);
}

/** The JSON of a response. The type is the contract's word; islet's own tests hold the server to it. */
async function json<T>(path: string, call: Call): Promise<T> {
  const res = await request(path, call);
  const text = await res.text();
  try {
    const v: T = JSON.parse(text === "" ? "{}" : text);
    return v;
  } catch {
    throw new ApiError("bad_response", "", res.status, res.headers.get("X-Request-Id") ?? "");
  }
}

export const get = <T>(path: string, signal?: AbortSignal): Promise<T> => json<T>(path, { signal });
export const post = <T>(path: string, body: unknown = {}): Promise<T> => json<T>(path, { method: "POST", body });
export const patch = <T>(path: string, body: unknown): Promise<T> => json<T>(path, { method: "PATCH", body });
export const put = <T>(path: string, body: unknown): Promise<T> => json<T>(path, { method: "PUT", body });
export const del = (path: string): Promise<{ [key: string]: unknown }> => json(path, { method: "DELETE" });

/** A path with its parameters escaped and empty query values left out. */
export function url(path: string, query: { [name: string]: string | number | boolean | undefined } = {}): string {
  const q = new URLSearchParams();
  for (const [k, v] of Object.entries(query)) if (v !== undefined && v !== "" && v !== false) q.set(k, v === true ? "1" : String(v));
  const s = q.toString();
  return s ? `${path}?${s}` : path;
}

/** Uploads one file and reports progress from 0 to 1. XMLHttpRequest, because fetch cannot tell how much has gone out. */
export function upload<T>(path: string, file: Blob, name: string, onProgress: (part: number) => void, signal?: AbortSignal, more: { [field: string]: string } = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open("POST", path);
    xhr.setRequestHeader("Accept", "application/json");
    xhr.setRequestHeader("Accept-Language", listeners.language());
    for (const [k, v] of Object.entries(visitorHeaders(path))) xhr.setRequestHeader(k, v);
    xhr.upload.onprogress = (e) => e.lengthComputable && onProgress(e.loaded / e.total);
    xhr.onerror = () => reject(new ApiError("network", "", 0));
    xhr.onabort = () => reject(new DOMException("aborted", "AbortError"));
    xhr.onload = () => {
      if (xhr.status < 200 || xhr.status >= 300) {
        reject(failure(path, xhr.status, xhr.responseText, (h) => xhr.getResponseHeader(h)));
        return;
      }
      try {
        const v: T = JSON.parse(xhr.responseText);
        resolve(v);
      } catch {
        reject(new ApiError("bad_response", "", xhr.status));
      }
    };
    signal?.addEventListener("abort", () => xhr.abort());
    const form = new FormData();
    form.append("file", file, name);
    for (const [k, v] of Object.entries(more)) form.append(k, v);
    xhr.send(form);
  });
}
