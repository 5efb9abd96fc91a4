// What the row of a document says of its state, how far it is, and what can be done with it. Pure.
import type { Document, Progress } from "@/api/types";

export type Display = "queuing" | "indexing" | "paused" | "error" | "available" | "disabled" | "archived";

/** Dify's display status; app.Document.Display says the same. */
export function display(d: Document): Display {
  if (d.stage === "error") return "error";
  if (d.stage !== "completed") return d.paused ? "paused" : d.stage === "waiting" ? "queuing" : "indexing";
  return d.archived ? "archived" : d.enabled ? "available" : "disabled";
}

export const unfinished = (d: Document): boolean => d.stage !== "completed" && d.stage !== "error";

/** A worker has, or will soon have, something to do with it. */
export const moving = (d: Document): boolean => unfinished(d) && !d.paused;

/** How much of the way a document has gone, from 0 to 1. Reading and cutting are a small, fixed part of it. */
export function share(d: Document): number {
  if (d.stage === "completed") return 1;
  if (d.stage === "indexing") return 0.2 + 0.8 * (d.total > 0 ? Math.min(1, d.done / d.total) : 0);
  return d.stage === "splitting" ? 0.15 : d.stage === "parsing" ? 0.05 : 0;
}

export interface Tally {
  all: number;
  ready: number;
  failed: number;
  paused: number;
  /** From 0 to 1; what failed counts as gone. */
  share: number;
}

/** How far many documents are together. */
export function tally(list: Document[]): Tally {
  const n = (f: (d: Document) => boolean): number => list.filter(f).length;
  const gone = list.reduce((sum, d) => sum + (d.stage === "error" ? 1 : share(d)), 0);
  return { all: list.length, ready: n((d) => d.stage === "completed"), failed: n((d) => d.stage === "error"), paused: n((d) => unfinished(d) && d.paused), share: list.length === 0 ? 0 : gone / list.length };
}

export const verbs = ["retry", "pause", "resume", "enable", "disable", "archive", "un_archive"] as const;
export type Verb = (typeof verbs)[number];

const fits: Record<Verb, (s: Display, d: Document) => boolean> = {
  retry: (s, d) => s === "error" || (moving(d) && d.try_at !== null), // one that waits for its next try goes on at once
  pause: (s) => s === "queuing" || s === "indexing",
  resume: (s) => s === "paused",
  enable: (_, d) => !d.enabled,
  disable: (_, d) => d.enabled,
  archive: (_, d) => d.stage === "completed" && !d.archived,
  un_archive: (_, d) => d.archived,
};

/** What can be done with all of some documents. */
export function actionsOf(list: Document[]): Verb[] {
  return verbs.filter((v) => list.length > 0 && list.every((d) => fits[v](display(d), d)));
}

/** The index or its vectors are being made. */
export const making = (p: Progress | undefined): boolean => p !== undefined && (p.building || (p.embedding && p.units > 0) || p.new_model);

/** How long each stage of a document took, in seconds; null where it did not happen yet. */
export function stageTimes(d: Document): { parsing: number | null; splitting: number | null; indexing: number | null; all: number | null } {
  const between = (a: string | null, b: string | null): number | null => {
    if (!a || !b) return null;
    const s = (Date.parse(b) - Date.parse(a)) / 1000;
    return Number.isFinite(s) && s >= 0 ? s : null;
  };
  return { parsing: between(d.started_at, d.parsed_at), splitting: between(d.parsed_at, d.split_at), indexing: between(d.split_at, d.completed_at), all: between(d.started_at, d.completed_at) };
}

/** Cuts a text where its pages begin; starts count bytes of UTF-8. */
export function pagesOf(text: string, pages: { number: number; start: number; name: string }[]): { name: string; number: number; text: string }[] {
  if (pages.length === 0) return [{ name: "", number: 0, text: text.trim() }];
  const raw = new TextEncoder().encode(text);
  const read = new TextDecoder();
  const lead = pages[0]?.start ?? 0;
  const before = lead > 0 ? [{ name: "", number: 0, text: read.decode(raw.slice(0, lead)).trim() }] : [];
  const rest = pages.map((p, i) => ({ name: p.name || String(p.number), number: p.number, text: read.decode(raw.slice(p.start, pages[i + 1]?.start ?? raw.length)).trim() }));
  return [...before, ...rest].filter((p) => p.text !== "");
}
