// The API of published web apps, package web/site.
import { del, get, patch, post, put, request, upload, url } from "./client";
import { visitorLink } from "@/lib/visitor";
import type { BatchDoor } from "./batch";
import { batchDoor } from "./batch";
import type { ChatDoor, RunDoor, Upload } from "./console";
import type * as T from "./types";

const at = (code: string, ...parts: string[]): string => `/api/sites/${[code, ...parts].map(encodeURIComponent).join("/")}`;
const stream = (path: string, body: unknown, signal: AbortSignal): Promise<Response> =>
  request(path, { method: "POST", body, accept: "text/event-stream", signal });

export const door = {
  look: (code: string) => get<T.DoorView>(at(code, "door")),
  signIn: (code: string, b: { login: string; password: string; framed: boolean }) => post<T.SignedIn>(at(code, "signin"), b),
  signOut: (code: string) => post<object>(at(code, "signout")),
  password: (code: string, b: { current: string; password: string }) => post<object>(at(code, "password"), b),
  open: (code: string, token: string) => post<T.OpenedCode>(at(code, "code"), { token }),
  join: (code: string, b: { token: string; login: string; name: string; password: string; framed: boolean }) => post<T.SignedIn>(at(code, "join"), b),
};

export const siteBatches = (code: string): BatchDoor => batchDoor(at(code, "batches"), visitorLink);

export const results = {
  kept: (code: string) => get<T.List<T.Result>>(at(code, "kept")),
  keep: (code: string, id: string) => put<object>(at(code, "kept", id), {}),
  drop: (code: string, id: string) => del(at(code, "kept", id)),
  share: (code: string, id: string) => post<{ token: string }>(at(code, "results", id, "share")),
  unshare: (code: string, id: string) => del(at(code, "results", id, "share")),
  shared: (code: string, token: string) => get<T.SharedView>(at(code, "shared", token)),
};

export const site = {
  view: (code: string) => get<T.SiteView>(at(code)),
  conversations: (code: string, q: string) => get<T.List<T.Conversation>>(url(at(code, "conversations"), { q, limit: 100 })),
  conversation: (code: string, cid: string) => get<T.Conversation>(at(code, "conversations", cid)),
  save: (code: string, cid: string, b: { name?: string; pinned?: boolean }) =>
    patch<T.Conversation>(at(code, "conversations", cid), b),
  remove: (code: string, cid: string) => del(at(code, "conversations", cid)),
  messages: (code: string, cid: string) => get<T.List<T.Message>>(url(at(code, "conversations", cid, "messages"), { limit: 100 })),
};

export function siteDoor(code: string, voice?: T.Voice): ChatDoor {
  const m = (mid: string, verb: string): string => at(code, "messages", mid, verb);
  return {
    send: (b, signal) => stream(at(code, "messages"), b, signal),
    regenerate: (mid, signal) => stream(m(mid, "regenerate"), {}, signal),
    events: (mid, after) => url(m(mid, "events"), { after }),
    stop: (mid) => post<object>(m(mid, "stop")),
    feedback: (mid, b) => post<T.Message>(m(mid, "feedback"), b),
    suggested: (mid) => get(m(mid, "suggested")),
    upload: (f, name, progress, signal) => upload<T.File>(at(code, "files"), f, name, progress, signal),
    file: (id) => visitorLink(at(code, "files", id)),
    ...(voice?.listen ? { hear: (sound: Blob, name: string) => upload<{ text: string }>(at(code, "speech"), sound, name, () => undefined) } : {}),
    ...(voice?.speak ? { say: (mid: string) => visitorLink(m(mid, "speech")), autoPlay: voice.auto_play } : {}),
  };
}

export function siteRunDoor(code: string): RunDoor {
  return {
    start: (b, signal) => stream(at(code, "runs"), b, signal),
    events: (run, after) => url(at(code, "runs", run, "events"), { after }),
    stop: (run) => post<object>(at(code, "runs", run, "stop")),
    upload: (f, name, progress, signal) => upload<T.File>(at(code, "files"), f, name, progress, signal),
    file: (id) => visitorLink(at(code, "files", id)),
  };
}

const form = (token: string, ...parts: string[]): string => `/api/forms/${[token, ...parts].map(encodeURIComponent).join("/")}`;

/** Forms that runs ask people to fill in. Whoever has the token may. */
export const forms = {
  one: (token: string) => get<T.FormView>(form(token)),
  answer: (token: string, b: { action: string; inputs: { [name: string]: unknown } }) => post<T.FormView>(form(token), b),
  upload: (token: string): Upload => (f, name, progress, signal) => upload<T.File>(form(token, "files"), f, name, progress, signal),
};
