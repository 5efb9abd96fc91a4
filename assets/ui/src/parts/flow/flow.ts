// What has happened in a run so far, pure: each event of its stream goes in, what a person is shown comes out. The run of a
// workflow and the graph behind an answer are the same here.
import type { Happening } from "@/api/stream";
import type { Attachment, Failure, Form, NodeRun, Resource, Status, Step, Thought, Usage } from "@/api/types";

/** One failed attempt of a node that was tried again. */
export interface Attempt {
  retry: number;
  error: Failure | null;
  elapsed: number;
}

export interface Data {
  inputs?: { [k: string]: unknown };
  process?: { [k: string]: unknown };
  outputs?: { [k: string]: unknown };
  meta?: { [k: string]: unknown };
}

/** One execution of a node. A node inside an iteration or loop has one per round. */
export interface Exec extends Data {
  id: string;
  node: string;
  type: string;
  title: string;
  status: Status;
  /** When it began, by the server's clock. */
  at: string;
  elapsed: number;
  error: Failure | null;
  usage: Usage | null;
  attempts: Attempt[];
  /** The execution of the container around it, and the round. */
  parent: string;
  round: number;
  /** Of a container: the round it is in, and how many there are; -1 and 0 before it is known. */
  now: number;
  length: number;
}

export interface Flow {
  /** In the order in which they began. */
  execs: readonly Exec[];
  forms: readonly Form[];
  thoughts: readonly Thought[];
  resources: readonly Resource[];
  files: readonly Attachment[];
  answer: string;
  reasoning: string;
  /** It waits for its forms. */
  paused: boolean;
}

export const noFlow: Flow = { execs: [], forms: [], thoughts: [], resources: [], files: [], answer: "", reasoning: "", paused: false };

export function flow(s: Flow, e: Happening): Flow {
  switch (e.kind) {
    case "delta":
      return { ...s, answer: s.answer + e.text };
    case "replace":
      return { ...s, answer: e.text };
    case "reasoning":
      return { ...s, reasoning: s.reasoning + e.text };
    case "node":
      return { ...s, execs: step(s.execs, e.node) };
    case "round":
      return { ...s, execs: s.execs.map((x) => (x.id === e.round.id ? { ...x, now: e.round.round, length: e.round.length ?? x.length } : x)) };
    case "thought":
      return { ...s, thoughts: put(s.thoughts, e.thought) };
    case "resources":
      return { ...s, resources: [...s.resources, ...e.resources] };
    case "file":
      return { ...s, files: [...s.files, ...e.files] };
    case "form":
      return { ...s, forms: put(s.forms, e.form) };
    case "paused":
      return { ...s, paused: true, forms: e.forms.reduce(put<Form>, s.forms), execs: s.execs.map((x) => (x.status === "running" && e.forms.some((f) => f.node_id === x.node) ? { ...x, status: "paused" } : x)) };
    case "resumed":
      return { ...s, paused: false, execs: s.execs.map((x) => (x.status === "paused" ? { ...x, status: "running" } : x)) };
  }
}

/** Puts a thing in the place of the one with its id, or at the end. */
function put<T extends { id: string }>(list: readonly T[], x: T): readonly T[] {
  return list.some((y) => y.id === x.id) ? list.map((y) => (y.id === x.id ? x : y)) : [...list, x];
}

function step(list: readonly Exec[], n: Step): readonly Exec[] {
  const old = list.find((x) => x.id === n.id);
  const data: Data = { ...(n.inputs ? { inputs: n.inputs } : {}), ...(n.process ? { process: n.process } : {}), ...(n.outputs ? { outputs: n.outputs } : {}), ...(n.meta ? { meta: n.meta } : {}) };
  if (!old) {
    const around = n.within ? list.findLast((x) => x.node === n.within?.node) : undefined;
    const begun: Exec = { id: n.id, node: n.node, type: n.type, title: n.title, status: n.status, at: n.at, elapsed: n.elapsed, error: n.error ?? null, usage: n.usage ?? null, attempts: [], parent: around?.id ?? "", round: n.within?.round ?? 0, now: -1, length: 0, ...data };
    return [...list, begun];
  }
  if (n.status === "retry")
    return put(list, { ...old, status: "running", attempts: [...old.attempts, { retry: n.retry ?? old.attempts.length + 1, error: n.error ?? null, elapsed: n.elapsed }] });
  return put(list, { ...old, ...data, status: n.status, elapsed: n.elapsed, error: n.error ?? null, usage: n.usage ?? old.usage });
}

