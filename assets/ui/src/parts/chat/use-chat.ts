// The engine of a chat: sends, follows, stops, reattaches. Views only read the path and call these verbs.
import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from "react";
import { asApiError, isAbort } from "@/api/client";
import type { ChatDoor } from "@/api/console";
import type { Wire } from "@/api/stream";
import { follow } from "@/api/stream";
import type { Attachment, Conversation, FileRef, Message } from "@/api/types";
import type { Step, Thread } from "./thread";
import { emptyThread, path, PENDING, thread } from "./thread";

export interface Verbs {
  load: (conversation: Conversation | null, messages: Message[]) => void;
  send: (query: string, inputs: { [k: string]: unknown }, files: Attachment[]) => void;
  /** The same question once more, beside the first answer. */
  regenerate: (m: Message) => void;
  /** The question of a message once more, in a run that somebody else opens; null: whatever the run asks. */
  goOn: (m: Message | null, open: (signal: AbortSignal) => Promise<Response>) => void;
  /** Another question in the place of one that was asked. */
  resend: (m: Message, query: string) => void;
  /** Takes up a run that goes on at the server. */
  reattach: (id: string) => void;
  stop: () => void;
  choose: (parent: string, id: string) => void;
  rate: (m: Message, rating: "like" | "dislike" | "", note: string) => Promise<void>;
  discard: () => void;
}

export interface Chat extends Verbs {
  thread: Thread;
  steps: Step[];
  busy: boolean;
  /** Questions to ask next, of the last message. */
  next: string[];
  /** The verbs alone; they stay the same as long as the chat lives, so that views can be memoised. */
  verbs: Verbs;
}

export interface ChatOptions {
  door: ChatDoor;
  /** Asks for follow-up questions after each answer. */
  followUp: boolean;
  onStarted?: (c: Conversation) => void;
  onFinished?: (m: Message, c: Conversation) => void;
}

export const refs = (files: Attachment[]): FileRef[] =>
  files.map((f) => ({ kind: f.kind, method: f.method, ...(f.file_id ? { file_id: f.file_id } : {}), ...(f.url ? { url: f.url } : {}) }));

export function useChat(o: ChatOptions): Chat {
  const [state, dispatch] = useReducer(thread, emptyThread);
  const [next, setNext] = useState<string[]>([]);
  const options = useRef(o);
  const now = useRef(state);
  useEffect(() => {
    options.current = o;
    now.current = state;
  });
  const wire = useRef<AbortController | null>(null);

  useEffect(() => () => wire.current?.abort(), []);

  /** Follows one stream to its end. Pieces of text are gathered and painted once per frame. */
  const run = useCallback(async (t: Omit<Wire, "signal" | "events">): Promise<void> => {
    wire.current?.abort();
    const ctl = new AbortController();
    wire.current = ctl;
    setNext([]);
    let answer = "";
    let reasoning = "";
    let frame = 0;
    const paint = (): void => {
      cancelAnimationFrame(frame);
      frame = 0;
      if (answer === "" && reasoning === "") return;
      dispatch({ do: "text", answer, reasoning });
      answer = "";
      reasoning = "";
    };
    try {
      for await (const e of follow({ ...t, signal: ctl.signal, events: (id, after) => options.current.door.events(id, after) })) {
        if (ctl.signal.aborted) return;
        if (e.kind === "delta" || e.kind === "reasoning") {
          if (e.kind === "delta") answer += e.text;
          else reasoning += e.text;
          if (frame === 0) frame = requestAnimationFrame(paint);
          continue;
        }
        paint();
        if (e.kind === "started") {
          dispatch({ do: "started", message: e.message, conversation: e.conversation });
          options.current.onStarted?.(e.conversation);
        } else if (e.kind === "replace") dispatch({ do: "retold", answer: e.text });
        else if (e.kind !== "finished") dispatch({ do: "happened", event: e });
        else {
          dispatch({ do: "finished", message: e.message, conversation: e.conversation });
          options.current.onFinished?.(e.message, e.conversation);
          if (options.current.followUp && (e.message.status === "succeeded" || e.message.status === "partial-succeeded")) {
            const found = await options.current.door.suggested(e.message.id).catch(() => ({ data: [] })); // a nicety: silence where it fails
            if (!ctl.signal.aborted) setNext(found.data ?? []);
          }
        }
      }
    } catch (err) {
      if (isAbort(err) || ctl.signal.aborted) return;
      paint();
      dispatch({ do: "broke", problem: asApiError(err) });
    } finally {
      cancelAnimationFrame(frame);
      if (wire.current === ctl) wire.current = null;
    }
  }, []);

  const ask = useCallback(
    (query: string, inputs: { [k: string]: unknown }, files: Attachment[], parent: string, open?: (signal: AbortSignal) => Promise<Response>): void => {
      dispatch({ do: "send", query, inputs, files, parent, at: new Date().toISOString() });
      const conversation = now.current.conversation?.id;
      void run({
        open:
          open ??
          ((signal) =>
            options.current.door.send({ query, inputs, files: refs(files), ...(conversation ? { conversation_id: conversation } : {}), parent_id: parent }, signal)),
      });
    },
    [run],
  );

  const steps = useMemo(() => path(state), [state]);
  const stepsNow = useRef(steps);
  useEffect(() => {
    stepsNow.current = steps;
  });

  const verbs = useMemo((): Verbs => {
    const real = (m: Message | undefined): string => (m && m.id !== PENDING ? m.id : "");
    return {
      load: (conversation: Conversation | null, messages: Message[]): void => {
        wire.current?.abort();
        wire.current = null;
        setNext([]);
        dispatch({ do: "load", conversation, messages });
        const going = messages.findLast((m) => m.status === "running" || m.status === "paused");
        if (going) {
          dispatch({ do: "follow", id: going.id });
          void run({ id: going.id });
        }
      },
      send: (query: string, inputs: { [k: string]: unknown }, files: Attachment[]): void => {
        const last = stepsNow.current.findLast((s) => s.turn.message.id !== PENDING);
        ask(query, inputs, files, real(last?.turn.message));
      },
      regenerate: (m: Message): void => {
        const again = options.current.door.regenerate;
        const open = again && m.id !== PENDING ? (signal: AbortSignal) => again(m.id, signal) : undefined;
        ask(m.query, m.inputs ?? {}, m.files ?? [], m.parent_id ?? "", open);
      },
      goOn: (m: Message | null, open: (signal: AbortSignal) => Promise<Response>): void => ask(m?.query ?? "", m?.inputs ?? {}, m?.files ?? [], m?.parent_id ?? "", open),
      resend: (m: Message, query: string): void => ask(query, m.inputs ?? {}, m.files ?? [], m.parent_id ?? ""),
      reattach: (id: string): void => {
        dispatch({ do: "follow", id });
        void run({ id });
      },
      stop: (): void => {
        const id = now.current.live;
        if (id === null) return;
        if (id === PENDING) {
          wire.current?.abort();
          dispatch({ do: "discard" });
          return;
        }
        void options.current.door.stop(id).catch(() => undefined); // the stream tells how it ended
      },
      choose: (parent: string, id: string): void => {
        setNext([]);
        dispatch({ do: "choose", parent, id });
      },
      rate: async (m: Message, rating: "like" | "dislike" | "", note: string): Promise<void> => {
        dispatch({ do: "replace", message: await options.current.door.feedback(m.id, { rating, content: note }) });
      },
      discard: (): void => dispatch({ do: "discard" }),
    };
  }, [ask, run]);

  return { thread: state, steps, busy: state.live !== null, next, verbs, ...verbs };
}
