// What of an option that a model wrote is drawn. It is data: nothing of it may load, link or run.
type Json = { [k: string]: unknown };

const isObject = (v: unknown): v is Json => typeof v === "object" && v !== null && !Array.isArray(v);

// Parts of an option that lead elsewhere, or bring tools that a picture does not need.
const dropped = new Set(["toolbox", "link", "sublink", "target", "subtarget", "graphic", "brush", "timeline", "extraCssText", "appendTo", "appendToBody", "className"]);

function clean(v: unknown): unknown {
  if (typeof v === "string") return /^\s*((image|https?):\/\/|data:\w+\/|javascript:)/i.test(v) ? "" : v;
  if (Array.isArray(v)) return v.map(clean);
  if (!isObject(v)) return v;
  return Object.fromEntries(Object.entries(v).filter(([k]) => !dropped.has(k)).map(([k, x]) => [k, clean(x)]));
}

/** The option of a block ```echarts; null where it is none (yet). */
export function chartOption(text: string): Json | null {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return null;
  }
  const option = clean(raw);
  if (!isObject(option) || (option["series"] === undefined && option["dataset"] === undefined)) return null;
  const tooltip = isObject(option["tooltip"]) ? option["tooltip"] : {};
  return { ...option, tooltip: { ...tooltip, renderMode: "richText", confine: true } };
}

/** What it is called for who does not see it. */
export function chartTitle(option: Json): string {
  const title = Array.isArray(option["title"]) ? option["title"][0] : option["title"];
  const text = isObject(title) ? title["text"] : undefined;
  return typeof text === "string" ? text : "";
}
