// One answer at a time is read aloud, wherever on the page it stands.
import { useSyncExternalStore } from "react";
import type { ApiError } from "@/api/client";
import { asApiError, get } from "@/api/client";

interface Sound {
  id: string;
  at: "loading" | "playing" | "failed";
  error?: ApiError;
}

let now: Sound | null = null;
let audio: HTMLAudioElement | null = null;
const listeners = new Set<() => void>();

function set(s: Sound | null): void {
  now = s;
  for (const tell of listeners) tell();
}

/** Ends what is being read, or only that if it is named. */
export function stopPlaying(only?: string): void {
  if (only !== undefined && now?.id !== only) return;
  audio?.pause();
  audio?.removeAttribute("src");
  audio = null;
  set(null);
}

/** Plays from src as it comes. What is playing ends. */
export function play(id: string, src: string): void {
  stopPlaying();
  const a = new Audio(src);
  audio = a;
  const mine = (f: () => void) => (): void => {
    if (audio === a) f();
  };
  a.onplaying = mine(() => set({ id, at: "playing" }));
  a.onended = mine(() => stopPlaying());
  a.onerror = mine(() => {
    audio = null;
    set({ id, at: "loading" });
    // An audio element does not say why: the server does, to who asks again.
    get<unknown>(src).then(
      () => now?.id === id && set(null),
      (err: unknown) => now?.id === id && set({ id, at: "failed", error: asApiError(err) }),
    );
  });
  set({ id, at: "loading" });
  // Of a sound that cannot be read onerror says more; a browser that wants a click first stays silent, and the button is there for it.
  a.play().catch((err: unknown) => err instanceof DOMException && err.name === "NotAllowedError" && mine(() => stopPlaying())());
}

const listen = (f: () => void): (() => void) => {
  listeners.add(f);
  return () => listeners.delete(f);
};

/** How it stands with one sound; null: it is not being read. */
export function useSound(id: string): Sound | null {
  return useSyncExternalStore(listen, () => (now?.id === id ? now : null));
}
