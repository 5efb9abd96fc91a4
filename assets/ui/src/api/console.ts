// Every call of the console API, one line each. web/console/README.md is the contract.
import { del, get, patch, post, put, request, upload, url } from "./client";
import type * as T from "./types";

const root = "/console/api";
const at = (...parts: string[]): string => `${root}/${parts.map(encodeURIComponent).join("/")}`;
const stream = (path: string, body: unknown, signal: AbortSignal): Promise<Response> =>
  request(path, { method: "POST", body, accept: "text/event-stream", signal });

export const auth = {
  setup: () => get<T.Setup>(at("setup")),
  begin: (b: T.SetupInput) => post<T.UserView>(at("setup"), b),
  signIn: (b: { email: string; password: string }) => post<T.UserView>(at("signin"), b),
  signOut: () => post<object>(at("signout")),
  openInvite: (token: string) => get<T.OpenInvite>(at("invites", "open", token)),
  acceptInvite: (token: string, b: { name?: string; password: string; language: T.Lang }) =>
    post<T.UserView>(at("invites", "open", token), b),
  me: () => get<T.Me>(at("me")),
  saveMe: (b: { name?: string; language?: T.Lang; theme?: string }) => patch<T.UserView>(at("me"), b),
  password: (b: { current: string; password: string }) => post<object>(at("me", "password"), b),
};

export const workspace = {
  save: (b: { name: string }) => patch<T.Workspace>(at("workspace"), b),
  system: () => get<T.System>(at("system")),
  outgoing: () => get<T.Outgoing>(at("system", "egress")),
  saveOutgoing: (b: { allow: string[] }) => put<T.Outgoing>(at("system", "egress"), b),
};

export const members = {
  list: () => get<T.List<T.User>>(url(at("members"), { limit: 100 })),
  save: (id: string, b: { role?: T.Role; disabled?: boolean }) => patch<T.User>(at("members", id), b),
  remove: (id: string) => del(at("members", id)),
  makeOwner: (id: string) => post<T.User>(at("members", id, "owner")),
  resetLink: (id: string) => post<T.Link>(at("members", id, "reset-link")),
  invites: () => get<T.List<T.Invite>>(url(at("invites"), { limit: 100 })),
  invite: (b: { email: string; role: T.Role }) => post<T.InviteView>(at("invites"), b),
  revoke: (id: string) => del(at("invites", id)),
};


export const models = {
  vendors: () => get<T.Vendors>(at("vendors")),
  endpoints: () => get<T.List<T.EndpointView>>(url(at("endpoints"), { limit: 100 })),
  addEndpoint: (b: T.EndpointInput) => post<T.EndpointView>(at("endpoints"), b),
  saveEndpoint: (id: string, b: T.EndpointPatch) => patch<T.EndpointView>(at("endpoints", id), b),
  removeEndpoint: (id: string) => del(at("endpoints", id)),
  probe: (b: T.ProbeInput, signal: AbortSignal) => stream(at("probe"), b, signal),
  probeEndpoint: (id: string, signal: AbortSignal) => stream(at("endpoints", id, "probe"), {}, signal),
  addCredential: (id: string, b: { name: string; key: string }) => post<T.Credential>(at("endpoints", id, "credentials"), b),
  saveCredential: (id: string, cid: string, b: { name?: string; disabled?: boolean }) =>
    patch<T.Credential>(at("endpoints", id, "credentials", cid), b),
  removeCredential: (id: string, cid: string) => del(at("endpoints", id, "credentials", cid)),
  list: (kind: string) => get<T.List<T.ModelRow>>(url(at("models"), { kind, limit: 100 })),
  add: (b: T.ModelInput) => post<T.Model>(at("models"), b),
  save: (id: string, b: T.ModelPatch) => patch<T.Model>(at("models", id), b),
  remove: (id: string) => del(at("models", id)),
  defaults: () => get<T.DefaultModels>(at("models", "defaults")),
  voices: () => get<T.Voices>(at("models", "voices")),
  saveDefaults: (b: T.DefaultModels) => put<T.DefaultModels>(at("models", "defaults"), b),
};