/** The same of a run that is over, from its trace. */
export function fromTrace(nodes: readonly NodeRun[]): Flow {
  const execs: Exec[] = [];
  const waiting: NodeRun[] = [];
  const sorted = [...nodes].sort((a, b) => a.started_at.localeCompare(b.started_at) || a.index - b.index);
  for (const n of sorted) {
    if (n.status === "retry") {
      waiting.push(n);
      continue;
    }
    const mine = waiting.filter((w) => w.node_id === n.node_id && w.within?.round === n.within?.round);
    for (const w of mine) waiting.splice(waiting.indexOf(w), 1);
    execs.push({
      id: n.id, node: n.node_id, type: n.type, title: n.title, status: n.status, at: mine[0]?.started_at ?? n.started_at, elapsed: n.elapsed, error: n.error ?? null, usage: n.usage ?? null,
      attempts: mine.map((w) => ({ retry: w.retry ?? 0, error: w.error ?? null, elapsed: w.elapsed })),
      parent: n.within ? (execs.findLast((x) => x.node === n.within?.node)?.id ?? "") : "", round: n.within?.round ?? 0, now: -1, length: 0,
      inputs: n.inputs ?? {}, process: n.process ?? {}, outputs: n.outputs ?? {}, ...(n.meta ? { meta: n.meta } : {}),
    });
  }
  return { ...noFlow, execs };
}

/** Where a node of the drawing stands. */
export type Mark = "waiting" | "running" | "paused" | "done" | "failed" | "exception" | "stopped" | "skipped";

export interface NodeMark {
  mark: Mark;
  /** The last execution; none while it waits, and of a node that was skipped. */
  exec: Exec | null;
  /** How often it ran, and how many attempts failed and were followed by another. */
  runs: number;
  retries: number;
}

const marks: Record<Status, Mark> = {
  running: "running", paused: "paused", succeeded: "done", "partial-succeeded": "done", failed: "failed", exception: "exception", stopped: "stopped", interrupted: "stopped", retry: "running",
};

/** The marks of all nodes. Those that never ran are waiting while the run goes on, and skipped when it is over. */
export function nodeMarks(f: Flow, nodes: readonly string[], over: boolean): { [node: string]: NodeMark } {
  const out: { [node: string]: NodeMark } = {};
  for (const id of nodes) out[id] = { mark: over ? "skipped" : "waiting", exec: null, runs: 0, retries: 0 };
  for (const x of f.execs) {
    const was = out[x.node];
    const bad = was?.exec && (was.mark === "failed" || was.mark === "exception") && marks[x.status] === "done"; // a round that failed is not covered up by a later one
    out[x.node] = { mark: bad && was ? was.mark : marks[x.status], exec: bad && was ? was.exec : x, runs: (was?.runs ?? 0) + 1, retries: (was?.retries ?? 0) + x.attempts.length };
  }
  return out;
}

/** One line of the trace: an execution, with what ran inside it by rounds. */
export interface Line {
  exec: Exec;
  rounds: { round: number; lines: Line[] }[];
}

export function lines(f: Flow, parent = ""): Line[] {
  const known = new Set(f.execs.map((x) => x.id));
  const inside = (id: string): Exec[] => f.execs.filter((x) => (x.parent !== "" && known.has(x.parent) ? x.parent : "") === id);
  return inside(parent).map((exec) => {
    const children = lines(f, exec.id);
    const rounds: { round: number; lines: Line[] }[] = [];
    for (const c of children) {
      const r = rounds.find((x) => x.round === c.exec.round);
      if (r) r.lines.push(c);
      else rounds.push({ round: c.exec.round, lines: [c] });
    }
    return { exec, rounds };
  });
}

/** Tokens of all nodes; containers count what is inside them, so only the top is added up. */
export function tokens(f: Flow): number {
  return f.execs.reduce((n, x) => n + (x.parent === "" ? (x.usage?.total_tokens ?? 0) : 0), 0);
}

export const isOver = (s: Status | undefined): boolean => s !== undefined && s !== "running" && s !== "paused";
export const isGood = (s: Status | undefined): boolean => s === "succeeded" || s === "partial-succeeded";
