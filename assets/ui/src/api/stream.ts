// Server-sent events as async iterators. The reader is lenient (any line ending, any chunk border); a turn that is cut reattaches
// by itself where it stopped, so that nobody above has to know that the wire broke.
import { ApiError, asApiError, isAbort, isRecord, request } from "./client";
import type { Attachment, Conversation, Form, Found, Message, Resource, Round, Run, RunState, Step, Thought, TurnState } from "./types";

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


/** What happens between the beginning and the end of a run, whatever it is of. */
export type Happening =
  | { kind: "delta"; text: string }
  | { kind: "reasoning"; text: string }
  /** The whole answer from now on: a word was in it that the app keeps out. */
  | { kind: "replace"; text: string }
  | { kind: "node"; node: Step }
  | { kind: "round"; round: Round }
  | { kind: "thought"; thought: Thought }
  | { kind: "resources"; resources: Resource[] }
  | { kind: "file"; files: Attachment[] }
  | { kind: "form"; form: Form }
  | { kind: "paused"; forms: Form[] }
  | { kind: "resumed" };

interface Answered {
  message: Message;
  conversation: Conversation;
}
export type TurnEvent = ({ kind: "started" } & Answered) | ({ kind: "finished" } & Answered) | Happening;
export type RunEvent = { kind: "started"; run: Run } | { kind: "finished"; run: Run } | Happening;

const json = <T>(data: string): T => {
  const v: T = JSON.parse(data);
  return v;
};

/** Throws for `error`, of either kind of stream. */
function happening(e: ServerEvent): Happening | null {
  switch (e.event) {
    case "error": {
      const v: unknown = JSON.parse(e.data);
      const text = (k: string): string => (isRecord(v) && typeof v[k] === "string" ? v[k] : "");
      throw new ApiError(text("code") || "bad_response", text("message"), isRecord(v) ? Number(v["status"] ?? 0) : 0, text("request_id"));
    }
    case "delta":
    case "replace":
    case "reasoning":
      return { kind: e.event, text: json<{ text?: string }>(e.data).text ?? "" };
    case "node":
      return { kind: "node", node: json<Step>(e.data) };
    case "round":
      return { kind: "round", round: json<Round>(e.data) };
    case "thought":
      return { kind: "thought", thought: json<Thought>(e.data) };
    case "resources":
      return { kind: "resources", resources: json<Found>(e.data).resources ?? [] };
    case "file":
      return { kind: "file", files: json<Found>(e.data).files ?? [] };
    case "form":
      return { kind: "form", form: json<Form>(e.data) };
    case "paused":
      return { kind: "paused", forms: json<{ forms?: Form[] }>(e.data).forms ?? [] };
    case "resumed":
      return { kind: "resumed" };
    default:
      return null;
  }
}

/** What one event of an answer's stream means; null for names that this version does not know. Throws for `error`. */
export function turnEvent(e: ServerEvent): TurnEvent | null {
  if (e.event !== "started" && e.event !== "finished") return happening(e);
  const v = json<TurnState>(e.data);
  return { kind: e.event, message: v.message, conversation: v.conversation };
}

/** The same of a workflow's run. */
export function runEvent(e: ServerEvent): RunEvent | null {
  if (e.event !== "started" && e.event !== "finished") return happening(e);
  return { kind: e.event, run: json<RunState>(e.data).run };
}

export interface Wire {
  /** Opens the stream for the first time. Left out when the run is already there and only followed. */
  open?: (signal: AbortSignal) => Promise<Response>;
  /** The path that gives the events after `after` of a message or run. */
  events: (id: string, after: string) => string;
  /** The message or run, where it is known. */
  id?: string;
  signal: AbortSignal;
  /** Longest silence before the wire counts as cut; the server pings every 10 s. */
  silence?: number;
  wait?: (ms: number) => Promise<void>;
}

const PATIENCE = 35_000; // three missed pings
const PAUSES = [300, 1000, 2000, 4000, 8000]; // between tries to reattach

/** Follows one answer to its end: exactly one `finished` comes last, or an ApiError is thrown. */
export function follow(t: Wire): AsyncGenerator<TurnEvent> {
  return followAny(t, turnEvent, (e) => (e.kind === "started" || e.kind === "finished" ? e.message.id : ""));
}

/** Follows one run of a workflow to its end. */
export function followRun(t: Wire): AsyncGenerator<RunEvent> {
  return followAny(t, runEvent, (e) => (e.kind === "started" || e.kind === "finished" ? e.run.id : ""));
}

async function* followAny<E extends { kind: string }>(t: Wire, meaning: (e: ServerEvent) => E | null, idOf: (e: E) => string): AsyncGenerator<E> {
  const wait = t.wait ?? ((ms: number) => new Promise<void>((r) => setTimeout(r, ms)));
  let id = t.id ?? "";
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
      const res = open ? await open(wire.signal) : await request(t.events(id, after), { accept: "text/event-stream", signal: wire.signal });
      open = undefined;
      if (res.body) {
        for await (const e of read(touched(res.body, alive))) {
          if (e.event !== "started" && e.id !== "" && after !== "" && Number(e.id) <= Number(after)) continue; // told twice around a cut
          const ev = decode(e, meaning);
          if (e.id !== "") after = e.id;
          if (!ev) continue;
          if (ev.kind === "paused") after = ""; // when it goes on, it is told from the start, by other numbers
          tries = 0;
          if (ev.kind === "started") id = idOf(ev);
          yield ev;
          if (ev.kind === "finished") return;
        }
      }
    } catch (err) {
      if (t.signal.aborted) throw new DOMException("aborted", "AbortError");
      if (err instanceof ApiError && err.code !== "network" && err.status !== 503) throw err;
      if (!id) throw isAbort(err) ? new ApiError("network", "", 0) : asApiError(err);
    } finally {
      clearTimeout(timer);
      t.signal.removeEventListener("abort", stop);
      wire.abort();
    }
    const pause = PAUSES[tries++];
    if (!id || pause === undefined) throw new ApiError("stream_cut", "", 0);
    await wait(pause);
  }
}

// A line that is no JSON is a line that was cut: the reattach brings it again.
function decode<E>(e: ServerEvent, meaning: (e: ServerEvent) => E | null): E | null {
  try {
    return meaning(e);
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
