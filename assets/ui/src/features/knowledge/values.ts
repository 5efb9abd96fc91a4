// Metadata values as a form has them: only what a person changed; null removes. Pure.

export interface Values {
  [name: string]: unknown;
}

/** The value that all of some documents have; mixed where they differ. */
export function common(docs: { metadata: Values }[], name: string): { value: unknown; mixed: boolean } {
  const all = docs.map((d) => d.metadata[name]);
  const first = all[0];
  return all.every((v) => v === first) ? { value: first, mixed: false } : { value: undefined, mixed: true };
}

/** What the server is sent: trimmed, and null for what is empty. */
export function changes(v: Values): Values {
  return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, typeof x === "string" ? x.trim() || null : (x ?? null)]));
}

const two = (n: number): string => String(n).padStart(2, "0");

/** A value as it stands in its field. A time is kept in seconds and read in the zone of the reader: as a day, or to the minute. */
export function shownValue(v: unknown, type: string): string {
  if (type === "time" && typeof v === "number") {
    const d = new Date(v * 1000);
    if (Number.isNaN(d.getTime())) return String(v);
    const day = `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
    return d.getHours() === 0 && d.getMinutes() === 0 ? day : `${day} ${two(d.getHours())}:${two(d.getMinutes())}`;
  }
  return typeof v === "string" || typeof v === "number" ? String(v) : "";
}
