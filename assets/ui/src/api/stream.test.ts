import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "./client";
import type { ServerEvent, TurnEvent } from "./stream";
import { follow, read } from "./stream";

const enc = new TextEncoder();

function body(...chunks: (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(c) {
      for (const x of chunks) c.enqueue(typeof x === "string" ? enc.encode(x) : x);
      c.close();
    },
  });
}

async function all<T>(it: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const x of it) out.push(x);
  return out;
}

const two: ServerEvent[] = [
  { id: "1", event: "delta", data: '{"text":"你"}' },
  { id: "2", event: "delta", data: '{"text":"好"}' },
];

describe("read", () => {
  const plain = 'id: 1\nevent: delta\ndata: {"text":"你"}\n\nid: 2\nevent: delta\ndata: {"text":"好"}\n\n';
  it.each([
    ["LF", plain],
    ["CR LF", plain.replaceAll("\n", "\r\n")],
    ["CR", plain.replaceAll("\n", "\r")],
    ["no space after the colon", plain.replaceAll(": ", ":").replaceAll('"text":', '"text":')],
    ["comments and pings between", plain.replace("\n\nid: 2", "\n\n: ping\n\n: ping\n\nid: 2")],
    ["a byte order mark", `\ufeff${plain}`],
    ["no blank line at the end", plain.slice(0, -1)],
    ["no line end at the end", plain.slice(0, -2)],
    ["unknown fields", plain.replace("event: delta", "retry: 10\nfoo: bar\nevent: delta")],
  ])("reads events with %s", async (_name, text) => {
    expect(await all(read(body(text)))).toEqual(two);
  });

  it("reads events whatever the chunk borders are, in the middle of a character too", async () => {
    for (const text of [plain, plain.replaceAll("\n", "\r\n")]) {
      const bytes = enc.encode(text);
      for (let size = 1; size <= 7; size++) {
        const chunks: Uint8Array[] = [];
        for (let i = 0; i < bytes.length; i += size) chunks.push(bytes.slice(i, i + size));
        expect(await all(read(body(...chunks)))).toEqual(two);
      }
    }
  });

  it("joins data lines and calls an unnamed event message", async () => {
    expect(await all(read(body("data: a\ndata: b\n\n")))).toEqual([{ id: "", event: "message", data: "a\nb" }]);
  });

  it("gives nothing for a stream of pings", async () => {
    expect(await all(read(body(": ping\n\n", ": ping\n\n")))).toEqual([]);
  });
});

const message = { id: "m1", query: "q", answer: "", status: "running" };
const conversation = { id: "c1" };
const ev = (id: number, event: string, data: object): string => `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
const started = ev(1, "started", { message, conversation });
const finished = (id: number): string => ev(id, "finished", { message: { ...message, status: "succeeded", answer: "ab" }, conversation });

function text(list: TurnEvent[]): string {
  return list.map((e) => (e.kind === "delta" ? e.text : e.kind)).join(" ");
}

describe("follow", () => {
  afterEach(() => vi.unstubAllGlobals());
  const events = (m: string, after: string): string => `/events/${m}?after=${after}`;
  const wait = async (): Promise<void> => undefined;
  const signal = (): AbortSignal => new AbortController().signal;
  const ok = (...chunks: string[]): Response => new Response(body(...chunks));

  it("gives the events of a stream that is not cut", async () => {
    const out = await all(follow({ open: async () => ok(started, ev(2, "delta", { text: "a" }), ev(3, "delta", { text: "b" }), finished(4)), events, signal: signal(), wait }));
    expect(text(out)).toBe("started a b finished");
  });

  it("reattaches after a cut where it stopped, and tells nothing twice", async () => {
    const asked: string[] = [];
    vi.stubGlobal("fetch", async (path: string) => {
      asked.push(path);
      return ok(ev(2, "delta", { text: "a" }), ev(3, "delta", { text: "b" }), finished(4));
    });
    const out = await all(follow({ open: async () => ok(started, ev(2, "delta", { text: "a" })), events, signal: signal(), wait }));
    expect(text(out)).toBe("started a b finished");
    expect(asked).toEqual(["/events/m1?after=2"]);
  });

  it("reattaches after a line that was cut in the middle", async () => {
    vi.stubGlobal("fetch", async () => ok(ev(2, "delta", { text: "whole" }), finished(3)));
    const out = await all(follow({ open: async () => ok(started, 'id: 2\nevent: delta\ndata: {"te'), events, signal: signal(), wait }));
    expect(text(out)).toBe("started whole finished");
  });

  it("keeps trying while the server is away, then gives up with stream_cut", async () => {
    let n = 0;
    vi.stubGlobal("fetch", async () => {
      n++;
      throw new TypeError("refused");
    });
    await expect(all(follow({ open: async () => ok(started), events, signal: signal(), wait }))).rejects.toMatchObject({ code: "stream_cut" });
    expect(n).toBe(5);
  });

  it("does not ask for a message that never started", async () => {
    const fetched = vi.fn();
    vi.stubGlobal("fetch", fetched);
    const open = async (): Promise<Response> => {
      throw new ApiError("network", "", 0);
    };
    await expect(all(follow({ open, events, signal: signal(), wait }))).rejects.toMatchObject({ code: "network" });
    expect(fetched).not.toHaveBeenCalled();
  });

  it("throws the error event as an ApiError", async () => {
    const open = async (): Promise<Response> => ok(ev(1, "error", { code: "draft_incomplete", message: "choose a model", status: 400 }));
    await expect(all(follow({ open, events, signal: signal(), wait }))).rejects.toMatchObject({ code: "draft_incomplete", message: "choose a model", status: 400 });
  });

  it("takes a run up from its start where the cut came while it waited: it may have other numbers by now", async () => {
    const asked: string[] = [];
    vi.stubGlobal("fetch", async (path: string) => {
      asked.push(path);
      return ok(started, ev(2, "resumed", {}), ev(3, "delta", { text: "b" }), finished(4));
    });
    const out = await all(follow({ open: async () => ok(started, ev(8, "delta", { text: "a" }), ev(9, "paused", { forms: [] })), events, signal: signal(), wait }));
    expect(text(out)).toBe("started a paused started resumed b finished");
    expect(asked).toEqual(["/events/m1?after="]);
  });

  it("counts silence as a cut", async () => {
    vi.stubGlobal("fetch", async () => ok(finished(2)));
    const open = async (s: AbortSignal): Promise<Response> => {
      const stream = new ReadableStream<Uint8Array>({
        start(c) {
          c.enqueue(enc.encode(started));
          s.addEventListener("abort", () => c.error(new DOMException("aborted", "AbortError")));
        },
      });
      return new Response(stream);
    };
    const out = await all(follow({ open, events, signal: signal(), wait, silence: 30 }));
    expect(text(out)).toBe("started finished");
  });

  it("ends with AbortError when the reader leaves", async () => {
    const ctl = new AbortController();
    ctl.abort();
    await expect(all(follow({ open: async () => ok(started), events, signal: ctl.signal, wait }))).rejects.toMatchObject({ name: "AbortError" });
  });

  it("follows a run that is there already from its start", async () => {
    vi.stubGlobal("fetch", async (path: string) => {
      expect(path).toBe("/events/m9?after=");
      return ok(ev(2, "delta", { text: "x" }), finished(3));
    });
    expect(text(await all(follow({ id: "m9", events, signal: signal(), wait })))).toBe("x finished");
  });
});
