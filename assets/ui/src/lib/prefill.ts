// What the address of a published web app fills in: ?name=value and ?inputs={…}, plain or as gzip and base64 (the form in which embed.js
// and pages made for Dify write them), and what they say of the reader: sys.user_id, sys.conversation_id, user.name.
import { isRecord } from "@/api/client";
import type { Field, Values } from "./fields";

/** The query as the page was opened; the router rewrites it. */
export const arrival = location.search;

export interface Prefill {
  inputs: { [name: string]: unknown };
  user: string;
  conversation: string;
  /** What the reader is called by the page around. */
  name: string;
}

/** What the product itself writes into the address. */
const own = (key: string, value: string): boolean => key === "join" || key === "batch" || (/^[cmr]$/.test(key) && /^[0-9a-f-]{36}$/.test(value));

async function gunzip(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const gz = new DecompressionStream("gzip");
  const writer = gz.writable.getWriter();
  void writer.write(bytes).then(() => writer.close()).catch(() => undefined); // the reader below says what was wrong
  return new Response(gz.readable).text();
}

/** A value of the query, unpacked where it is packed. */
export async function unpack(text: string): Promise<string> {
  const base64 = text.replaceAll(" ", "+"); // a plus that was not escaped
  if (!/^H4sI[\w+/=-]*$/.test(base64)) return text; // the first bytes of every gzip
  try {
    const raw = atob(base64.replaceAll("-", "+").replaceAll("_", "/"));
    const plain = await gunzip(Uint8Array.from(raw, (ch) => ch.charCodeAt(0)));
    return plain.includes("%") ? decoded(plain) : plain;
  } catch {
    return text;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a percent sign of its own
  }
}

export async function readPrefill(query: string): Promise<Prefill> {
  const out: Prefill = { inputs: {}, user: "", conversation: "", name: "" };
  for (const [key, value] of new URLSearchParams(query)) {
    const text = await unpack(value);
    if (key === "inputs") {
      const all = parsed(text);
      if (isRecord(all)) for (const [k, v] of Object.entries(all)) out.inputs[k] = typeof v === "string" ? await unpack(v) : v;
    } else if (key === "sys.user_id") out.user = text;
    else if (key === "sys.conversation_id") out.conversation = text;
    else if (key === "user.name") out.name = text;
    else if (!own(key, value) && !/^(sys|user)\./.test(key)) out.inputs[key] = text;
  }
  return out;
}

function parsed(text: string): unknown {
  try {
    const v: unknown = JSON.parse(text);
    return v;
  } catch {
    return undefined;
  }
}

/** The values that fit the fields; what does not fit is left out. */
export function fitting(fields: Field[], given: { [name: string]: unknown }): Values {
  const out: Values = {};
  for (const f of fields) {
    const v = given[f.name];
    if (v === undefined || v === null || v === "") continue;
    if (f.kind === "number") {
      const n = Number(v);
      if (Number.isFinite(n)) out[f.name] = n;
    } else if (f.kind === "checkbox") out[f.name] = v === true || /^(true|1|yes|on)$/i.test(String(v));
    else if (f.kind === "select") {
      if (f.options?.includes(String(v))) out[f.name] = String(v);
    } else if (f.kind === "json") out[f.name] = typeof v === "string" ? v : JSON.stringify(v, null, 2);
    else if (f.kind === "text" || f.kind === "paragraph") out[f.name] = Array.from(typeof v === "string" ? v : JSON.stringify(v)).slice(0, f.max).join("");
  }
  return out;
}
