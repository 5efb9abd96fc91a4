// What a person opened last, remembered by this browser: apps and datasets, newest first.

export interface Recent {
  kind: "app" | "dataset";
  id: string;
}

const KEY = "islet.recent";
const MOST = 8;

export function recents(): Recent[] {
  try {
    const v: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    if (!Array.isArray(v)) return [];
    return v.flatMap((x: unknown): Recent[] => {
      if (typeof x !== "object" || x === null || !("kind" in x) || !("id" in x) || typeof x.id !== "string") return [];
      return x.kind === "app" || x.kind === "dataset" ? [{ kind: x.kind, id: x.id }] : [];
    });
  } catch {
    return [];
  }
}

export function opened(r: Recent): void {
  const rest = recents().filter((x) => x.kind !== r.kind || x.id !== r.id);
  try {
    localStorage.setItem(KEY, JSON.stringify([r, ...rest].slice(0, MOST)));
  } catch {
    // storage is off: nothing is remembered
  }
}

/** The app or dataset that an address is about. */
export function subject(path: string): Recent | null {
  const m = /^\/(apps|knowledge)\/([0-9a-f-]{36})(?:\/|$)/.exec(path);
  return m?.[2] ? { kind: m[1] === "apps" ? "app" : "dataset", id: m[2] } : null;
}