export const nodeTypes = () => get<T.List<T.NodeKind>>(at("node-types"));
export const previewSchedule = (data: unknown) => post<T.SchedulePreview>(at("schedule", "preview"), { data });

export interface AppFilter {
  q?: string;
  mode?: string;
  mine?: boolean;
  tag?: string;
}

/** How many cards of apps are read at once. */
export const CARDS = 60;

export interface ConversationFilter {
  q: string;
  source: string;
  status: string;
  rated: string;
  annotated: string;
  debug: boolean;
  after: string;
  before: string;
  sort: string;
  page: number;
}
export interface AppInput {
  name: string;
  description: string;
  icon: string;
  icon_color: string;
}

export const apps = {
  list: (f: AppFilter, page = 1) => get<T.List<T.AppItem>>(url(at("apps"), { q: f.q, mode: f.mode, mine: f.mine, tag: f.tag, page, limit: CARDS })),
  /** The first pages of a list as one. */
  pages: async (f: AppFilter, n: number): Promise<T.List<T.AppItem>> => {
    const first = await apps.list(f);
    const there = Math.min(n, Math.ceil(first.total / CARDS));
    const all = [first, ...(await Promise.all(Array.from({ length: Math.max(0, there - 1) }, (_, i) => apps.list(f, i + 2))))];
    const seen = new Set<string>();
    return { data: all.flatMap((p) => p.data).filter((a) => !seen.has(a.id) && seen.add(a.id)), total: all[0]?.total ?? 0 };
  },
  add: (b: AppInput & { mode: T.Mode }) => post<T.App>(at("apps"), b),
  one: (id: string) => get<T.App>(at("apps", id)),
  save: (id: string, b: T.AppPatch) => patch<T.App>(at("apps", id), b),
  remove: (id: string) => del(at("apps", id)),
  copy: (id: string) => post<T.App>(at("apps", id, "copy")),
  saveDraft: (id: string, b: { settings: T.Settings; rev: number }) => put<T.DraftSaved>(at("apps", id, "draft"), b),
  publish: (id: string, b: { name: string; note: string }) => post<T.Version>(at("apps", id, "publish"), b),
  versions: (id: string) => get<T.List<T.Version>>(url(at("apps", id, "versions"), { limit: 100 })),
  saveVersion: (id: string, vid: string, b: { name?: string; note?: string }) => patch<T.Version>(at("apps", id, "versions", vid), b),
  removeVersion: (id: string, vid: string) => del(at("apps", id, "versions", vid)),
  restore: (id: string, vid: string) => post<T.App>(at("apps", id, "versions", vid, "restore")),
  saveSite: (id: string, b: T.SitePatch) => patch<T.App>(at("apps", id, "site"), b),
  newCode: (id: string) => post<T.App>(at("apps", id, "site", "code")),
  keys: (id: string) => get<T.List<T.Key>>(at("apps", id, "keys")),
  addKey: (id: string) => post<T.NewKey>(at("apps", id, "keys")),
  removeKey: (id: string, kid: string) => del(at("apps", id, "keys", kid)),
  import: (b: T.ImportInput) => post<T.ImportView>(at("apps", "import"), b),
  confirmImport: (id: string) => post<T.ImportView>(at("apps", "import", id, "confirm")),
  exported: (id: string, secrets: boolean) => url(at("apps", id, "export"), { include_secret: secrets && "true" }),
  triggers: (id: string) => get<T.Triggers>(at("apps", id, "triggers")),
  check: (id: string) => get<T.Check>(at("apps", id, "check")),
  conversations: (id: string, f: ConversationFilter) => get<T.List<T.ConversationEntry>>(url(at("apps", id, "conversations"), { ...f, limit: PAGE })),
  messages: (id: string, cid: string) => get<T.List<T.Message>>(url(at("apps", id, "conversations", cid, "messages"), { limit: 100 })),
  trace: (id: string, mid: string) => get<T.Trace>(at("apps", id, "messages", mid, "trace")),
};

/** How many lines of a log a page has. */
export const PAGE = 30;

export interface RunFilter {
  q: string;
  status: string;
  source: string;
  debug: boolean;
  /** With debug: of all members. */
  everyone?: boolean;
  after?: string;
  sort?: string;
  page: number;
}

