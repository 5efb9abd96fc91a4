// Whether the server can be reached, as the last request found it. The frame shows a line while it cannot.
import { useSyncExternalStore } from "react";

let ok = true;
const watchers = new Set<() => void>();

export function reachable(now: boolean): void {
  if (now === ok) return;
  ok = now;
  watchers.forEach((w) => w());
}

function watch(w: () => void): () => void {
  watchers.add(w);
  return () => watchers.delete(w);
}

export function useReachable(): boolean {
  return useSyncExternalStore(watch, () => ok);
}
