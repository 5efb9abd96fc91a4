// Trying out a draft piece by piece, and what is different between two versions: web/console/inspect.go.
import { del, get, post, put, request, url } from "./client";
import type { RunDoor } from "./console";
import { runDoor } from "./console";
import type { components } from "./schema";
import type { List, NodeRun, Run, Version } from "./types";

type S = components["schemas"];
export type DraftVariable = S["DraftVariable"];
export type TriedNode = S["Node"];
export type NodeInput = S["Input"];
export type FieldChange = S["FieldChange"];
export type NodeDiff = Omit<S["NodeDiff"], "changes"> & { changes: FieldChange[] };
export type EdgeDiff = S["EdgeDiff"];
export interface Diff {
  nodes: NodeDiff[];
  edges: EdgeDiff[];
  settings: FieldChange[];
}
export interface LastRun {
  run?: Run | null;
  executions: NodeRun[];
}
export interface Left {
  data: DraftVariable[];
  nodes: TriedNode[];
}
export interface VersionFilter {
  mine: boolean;
  named: boolean;
  q: string;
}

const at = (app: string, ...parts: string[]): string => `/console/api/apps/${[app, ...parts].map(encodeURIComponent).join("/")}`;

export const inspect = {
  inputs: (app: string, node: string) => get<List<NodeInput>>(at(app, "nodes", node, "inputs")),
  lastRun: (app: string, node: string) => get<LastRun>(at(app, "nodes", node, "last-run")),
  variables: (app: string) => get<Left>(at(app, "variables")),
  variable: (app: string, node: string, name: string) => get<DraftVariable>(at(app, "variables", node, name)),
  edit: (app: string, node: string, name: string, value: unknown) => put<DraftVariable>(at(app, "variables", node, name), { value }),
  revert: (app: string, node: string, name: string) => post<DraftVariable>(at(app, "variables", node, name, "revert")),
  reset: (app: string, node = "") => del(url(at(app, "variables"), { node })),
  diff: (app: string, a: string, b: string) => get<Diff>(at(app, "versions", a, "diff", b)),
  versions: (app: string, f: VersionFilter) => get<List<Version>>(url(at(app, "versions"), { mine: f.mine, named: f.named, q: f.q, limit: 100 })),
};

/** The run of one node: like that of a whole graph, but for how it starts. */
export function nodeDoor(app: string, start: (signal: AbortSignal) => Promise<Response>): RunDoor {
  return { ...runDoor(app), start: (_, signal) => start(signal) };
}

export const startNode = (app: string, node: string, values: { [name: string]: unknown }, signal: AbortSignal): Promise<Response> =>
  request(at(app, "nodes", node, "run"), { method: "POST", body: { values }, accept: "text/event-stream", signal });

/** Starts the draft from a node on. Of a chatflow the answer is an answer's stream. */
export const startFrom = (app: string, from: string, signal: AbortSignal): Promise<Response> =>
  request(at(app, "run"), { method: "POST", body: { inputs: {}, files: [], from }, accept: "text/event-stream", signal });
