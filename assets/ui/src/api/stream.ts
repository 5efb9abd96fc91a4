// Server-sent events as async iterators. The reader is lenient (any line ending, any chunk border); a turn that is cut reattaches
// by itself where it stopped, so that nobody above has to know that the wire broke.
import { ApiError, asApiError, isAbort, isRecord, request } from "./client";
import type { Conversation, Message, NodeState, TurnState } from "./types";

export interface ServerEvent {
  id: string;
  event: string;
  data: string;
}

/** Reads text/event-stream. An event without its closing blank line at the end of the stream still counts. */
export async function* read(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let id = "";
  let event = "";
  let data: string[] = [];

  const line = (l: string): ServerEvent | null => {
    if (l === "") {
      const out = data.length > 0 ? { id, event: event || "message", data: data.join("\n") } : null;
      event = "";
      data = [];
      return out;
    }
    if (l.startsWith(":")) return null;
    const colon = l.indexOf(":");
    const name = colon < 0 ? l : l.slice(0, colon);
    const value = colon < 0 ? "" : l.slice(colon + (l[colon + 1] === " " ? 2 : 1));
    if (name === "data") data.push(value);
    else if (name === "event") event = value;
    else if (name === "id" && !value.includes("\0")) id = value;
    return null;
  };

  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? "";
      for (const l of lines) {
        const out = line(l);
        if (out) yield out;
      }
      if (done) break;
    }
    for (const l of [...rest.split("\r"), ""]) {
      const out = line(l);
      if (out) yield out;
    }
  } finally {
    reader.cancel().catch(() => undefined); // best effort: the stream may have broken already
  }
}


export type TurnEvent =
  | { kind: "started"; message: Message; conversation: Conversation }
  | { kind: "delta"; text: string }
  | { kind: "reasoning"; text: string }
  | { kind: "node"; node: NodeState }
  | { kind: "finished"; message: Message; conversation: Conversation };

/** What one event of the wire means; null for names that this version does not know. Throws for `error`. */
export function turnEvent(e: ServerEvent): TurnEvent | null {
  if (e.event === "error") {
    const v: unknown = JSON.parse(e.data);
    const text = (k: string): string => (isRecord(v) && typeof v[k] === "string" ? v[k] : "");
    throw new ApiError(text("code") || "bad_response", text("message"), isRecord(v) ? Number(v["status"] ?? 0) : 0, text("request_id"));
  }
  switch (e.event) {
    case "started":
    case "finished": {
      const v: TurnState = JSON.parse(e.data);
      return { kind: e.event, message: v.message, conversation: v.conversation };
    }
    case "delta":
    case "reasoning": {
      const v: { text?: string } = JSON.parse(e.data);
      return { kind: e.event, text: v.text ?? "" };
    }
    case "node": {
      const v: NodeState = JSON.parse(e.data);
      return { kind: "node", node: v };
    }
    default:
      return null;
  }
}

export interface Turn {
  /** Opens the stream for the first time. Left out when the run is already there and only followed. */
  open?: (signal: AbortSignal) => Promise<Response>;
  /** The path that gives the events after `after` of a message. */
  events: (message: string, after: string) => string;
  message?: string;
  signal: AbortSignal;
  /** Longest silence before the wire counts as cut; the server pings every 10 s. */
  silence?: number;
  wait?: (ms: number) => Promise<void>;
}

const PATIENCE = 35_000; // three missed pings
const PAUSES = [300, 1000, 2000, 4000, 8000]; // between tries to reattach

/** Follows one turn to its end: exactly one `finished` comes last, or an ApiError is thrown. */
export async function* follow(t: Turn): AsyncGenerator<TurnEvent> {
  const wait = t.wait ?? ((ms: number) => new Promise<void>((r) => setTimeout(r, ms)));
  let message = t.message ?? "";
  let after = "";
  let tries = 0;
  let open = t.open;
  for (;;) {
    const wire = new AbortController();
    const stop = (): void => wire.abort();
    t.signal.addEventListener("abort", stop);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const alive = (): void => {
      clearTimeout(timer);
      timer = setTimeout(stop, t.silence ?? PATIENCE);
    };
    try {
      if (t.signal.aborted) throw new DOMException("aborted", "AbortError");
      alive();
      const res = open
        ? await open(wire.signal)
        : await request(t.events(message, after), { accept: "text/event-stream", signal: wire.signal });
      open = undefined;
      if (res.body) {
        for await (const e of read(touched(res.body, alive))) {
          if (e.id !== "" && after !== "" && Number(e.id) <= Number(after)) continue; // told twice around a cut
          const ev = decode(e);
          if (e.id !== "") after = e.id;
          if (!ev) continue;
          tries = 0;
          if (ev.kind === "started") message = ev.message.id;
          yield ev;
          if (ev.kind === "finished") return;
        }
      }
    } catch (err) {
      if (t.signal.aborted) throw new DOMException("aborted", "AbortError");
      if (err instanceof ApiError && err.code !== "network" && err.status !== 503) throw err;
      if (!message) throw isAbort(err) ? new ApiError("network", "", 0) : asApiError(err);
    } finally {
      clearTimeout(timer);
      t.signal.removeEventListener("abort", stop);
      wire.abort();
    }
    const pause = PAUSES[tries++];
    if (!message || pause === undefined) throw new ApiError("stream_cut", "", 0);
    await wait(pause);
  }
}

// A line that is no JSON is a line that was cut: the reattach brings it again.
function decode(e: ServerEvent): TurnEvent | null {
  try {
    return turnEvent(e);
  } catch (err) {
    if (err instanceof SyntaxError) throw new ApiError("network", "", 0);
    throw err;
  }
}

function touched(body: ReadableStream<Uint8Array>, alive: () => void): ReadableStream<Uint8Array> {
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, out) {
        alive();
        out.enqueue(chunk);
      },
    }),
  );
}