export const runs = {
  list: (app: string, f: RunFilter) => get<T.List<T.RunEntry>>(url(at("apps", app, "runs"), { q: f.q, status: f.status, source: f.source, debug: f.debug, everyone: f.everyone, after: f.after, sort: f.sort, page: f.page, limit: PAGE })),
  one: (app: string, run: string) => get<T.RunTrace>(at("apps", app, "runs", run)),
};

export const tools = () => get<T.List<T.ToolView>>(at("tools"));

/** What a run of a workflow needs from whoever serves it; the studio and the published web app are the two. */
export interface RunDoor {
  start: (b: T.RunInput, signal: AbortSignal) => Promise<Response>;
  events: (run: string, after: string) => string;
  stop: (run: string) => Promise<object>;
  upload: Upload;
  file: (id: string) => string;
}

export type Upload = (f: Blob, name: string, progress: (part: number) => void, signal: AbortSignal) => Promise<T.File>;

export function runDoor(app: string): RunDoor {
  return {
    start: (b, signal) => stream(at("apps", app, "run"), b, signal),
    events: (run, after) => url(at("apps", app, "runs", run, "events"), { after }),
    stop: (run) => post<object>(at("apps", app, "runs", run, "stop")),
    upload: (f, name, progress, signal) => upload<T.File>(at("files"), f, name, progress, signal),
    file: (id) => at("files", id),
  };
}

/** What the chat needs from whoever serves it; the debug chat and the published web app are the two. */
export interface ChatDoor {
  send: (b: T.TurnInput, signal: AbortSignal) => Promise<Response>;
  regenerate: ((mid: string, signal: AbortSignal) => Promise<Response>) | null;
  events: (mid: string, after: string) => string;
  stop: (mid: string) => Promise<object>;
  feedback: (mid: string, b: { rating: "like" | "dislike" | ""; content: string }) => Promise<T.Message>;
  suggested: (mid: string) => Promise<{ data: string[] | null }>;
  upload: Upload;
  file: (id: string) => string;
  /** Writes down a recording; where the app listens. */
  hear?: (sound: Blob, name: string) => Promise<{ text: string }>;
  /** Where an answer is read aloud; where the app speaks. */
  say?: (mid: string) => string;
  /** Answers are read aloud by themselves. */
  autoPlay?: boolean;
  /** Where a source of an answer can be read in the studio; only there. */
  source?: (r: T.Resource) => string;
}

export function debugDoor(app: string, speech?: T.Speech | null): ChatDoor {
  const m = (mid: string, verb: string): string => at("apps", app, "messages", mid, verb);
  return {
    send: (b, signal) => stream(at("apps", app, "debug"), b, signal),
    regenerate: null,
    events: (mid, after) => url(m(mid, "events"), { after }),
    stop: (mid) => post<object>(m(mid, "stop")),
    feedback: (mid, b) => post<T.Message>(m(mid, "feedback"), b),
    suggested: (mid) => get(m(mid, "suggested")),
    upload: (f, name, progress, signal) => upload<T.File>(at("files"), f, name, progress, signal),
    file: (id) => at("files", id),
    ...(speech?.listen ? { hear: (sound: Blob, name: string) => upload<{ text: string }>(at("apps", app, "speech"), sound, name, () => undefined) } : {}),
    ...(speech?.speak ? { say: (mid: string) => m(mid, "speech"), autoPlay: speech.auto_play ?? false } : {}),
    source: (r) => url(`/knowledge/${encodeURIComponent(r.dataset_id)}/documents/${encodeURIComponent(r.document_id)}`, { chunk: r.segment_id }),
  };
}

export const debugMessages = (app: string, conversation: string) =>
  get<T.List<T.Message>>(url(at("apps", app, "debug", conversation, "messages"), { limit: 100 }));

export const backups = {
  list: () => get<T.Backups>(at("backups")),
  start: () => post<T.Backup>(at("backups")),
  one: (id: string) => get<T.Backup>(at("backups", id)),
  remove: (id: string) => del(at("backups", id)),
  download: (id: string) => at("backups", id, "download"),
  saveSettings: (b: T.BackupSettingsInput) =>
    put<T.BackupSettings>(at("backups", "settings"), b),
};
