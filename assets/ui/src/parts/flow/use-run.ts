// The engine of one run of a workflow: starts it, follows it, stops it, takes it up again after a reload.
import { useCallback, useEffect, useMemo, useReducer, useRef } from "react";
import { asApiError, isAbort } from "@/api/client";
import type { ApiError } from "@/api/client";
import type { RunDoor } from "@/api/console";
import type { RunEvent, Wire } from "@/api/stream";
import { followRun } from "@/api/stream";
import type { Run, RunInput } from "@/api/types";
import type { Flow } from "./flow";
import { flow, noFlow } from "./flow";

export interface Running {
  run: Run | null;
  flow: Flow;
  /** A stream is open, or will be in a moment. */
  busy: boolean;
  /** What the browser noticed: never started, or cut. What the server says is in run.error. */
  problem: ApiError | null;
}

const idle: Running = { run: null, flow: noFlow, busy: false, problem: null };

export type RunAction = { do: "begin" } | { do: "event"; event: RunEvent } | { do: "broke"; problem: ApiError } | { do: "show"; run: Run; flow: Flow } | { do: "clear" };

export function running(s: Running, a: RunAction): Running {
  switch (a.do) {
    case "begin":
      return { ...idle, busy: true };
    case "event":
      if (a.event.kind === "started") return { ...s, run: { ...a.event.run, status: "running" }, flow: noFlow, busy: true };
      if (a.event.kind === "finished") return { ...s, run: a.event.run, busy: false, flow: { ...s.flow, paused: false } };
      return { ...s, flow: flow(s.flow, a.event), run: s.run && mood(s.run, a.event) };
    case "broke":
      return { ...s, busy: false, problem: a.problem };
    case "show":
      return { ...idle, run: a.run, flow: a.flow };
    case "clear":
      return idle;
  }
}

function mood(r: Run, e: RunEvent): Run {
  if (e.kind === "paused") return { ...r, status: "paused" };
  return e.kind === "resumed" ? { ...r, status: "running" } : r;
}

export interface RunVerbs {
  start: (b: RunInput) => void;
  /** Takes up a run that the server has. */
  follow: (id: string) => void;
  stop: () => void;
  show: (run: Run, flow: Flow) => void;
  clear: () => void;
}

export function useRun(o: { door: RunDoor; onStarted?: (r: Run) => void; onFinished?: (r: Run) => void; onLost?: (e: ApiError) => void }): Running & RunVerbs {
  const [state, dispatch] = useReducer(running, idle);
  const options = useRef(o);
  const now = useRef(state);
  useEffect(() => {
    options.current = o;
    now.current = state;
  });
  const wire = useRef<AbortController | null>(null);
  useEffect(() => () => wire.current?.abort(), []);

  const listen = useCallback(async (w: Omit<Wire, "signal" | "events">): Promise<void> => {
    wire.current?.abort();
    const ctl = new AbortController();
    wire.current = ctl;
    dispatch({ do: "begin" });
    let text: { delta: string; reasoning: string } = { delta: "", reasoning: "" };
    let frame = 0;
    const paint = (): void => {
      cancelAnimationFrame(frame);
      frame = 0;
      const { delta, reasoning } = text;
      text = { delta: "", reasoning: "" };
      if (reasoning !== "") dispatch({ do: "event", event: { kind: "reasoning", text: reasoning } });
      if (delta !== "") dispatch({ do: "event", event: { kind: "delta", text: delta } });
    };
    try {
      for await (const e of followRun({ ...w, signal: ctl.signal, events: (id, after) => options.current.door.events(id, after) })) {
        if (ctl.signal.aborted) return;
        if (e.kind === "delta" || e.kind === "reasoning") {
          text[e.kind] += e.text;
          if (frame === 0) frame = requestAnimationFrame(paint);
          continue;
        }
        paint();
        dispatch({ do: "event", event: e });
        if (e.kind === "started") options.current.onStarted?.(e.run);
        if (e.kind === "finished") options.current.onFinished?.(e.run);
      }
    } catch (err) {
      if (isAbort(err) || ctl.signal.aborted) return;
      paint();
      const problem = asApiError(err);
      dispatch({ do: "broke", problem });
      options.current.onLost?.(problem);
    } finally {
      cancelAnimationFrame(frame);
      if (wire.current === ctl) wire.current = null;
    }
  }, []);

  const verbs = useMemo(
    (): RunVerbs => ({
      start: (b) => void listen({ open: (signal) => options.current.door.start(b, signal) }),
      follow: (id) => void listen({ id }),
      stop: () => {
        const id = now.current.run?.id;
        if (id) void options.current.door.stop(id).catch(() => undefined); // the stream tells how it ended
        else {
          wire.current?.abort();
          dispatch({ do: "clear" });
        }
      },
      show: (run, f) => {
        wire.current?.abort();
        dispatch({ do: "show", run, flow: f });
      },
      clear: () => {
        wire.current?.abort();
        dispatch({ do: "clear" });
      },
    }),
    [listen],
  );
  return { ...state, ...verbs };
}
