// Query keys, and beside them who invalidates what. A mutation names its row of `touches`; nothing else invalidates anything.
import type { QueryKey } from "@tanstack/react-query";

export const keys = {
  setup: ["setup"] as const,
  me: ["me"] as const,
  system: ["system"] as const,
  outgoing: ["outgoing"] as const,
  members: ["members"] as const,
  invites: ["invites"] as const,
  vendors: ["vendors"] as const,
  endpoints: ["endpoints"] as const,
  models: { all: ["models"] as const, kind: (kind: string) => ["models", kind] as const, defaults: ["models", "defaults"] as const },
  apps: {
    all: ["apps"] as const,
    list: (f: object) => ["apps", "list", f] as const,
    one: (id: string) => ["apps", "one", id] as const,
    versions: (id: string) => ["apps", "versions", id] as const,
    keys: (id: string) => ["apps", "keys", id] as const,
    trace: (id: string, mid: string) => ["apps", "trace", id, mid] as const,
    check: (id: string, rev: number) => ["apps", "check", id, rev] as const,
    runs: (id: string, f: object) => ["apps", "runs", id, f] as const,
    run: (id: string, run: string) => ["apps", "run", id, run] as const,
    conversations: (id: string, f: object) => ["apps", "conversations", id, f] as const,
    messages: (id: string, cid: string) => ["apps", "messages", id, cid] as const,
  },
  tools: ["tools"] as const,
  form: (token: string) => ["form", token] as const,
  backups: ["backups"] as const,
  site: {
    view: (code: string) => ["site", code] as const,
    conversations: (code: string) => ["site", code, "conversations"] as const,
    search: (code: string, q: string) => ["site", code, "conversations", q] as const,
    messages: (code: string, cid: string) => ["site", code, "messages", cid] as const,
  },
};

const endpointChange: QueryKey[] = [keys.endpoints, keys.models.all];

export const touches = {
  signIn: [keys.me, keys.setup],
  me: [keys.me],
  workspace: [keys.me, keys.setup],
  outgoing: [keys.outgoing],
  members: [keys.members, keys.invites],
  owner: [keys.members, keys.me],
  endpoints: endpointChange,
  defaults: [keys.models.defaults],
  apps: [keys.apps.all],
  app: (id: string): QueryKey[] => [keys.apps.one(id), ["apps", "list"]],
  publish: (id: string): QueryKey[] => [keys.apps.one(id), ["apps", "list"], keys.apps.versions(id)],
  versions: (id: string): QueryKey[] => [keys.apps.versions(id)],
  keys: (id: string): QueryKey[] => [keys.apps.keys(id)],
  backups: [keys.backups, keys.system],
  form: (token: string): QueryKey[] => [keys.form(token)],
  conversations: (code: string): QueryKey[] => [keys.site.conversations(code)],
} satisfies { [name: string]: QueryKey[] | ((...ids: string[]) => QueryKey[]) };
