// A draft that could not be saved (the session ended, the server was away) waits here until the page is open again.
import { isRecord } from "@/api/client";
import type { Draft } from "@/lib/settings";
import { fillSettings } from "@/lib/settings";

const name = (app: string): string => `islet.draft.${app}`;

export const stash = {
  put(app: string, rev: number, draft: Draft): void {
    try {
      sessionStorage.setItem(name(app), JSON.stringify({ rev, draft }));
    } catch {
      // storage is off or full: nothing more can be done
    }
  },
  /** The stashed draft, if it is based on this revision. */
  take(app: string, rev: number): Draft | null {
    try {
      const v = JSON.parse(sessionStorage.getItem(name(app)) ?? "null");
      return isRecord(v) && v["rev"] === rev ? fillSettings(JSON.parse(JSON.stringify(v["draft"]))) : null;
    } catch {
      return null;
    }
  },
  drop(app: string): void {
    try {
      sessionStorage.removeItem(name(app));
    } catch {
      // storage is off
    }
  },
};
