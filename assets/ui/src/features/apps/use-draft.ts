// The draft that is being edited: saved by itself a moment after the last change, with the revision it is based on.
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import type { ApiError } from "@/api/client";
import { asApiError } from "@/api/client";
import { apps } from "@/api/console";
import { keys } from "@/api/keys";
import type { App, Problem } from "@/api/types";
import type { Draft } from "@/lib/settings";
import { fillSettings } from "@/lib/settings";
import { stash } from "./stash";

const PAUSE = 700; // milliseconds of quiet before a save

export type SaveState = "saved" | "dirty" | "saving" | "conflict" | "failed";

export interface DraftHandle {
  settings: Draft;
  set: (part: Partial<Draft>) => void;
  state: SaveState;
  error: ApiError | null;
  problems: Problem[];
  /** Saves now what is not saved yet; throws where it cannot. */
  flush: () => Promise<void>;
  takeTheirs: () => Promise<void>;
  keepMine: () => Promise<void>;
  /** Another draft came from outside (a version was restored). */
  replace: (app: App) => void;
}

export function useDraft(app: App): DraftHandle {
  const client = useQueryClient();
  const [first] = useState(() => fillSettings(app.draft));
  const [settings, setSettings] = useState<Draft>(() => stash.take(app.id, app.draft_rev) ?? first);
  const [state, setState] = useState<SaveState>("saved");
  const [error, setError] = useState<ApiError | null>(null);
  const [problems, setProblems] = useState<Problem[]>([]);
  const now = useRef(settings);
  const saved = useRef(first); // the same object as long as nothing was changed, so that looking at a page saves nothing
  const rev = useRef(app.draft_rev);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const saving = useRef<Promise<void> | null>(null);
  const stuck = useRef(false); // in conflict: nothing is saved until the person decides

  const save = useCallback(async (): Promise<void> => {
    clearTimeout(timer.current);
    while (saving.current) await saving.current.catch(() => undefined);
    if (now.current === saved.current) return;
    const sent = now.current;
    const work = (async () => {
      setState("saving");
      try {
        const out = await apps.saveDraft(app.id, { settings: sent, rev: rev.current });
        rev.current = out.rev;
        saved.current = sent;
        stuck.current = false;
        stash.drop(app.id);
        setProblems(out.problems ?? []);
        setError(null);
        setState(now.current === sent ? "saved" : "dirty");
        client.setQueryData<App>(keys.apps.one(app.id), (a) => (a ? { ...a, draft: sent, draft_rev: out.rev } : a));
        void client.invalidateQueries({ queryKey: ["apps", "list"] });
      } catch (err) {
        const e = asApiError(err);
        stuck.current = e.code === "draft_conflict";
        stash.put(app.id, rev.current, sent);
        setError(e);
        setState(stuck.current ? "conflict" : "failed");
        throw e;
      }
    })();
    saving.current = work;
    try {
      await work;
    } finally {
      saving.current = null;
    }
  }, [app.id, client]);

  const plan = useCallback(() => {
    clearTimeout(timer.current);
    if (!stuck.current) timer.current = setTimeout(() => void save().catch(() => undefined), PAUSE); // the state shows what went wrong
  }, [save]);

  const set = useCallback(
    (part: Partial<Draft>) => {
      now.current = { ...now.current, ...part };
      setSettings(now.current);
      setState((s) => (s === "conflict" ? s : "dirty"));
      plan();
    },
    [plan],
  );

  // What came out of the stash is not on the server yet.
  useEffect(() => {
    if (now.current !== saved.current && JSON.stringify(now.current) !== JSON.stringify(saved.current)) plan();
  }, [plan]);

  // Tries again by itself while a save keeps failing, and saves when the page is left.
  useEffect(() => {
    if (state !== "failed") return;
    const again = setTimeout(() => void save().catch(() => undefined), 5000);
    return () => clearTimeout(again);
  }, [state, error, save]);

  useEffect(() => {
    const leave = (e: BeforeUnloadEvent): void => {
      if (now.current !== saved.current) {
        stash.put(app.id, rev.current, now.current);
        void save().catch(() => undefined);
        e.preventDefault();
      }
    };
    window.addEventListener("beforeunload", leave);
    return () => {
      window.removeEventListener("beforeunload", leave);
      if (!stuck.current) void save().catch(() => undefined); // the stash has it
    };
  }, [app.id, save]);

  const replace = useCallback((a: App) => {
    const s = fillSettings(a.draft);
    clearTimeout(timer.current);
    stuck.current = false;
    now.current = s;
    saved.current = s;
    rev.current = a.draft_rev;
    stash.drop(a.id);
    setSettings(s);
    setProblems([]);
    setError(null);
    setState("saved");
    client.setQueryData(keys.apps.one(a.id), a);
  }, [client]);

  return {
    settings,
    set,
    state,
    error,
    problems,
    flush: save,
    takeTheirs: async () => replace(await apps.one(app.id)),
    keepMine: async () => {
      rev.current = (await apps.one(app.id)).draft_rev;
      await save();
    },
    replace,
  };
}
