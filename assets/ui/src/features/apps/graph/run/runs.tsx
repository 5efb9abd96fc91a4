// The tries of an open draft: the run of one node alone, going on from a node, and looking at an earlier run. Whoever shows
// the run of the whole app (the run panel, the debug chat) says here how it goes on from a node.
import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { nodeDoor, startNode } from "@/api/inspect";
import { touches } from "@/api/keys";
import type { App } from "@/api/types";
import type { Running } from "@/parts/flow/use-run";
import { useRun } from "@/parts/flow/use-run";
import { isOver } from "@/parts/flow/flow";

export interface Runs {
  app: App;
  /** The node that was last run alone on this page, and how that goes. */
  alone: { node: string; running: Running };
  runNode: (node: string, values: { [name: string]: unknown }) => void;
  stopNode: () => void;
  /** Runs a node and all that is behind it, with what came before as it is kept. */
  goOn: (from: string) => void;
  /** Something runs that goOn would interrupt. */
  busy: boolean;
  /** The run that is looked at again, if one is. */
  replay: string | null;
  look: (run: string | null) => void;
  /** Said by who shows whole runs: how to go on, and whether one is under way. */
  offer: (goOn: (from: string) => void) => () => void;
  working: (busy: boolean) => void;
  /** A run has ended: what is known of variables and last runs is old. */
  ended: () => void;
}

const Context = createContext<Runs | null>(null);

/** Null outside an editor. */
export const useRuns = (): Runs | null => useContext(Context);

export function RunsProvider({ app, flush, onPane, children }: { app: App; flush: () => Promise<void>; onPane: () => void; children: ReactNode }) {
  const client = useQueryClient();
  const [node, setNode] = useState("");
  const [busy, setBusy] = useState(false);
  const [replay, setReplay] = useState<string | null>(null);
  const wanted = useRef<{ node: string; values: { [name: string]: unknown } }>({ node: "", values: {} });
  const hands = useRef<{ flush: () => Promise<void>; onPane: () => void; goOn: ((from: string) => void) | null }>({ flush, onPane, goOn: null });
  useEffect(() => {
    hands.current.flush = flush;
    hands.current.onPane = onPane;
  });
  const door = useMemo(
    () =>
      nodeDoor(app.id, async (signal) => {
        await hands.current.flush();
        return startNode(app.id, wanted.current.node, wanted.current.values, signal);
      }),
    [app.id],
  );
  const ended = useCallback(() => {
    for (const queryKey of touches.tried(app.id)) void client.invalidateQueries({ queryKey });
  }, [app.id, client]);
  const { start, stop, clear, follow: _follow, show: _show, ...running } = useRun({ door, onFinished: ended });
  const working = useCallback((on: boolean) => {
    setBusy(on);
    if (on) clear(); // what a node came to alone is no part of the run that is drawn now
  }, [clear]);
  const runNode = useCallback((id: string, values: { [name: string]: unknown }) => {
    wanted.current = { node: id, values };
    setNode(id);
    start({ inputs: {}, files: [] });
  }, [start]);
  const goOn = useCallback((from: string) => {
    setReplay(null);
    hands.current.onPane();
    hands.current.goOn?.(from);
  }, []);
  const look = useCallback((run: string | null) => {
    if (run !== null) hands.current.onPane();
    setReplay(run);
  }, []);
  const offer = useCallback((f: (from: string) => void) => {
    hands.current.goOn = f;
    return () => {
      if (hands.current.goOn === f) hands.current.goOn = null;
    };
  }, []);
  const { run, flow, busy: aloneBusy, problem } = running;
  const value = useMemo(
    (): Runs => ({ app, alone: { node, running: { run, flow, busy: aloneBusy, problem } }, runNode, stopNode: stop, goOn, busy: busy || (aloneBusy && !isOver(run?.status)), replay, look, offer, working, ended }),
    [app, node, run, flow, aloneBusy, problem, runNode, stop, goOn, busy, replay, look, offer, working, ended],
  );
  return <Context value={value}>{children}</Context>;
}

/** For who shows whole runs: offers to go on from a node, and tells when one is under way and when it has ended. */
export function useOffer(goOn: (from: string) => void, busy: boolean): void {
  const runs = useRuns();
  const now = useRef(goOn);
  useEffect(() => {
    now.current = goOn;
  });
  const { offer, working, ended } = runs ?? {};
  useEffect(() => offer?.((from) => now.current(from)), [offer]);
  const was = useRef(busy);
  useEffect(() => {
    working?.(busy);
    if (was.current && !busy) ended?.();
    was.current = busy;
  }, [busy, working, ended]);
}
