// What the overview's numbers say, and how they are written.
import type { Overview, OverviewStretch } from "@/api/types";
import { dates, numbers, percent } from "@/lib/format";

/** A day so many days from today, as the server reads it: 2026-01-31. */
export function dayOf(shift: number, now = new Date()): string {
  const d = new Date(now.getFullYear(), now.getMonth(), now.getDate() + shift);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
}

/** A part of the whole, small ones with a digit more. */
export function share(part: number, lang: string): string {
  return percent(part, lang, part > 0 && part < 0.1 ? 1 : 0);
}

export function perSecond(w: OverviewStretch, lang: string): string {
  return numbers(lang, { maximumFractionDigits: 1 }).format(w.completion_tokens / (w.speaking_ms / 1000));
}

/** The part of ratings that are good; a dash where there is none. */
export function satisfaction(w: OverviewStretch, lang: string): string {
  const all = w.likes + w.dislikes;
  return all === 0 ? "–" : share(w.likes / all, lang);
}

/** How a stretch is called on an axis and in a table. */
export function nameOf(unit: Overview["unit"], from: string, lang: string): string {
  const d = new Date(from);
  return unit === "hour" ? dates(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(d) : dates(lang, { month: "short", day: "numeric" }).format(d);
}
