import { describe, expect, it } from "vitest";
import type { Happening } from "@/api/stream";
import type { Form, NodeRun, Run, Status, Step } from "@/api/types";
import type { Flow } from "./flow";
import { flow, fromTrace, lines, nodeMarks, noFlow, tokens } from "./flow";
import type { RunAction, Running } from "./use-run";
import { running } from "./use-run";

const node = (id: string, n: string, status: Status, part: Partial<Step> = {}): Happening => ({ kind: "node", node: { id, node: n, type: "code", title: n, status, elapsed: 0, at: "2026-01-01T00:00:00Z", ...part } });
const form = (id: string, n: string, status: string): Form => ({ id, run_id: "r", app_id: "a", path: "", node_id: n, node_title: n, token: "t", form_content: "", inputs: [], actions: [], status, action_id: "", values: {}, expires_at: "", created_at: "", done_at: null }) satisfies Record<keyof Form, unknown>;
const play = (...events: Happening[]): Flow => events.reduce(flow, noFlow);
const marks = (f: Flow, nodes: string[], over = false): string => nodes.map((n) => nodeMarks(f, nodes, over)[n]?.mark).join(" ");

describe("the events of a run", () => {
  it("make one line of each execution, in the order in which they began", () => {
    const f = play(node("1", "a", "running"), node("2", "b", "running"), node("2", "b", "succeeded", { elapsed: 2, outputs: { x: 1 } }), node("1", "a", "failed", { error: { code: "c", kind: 1, text: { en: "e", zh: "z" } } }));
    expect(f.execs.map((x) => `${x.node} ${x.status} ${x.elapsed}`)).toEqual(["a failed 0", "b succeeded 2"]);
    expect(f.execs[0]?.error?.code).toBe("c");
    expect(f.execs[1]?.outputs).toEqual({ x: 1 });
  });

  it("count attempts that were followed by another, and keep the node working meanwhile", () => {
    const f = play(node("1", "a", "running"), node("1", "a", "retry", { retry: 1, elapsed: 1 }), node("1", "a", "retry", { retry: 2 }));
    expect(f.execs[0]).toMatchObject({ status: "running", attempts: [{ retry: 1, elapsed: 1 }, { retry: 2 }] });
    expect(nodeMarks(f, ["a"], false)["a"]).toMatchObject({ mark: "running", retries: 2 });
  });

  it("put what runs inside a container under its execution, by rounds", () => {
    const within = (round: number): Partial<Step> => ({ within: { type: "iteration", node: "it", round } });
    const f = play(node("1", "it", "running", { type: "iteration" }), { kind: "round", round: { id: "1", node: "it", round: -1, length: 3 } }, { kind: "round", round: { id: "1", node: "it", round: 0 } }, node("2", "x", "running", within(0)), node("3", "x", "running", within(1)), node("4", "y", "running", within(0)));
    expect(f.execs[0]).toMatchObject({ now: 0, length: 3 });
    const [line] = lines(f);
    expect(line?.rounds.map((r) => [r.round, r.lines.map((l) => l.exec.id)])).toEqual([[0, ["2", "4"]], [1, ["3"]]]);
    expect(lines(f).length).toBe(1);
  });

  it("wait for a person and go on", () => {
    const paused = play(node("1", "ask", "running"), { kind: "form", form: form("f", "ask", "waiting") }, { kind: "paused", forms: [form("f", "ask", "waiting")] });
    expect([paused.paused, paused.execs[0]?.status, paused.forms.length]).toEqual([true, "paused", 1]);
    const on = [{ kind: "resumed" } as const, { kind: "form", form: form("f", "ask", "submitted") } as const].reduce(flow, paused);
    expect([on.paused, on.execs[0]?.status, on.forms[0]?.status]).toEqual([false, "running", "submitted"]);
  });

  it("gather text, thoughts and files", () => {
    const thought = { id: "t", position: 1, thought: "hm", calls: [], observation: "", answer: "", usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0, latency: 0, time_to_first_token: 0 } };
    const f = play({ kind: "delta", text: "a" }, { kind: "delta", text: "b" }, { kind: "reasoning", text: "r" }, { kind: "thought", thought }, { kind: "thought", thought: { ...thought, observation: "o" } });
    expect([f.answer, f.reasoning, f.thoughts.length, f.thoughts[0]?.observation]).toEqual(["ab", "r", 1, "o"]);
  });
});

describe("marks of nodes", () => {
  const f = play(node("1", "a", "succeeded"), node("2", "b", "exception"));
  it("say waiting while the run goes on, and skipped when it is over", () => {
    expect(marks(f, ["a", "b", "c"])).toBe("done exception waiting");
    expect(marks(f, ["a", "b", "c"], true)).toBe("done exception skipped");
  });
  it("do not let a later round cover up one that failed", () => {
    const g = play(node("1", "x", "failed"), node("2", "x", "succeeded"));
    expect(nodeMarks(g, ["x"], true)["x"]).toMatchObject({ mark: "failed", runs: 2 });
  });
});

describe("a trace", () => {
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2, latency: 0, time_to_first_token: 0 };
  const run = (id: string, n: string, at: number, part: Partial<NodeRun> = {}): NodeRun => ({ id, run_id: "r", app_id: "a", node_id: n, type: "code", title: n, index: at, status: "succeeded", inputs: {}, process: {}, outputs: {}, elapsed: 1, started_at: `2026-01-01T00:00:0${at}Z`, ...part });
  it("reads like the stream did: failed attempts belong to the execution that followed", () => {
    const f = fromTrace([run("2", "a", 1, { status: "retry", retry: 1 }), run("1", "a", 2), run("3", "x", 4, { within: { type: "loop", node: "l", round: 1 }, usage }), run("4", "l", 3, { type: "loop", usage })]);
    expect(f.execs.map((x) => [x.node, x.attempts.length, x.parent])).toEqual([["a", 1, ""], ["l", 0, ""], ["x", 0, "4"]]);
    expect(tokens(f)).toBe(2);
  });
});

describe("a run that is followed", () => {
  const r: Run = { id: "r", app_id: "a", source: "debug", status: "running", usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0, latency: 0, time_to_first_token: 0 }, steps: 0, exceptions: 0, inputs: {}, outputs: {}, started_at: "", finished_at: null };
  const idle: Running = { run: null, flow: noFlow, busy: false, problem: null };
  const go = (...actions: RunAction[]): Running => actions.reduce(running, idle);
  const event = (e: Happening): RunAction => ({ do: "event", event: e });
  it("is told again from the start when it goes on, and nothing stands there twice", () => {
    const s = go({ do: "begin" }, { do: "event", event: { kind: "started", run: r } }, event(node("1", "a", "running")), event({ kind: "paused", forms: [form("f", "a", "waiting")] }));
    expect([s.busy, s.run?.status]).toEqual([true, "paused"]);
    const on = [{ do: "event", event: { kind: "started", run: r } } as const, event(node("1", "a", "running")), event({ kind: "resumed" }), event(node("1", "a", "succeeded"))].reduce(running, s);
    expect([on.flow.execs.length, on.flow.forms.length, on.run?.status]).toEqual([1, 0, "running"]);
    const end = running(on, { do: "event", event: { kind: "finished", run: { ...r, status: "succeeded" } } });
    expect([end.busy, end.run?.status]).toEqual([false, "succeeded"]);
  });
});
