import { describe, expect, it } from "vitest";
import { ApiError } from "@/api/client";
import type { Conversation, Message } from "@/api/types";
import type { Action, Thread } from "./thread";
import { emptyThread, path, PENDING, thread } from "./thread";

const usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0, latency: 0, time_to_first_token: 0 };
const conversation: Conversation = { id: "c", app_id: "a", end_user_id: "u", source: "site", name: "", inputs: {}, opening: "", pinned: false, created_at: "", updated_at: "" };
const msg = (id: string, parent = "", part: Partial<Message> = {}): Message => ({ id, app_id: "a", conversation_id: "c", parent_id: parent, run_id: "", source: "site", end_user_id: "u", inputs: {}, query: `q ${id}`, answer: `a ${id}`, reasoning: "", status: "succeeded", usage, files: [], created_at: "", updated_at: "", ...part });
const run = (s: Thread, ...actions: Action[]): Thread => actions.reduce(thread, s);
const load = (...messages: Message[]): Thread => thread(emptyThread, { do: "load", conversation, messages });
const ids = (s: Thread): string => path(s).map((x) => `${x.turn.message.id}${x.siblings.length > 1 ? `(${x.siblings.indexOf(x.turn.message.id) + 1}/${x.siblings.length})` : ""}`).join(" ");
const send = (parent = ""): Action => ({ do: "send", query: "hi", inputs: {}, files: [], parent, at: "" });

describe("path", () => {
  it("shows the newest version everywhere", () => {
    expect(ids(load(msg("1"), msg("2", "1"), msg("3", "1"), msg("4", "3")))).toBe("1 3(2/2) 4");
  });
  it("shows what was chosen, and what follows it", () => {
    const s = load(msg("1"), msg("2", "1"), msg("3", "1"), msg("4", "3"), msg("5", "2"));
    expect(ids(thread(s, { do: "choose", parent: "1", id: "2" }))).toBe("1 2(1/2) 5");
  });
  it("takes versions of the first message for siblings", () => {
    expect(ids(load(msg("1"), msg("2")))).toBe("2(2/2)");
  });
  it("puts a message whose parent is gone at the start", () => {
    expect(ids(load(msg("2", "gone"), msg("3", "2")))).toBe("2 3");
  });
  it("ends where messages go in a circle", () => {
    expect(path(load(msg("1", "2"), msg("2", "1"))).length).toBe(0);
  });
});

describe("a turn", () => {
  it("shows the question at once, then the server's message in its place", () => {
    const sent = run(load(msg("1")), send("1"));
    expect(ids(sent)).toBe(`1 ${PENDING}`);
    expect(sent.live).toBe(PENDING);
    const on = run(sent, { do: "started", message: msg("2", "1", { answer: "", status: "running" }), conversation });
    expect(ids(on)).toBe("1 2");
    expect(on.live).toBe("2");
  });
  it("gathers text and ends with what was stored", () => {
    const s = run(emptyThread, send(), { do: "started", message: msg("1", "", { answer: "", status: "running" }), conversation }, { do: "text", answer: "a", reasoning: "r" }, { do: "text", answer: "b", reasoning: "" });
    expect(s.turns["1"]?.message).toMatchObject({ answer: "ab", reasoning: "r" });
    const end = thread(s, { do: "finished", message: msg("1", "", { answer: "abc" }), conversation });
    expect(end.turns["1"]?.message.answer).toBe("abc");
    expect(end.live).toBeNull();
  });
  it("takes a finished without a started, as a replay of a short answer may be", () => {
    expect(ids(run(emptyThread, send(), { do: "finished", message: msg("1"), conversation }))).toBe("1");
  });
  it("shows a regeneration beside the first answer", () => {
    const s = run(load(msg("1"), msg("2", "1")), send("1"), { do: "started", message: msg("3", "1", { status: "running" }), conversation });
    expect(ids(s)).toBe("1 3(2/2)");
  });
  it("keeps what came when the wire breaks, and says why", () => {
    const s = run(emptyThread, send(), { do: "started", message: msg("1", "", { answer: "" }), conversation }, { do: "text", answer: "half", reasoning: "" }, { do: "broke", problem: new ApiError("stream_cut", "", 0) });
    expect(s.turns["1"]?.message).toMatchObject({ answer: "half", status: "failed" });
    expect(s.turns["1"]?.problem?.code).toBe("stream_cut");
    expect(s.live).toBeNull();
  });
  it("does not double the text when a replay starts again", () => {
    const s = run(load(msg("1", "", { answer: "ab", status: "running" })), { do: "follow", id: "1" }, { do: "started", message: msg("1", "", { answer: "ab", status: "running" }), conversation }, { do: "text", answer: "ab", reasoning: "" });
    expect(s.turns["1"]?.message.answer).toBe("ab");
  });
  it("drops a question that never started", () => {
    const s = run(load(msg("1")), send("1"), { do: "discard" });
    expect(ids(s)).toBe("1");
    expect(s.live).toBeNull();
  });
  it("replaces a pending question by the next one", () => {
    const s = run(emptyThread, send(), { do: "broke", problem: new ApiError("network", "", 0) }, send());
    expect(ids(s)).toBe(PENDING);
  });
  it("keeps the last state of each node", () => {
    const node = { id: "n", node: "llm", type: "llm", title: "LLM", elapsed: 0, at: "" };
    const happened = (status: "running" | "succeeded"): Action => ({ do: "happened", event: { kind: "node", node: { ...node, status } } });
    const s = run(load(msg("1")), { do: "follow", id: "1" }, happened("running"), happened("succeeded"));
    expect(s.turns["1"]?.flow.execs.map((n) => n.status)).toEqual(["succeeded"]);
  });
  it("takes over feedback", () => {
    const s = thread(load(msg("1")), { do: "replace", message: msg("1", "", { feedback: { id: "f", message_id: "1", rating: "like", content: "", created_at: "", updated_at: "" } }) });
    expect(s.turns["1"]?.message.feedback?.rating).toBe("like");
  });
});
