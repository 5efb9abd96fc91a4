// Numbers, sizes and times the way people read them.

// Making a formatter costs a hundred times what using one does, and a list has a thousand rows: each is made once.
function once<O extends object, T>(make: (lang: string, options: O) => T): (lang: string, options: O) => T {
  const made = new Map<string, T>();
  return (lang, options) => {
    const key = `${lang} ${JSON.stringify(options)}`;
    const have = made.get(key);
    if (have) return have;
    const f = make(lang, options);
    made.set(key, f);
    return f;
  };
}

const numberFormat = once((lang, o: Intl.NumberFormatOptions) => new Intl.NumberFormat(lang, o));
const dateFormat = once((lang, o: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(lang, o));
const relativeFormat = once((lang, o: Intl.RelativeTimeFormatOptions) => new Intl.RelativeTimeFormat(lang, o));

/** Writes numbers as options say. */
export function numbers(lang: string, options: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
  return numberFormat(lang, options);
}

/** Writes dates as options say. */
export function dates(lang: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return dateFormat(lang, options);
}

/** 0.943 as 94 %, with as many digits behind the point as wanted. */
export function percent(part: number, lang: string, digits = 0): string {
  return numbers(lang, { style: "percent", maximumFractionDigits: digits }).format(part);
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

export function relativeTime(at: string, lang: string, now: number = Date.now()): string {
  const seconds = (new Date(at).getTime() - now) / 1000;
  if (Number.isNaN(seconds)) return "";
  const f = relativeFormat(lang, { numeric: "auto" });
  for (const [unit, size] of steps) if (Math.abs(seconds) >= size) return f.format(Math.trunc(seconds / size), unit);
  return f.format(0, "second");
}

export function exactTime(at: string, lang: string): string {
  const d = new Date(at);
  if (Number.isNaN(d.getTime())) return "";
  return dates(lang, { dateStyle: "medium", timeStyle: "medium" }).format(d);
}

export function bytes(n: number, lang: string): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let v = n;
  let u = 0;
  while (v >= 1024 && u < units.length - 1) {
    v /= 1024;
    u++;
  }
  return `${numbers(lang, { maximumFractionDigits: v < 10 && u > 0 ? 1 : 0 }).format(v)} ${units[u] ?? ""}`;
}

export function count(n: number, lang: string): string {
  return numbers(lang).format(n);
}

/** 128000 is "128K" on the badge of a model. */
export function compact(n: number): string {
  if (n >= 1_000_000) return `${trim(n / 1_000_000)}M`;
  if (n >= 1000) return `${trim(n / (n % 1024 === 0 ? 1024 : 1000))}K`;
  return String(n);
}

function trim(n: number): string {
  return n.toFixed(1).replace(/\.0$/, "");
}

export function seconds(n: number, lang: string): string {
  const digits = n < 10 ? 2 : n < 100 ? 1 : 0;
  return `${numbers(lang, { maximumFractionDigits: digits }).format(n)} s`;
}

/** A time that may be short: below a second in milliseconds. */
export function duration(n: number, lang: string): string {
  if (n >= 1) return seconds(n, lang);
  const ms = Math.round(n * 1000);
  return ms < 1 ? "<1 ms" : `${ms} ms`;
}
