// A cURL command line as the data of an http-request node. Pure.
import type { Data } from "../node-view";
import { shellWords } from "./shell-words";

export interface CurlResult {
  /** What the node is set to; undefined: the text is no command of cURL with an address. */
  data: Data | undefined;
  /** Options that have no counterpart in a node, as they were written. */
  dropped: string[];
  /** Files of that computer that the command sends: they must be chosen from variables. */
  files: string[];
}

type Pair = [key: string, value: string];

interface Call {
  method: string;
  url: string;
  headers: Pair[];
  data: string[];
  json: boolean;

  form: { key: string; value: string; file: boolean }[];
  user: string | null;
  bearer: string | null;
  get: boolean;
  insecure: boolean;
  connect: number;
  most: number;
  upload: boolean;
  dropped: string[];
  files: string[];
}

/** Short options by their long names. In capitals or not matters. */
const short: { readonly [c: string]: string } = {
  X: "request", H: "header", d: "data", F: "form", u: "user", A: "user-agent", e: "referer", b: "cookie", G: "get", I: "head", k: "insecure", m: "max-time", T: "upload-file",
  x: "proxy", o: "output", O: "remote-name", c: "cookie-jar", w: "write-out", K: "config", E: "cert", r: "range", U: "proxy-user", D: "dump-header", C: "continue-at", Q: "quote", P: "ftp-port", y: "speed-time", Y: "speed-limit", z: "time-cond", t: "telnet-option", h: "help",
  L: "location", s: "silent", S: "show-error", v: "verbose", i: "include", f: "fail", g: "globoff", N: "no-buffer", q: "disable", j: "junk-session-cookies", a: "append", n: "netrc", p: "proxytunnel", R: "remote-time", B: "use-ascii", l: "list-only", M: "manual", V: "version", Z: "parallel", 0: "http1.0", 1: "tlsv1", 2: "sslv2", 3: "sslv3", 4: "ipv4", 6: "ipv6", "#": "progress-bar",
};

/** Options that only say how cURL itself behaves, or what a node does anyway. */
const quiet = new Set([
  "location", "location-trusted", "silent", "show-error", "verbose", "include", "fail", "fail-with-body", "globoff", "no-buffer", "disable", "compressed", "http1.0", "http1.1", "http2", "http2-prior-knowledge", "http3", "tlsv1", "tlsv1.2", "tlsv1.3", "ipv4", "ipv6",
  "progress-bar", "no-progress-meter", "remote-name", "remote-time", "basic", "anyauth", "no-keepalive", "tcp-nodelay", "path-as-is", "post301", "post302", "post303", "styled-output", "use-ascii", "parallel", "junk-session-cookies", "raw", "tr-encoding", "ssl-no-revoke", "trace-time", "no-sessionid", "no-alpn",
]);
/** Options with a value that a node has no use for. Those that change where a request goes or what it is are told. */
const valued = new Set(["output", "write-out", "dump-header", "stderr", "trace", "trace-ascii", "retry", "retry-delay", "retry-max-time", "keepalive-time", "max-redirs", "limit-rate", "speed-time", "speed-limit", "tls-max", "ciphers", "cookie-jar"]);
const told = new Set(["proxy", "proxy-user", "cert", "key", "cacert", "capath", "cert-type", "key-type", "pass", "config", "range", "resolve", "connect-to", "interface", "unix-socket", "socks5", "socks5-hostname", "socks4", "time-cond", "continue-at", "quote", "ftp-port", "telnet-option", "aws-sigv4", "doh-url", "dns-servers", "noproxy", "pinnedpubkey", "form-escape", "url-query"]);
const taking = new Set(["request", "header", "data", "data-raw", "data-binary", "data-ascii", "data-urlencode", "json", "form", "form-string", "user", "oauth2-bearer", "user-agent", "referer", "cookie", "url", "connect-timeout", "max-time", "upload-file"]);

const takesValue = (name: string): boolean => taking.has(name) || valued.has(name) || told.has(name);

/** The options in order, as [long name, value, as it was written]. "" is a word that is no option. */
function* options(words: readonly string[]): Generator<[name: string, value: string, written: string]> {
  for (let i = 0; i < words.length; i++) {
    const w = words[i] ?? "";
    if (!w.startsWith("-") || w === "-") yield ["", w, w];
    else if (w.startsWith("--")) {
      const eq = w.indexOf("=");
      const name = eq > 0 && !takesValue(w.slice(2)) ? w.slice(2, eq) : w.slice(2);
      if (!takesValue(name)) yield [name, "", w];
      else yield [name, eq > 0 && name !== w.slice(2) ? w.slice(eq + 1) : (words[++i] ?? ""), `--${name}`];
    } else {
      for (let j = 1; j < w.length; j++) {
        const name = short[w[j] ?? ""] ?? `-${w[j] ?? ""}`;
        if (!takesValue(name)) {
          yield [name, "", `-${w[j] ?? ""}`];
          continue;
        }
        yield [name, j + 1 < w.length ? w.slice(j + 1) : (words[++i] ?? ""), `-${w[j] ?? ""}`];
        break;
      }
    }
  }
}

/** The words behind "curl", which may stand behind a prompt, a path or variables of the environment. */
function ownWords(text: string): string[] | undefined {
  const words = shellWords(text.trim());
  const at = words.findIndex((w) => /(^|[\\/])curl(\.exe)?$/i.test(w));
  return at < 0 || at > 4 ? undefined : words.slice(at + 1);
}

function header(c: Call, line: string): void {
  if (line.startsWith("@")) return void c.files.push(line.slice(1));
  const colon = line.indexOf(":");
  const name = (colon < 0 ? line.replace(/;$/, "") : line.slice(0, colon)).trim();
  const value = colon < 0 ? "" : line.slice(colon + 1).trim();
  if (name === "" || (colon >= 0 && value === "")) return; // "Name:" takes a header away
  if (colon < 0 && !line.endsWith(";")) return;
  c.headers.push([name, value]);
}

/** Percent-encoding as cURL does it; references to variables stay, the node fills them in. */
function encode(s: string): string {
  return s.split(/(\{\{#[^#{}]+#\}\})/).map((part, i) => (i % 2 === 1 ? part : encodeURIComponent(part).replace(/[!'()*]/g, (x) => `%${x.charCodeAt(0).toString(16).toUpperCase()}`))).join("");
}

function urlencode(c: Call, v: string): void {
  const eq = v.indexOf("=");
  const at = v.indexOf("@");
  if (at >= 0 && (eq < 0 || at < eq)) return void c.files.push(v.slice(at + 1));
  c.data.push(eq < 0 ? encode(v) : eq === 0 ? encode(v.slice(1)) : `${v.slice(0, eq)}=${encode(v.slice(eq + 1))}`);
}

function formField(c: Call, v: string, plain: boolean): void {
  const eq = v.indexOf("=");
  if (eq <= 0) return;
  const key = v.slice(0, eq);
  const value = v.slice(eq + 1);
  if (!plain && (value.startsWith("@") || value.startsWith("<"))) {
    const name = (value.slice(1).split(";")[0] ?? "").replace(/^"|"$/g, "");
    c.files.push(name);
    c.form.push({ key, value: "", file: value.startsWith("@") });
  } else c.form.push({ key, value: plain ? value : value.replace(/;(type|filename)=[^;]*$/, ""), file: false });
}

function apply(c: Call, name: string, v: string, written: string): void {
  switch (name) {
    case "":
    case "url":
      if (c.url === "") c.url = v;
      return;
    case "request":
      c.method = v.toLowerCase();
      return;
    case "header":
      return header(c, v);
    case "data":
    case "data-ascii":
    case "data-binary":
      if (v.startsWith("@")) c.files.push(v.slice(1));
      else c.data.push(v);
      return;
    case "data-raw":
      c.data.push(v);
      return;
    case "json":
      c.json = true;
      if (v.startsWith("@")) c.files.push(v.slice(1));
      else c.data.push(v);
      return;
    case "data-urlencode":
      return urlencode(c, v);
    case "form":
    case "form-string":
      return formField(c, v, name === "form-string");
    case "user":
      c.user = v;
      return;
    case "oauth2-bearer":
      c.bearer = v;
      return;
    case "user-agent":
      return void c.headers.push(["User-Agent", v]);
    case "referer":
      return void c.headers.push(["Referer", v.split(";")[0] ?? ""]);
    case "cookie":
      if (v.includes("=")) c.headers.push(["Cookie", v]);
      else c.files.push(v);
      return;
    case "get":
      c.get = true;
      return;
    case "head":
      c.method = "head";
      return;
    case "insecure":
      c.insecure = true;
      return;
    case "connect-timeout":
      c.connect = Number(v) || 0;
      return;
    case "max-time":
      c.most = Number(v) || 0;
      return;
    case "upload-file":
      c.upload = true;
      c.files.push(v);
      return;
  }
  if (!quiet.has(name) && !valued.has(name)) c.dropped.push(told.has(name) ? `${written} ${v}`.trim() : written);
}

/** Reads a command. What a person typed {{#node.name#}} into stays as it is. */
export function readCurl(text: string): CurlResult {
  const c: Call = { method: "", url: "", headers: [], data: [], json: false, form: [], user: null, bearer: null, get: false, insecure: false, connect: 0, most: 0, upload: false, dropped: [], files: [] };
  const words = ownWords(text);
  if (words) for (const [name, v, written] of options(words)) apply(c, name, v, written);
  return { data: c.url === "" ? undefined : dataOf(c), dropped: c.dropped, files: c.files };
}

const find = (headers: readonly Pair[], name: string): string | undefined => headers.find(([k]) => k.toLowerCase() === name)?.[1];
const without = (headers: readonly Pair[], name: string): Pair[] => headers.filter(([k]) => k.toLowerCase() !== name);
export const lines = (pairs: readonly Pair[]): string => pairs.map(([k, v]) => `${k}:${v}`).join("\n");

function dataOf(c: Call): Data {
  const sent = c.data.join(c.json ? "" : "&");
  let [url = "", query = ""] = splitQuery(/^[a-z][a-z0-9+.-]*:\/\//i.test(c.url) || c.url.startsWith("{{#") ? c.url : `http://${c.url}`);
  if (c.get && sent !== "") query = query === "" ? sent : `${query}&${sent}`;
  const params = readPairs(query);
  const movable = params !== undefined && params.every(([k, v]) => k !== "" && !/[:\n]/.test(k) && !/\n/.test(v) && v.trim() === v && k.trim() === k);
  if (!movable && query !== "") url += `?${query}`;
  const { authorization, headers } = auth(c);
  const b = c.get ? { body: { type: "none", data: [] }, headers: c.json ? jsonHeaders(headers) : headers } : body(c, sent, c.json ? jsonHeaders(headers) : headers);
  const has = b.body.type !== "none";
  return {
    method: c.method || (c.upload ? "put" : has ? "post" : "get"),
    url,
    authorization,
    headers: lines(b.headers),
    params: movable ? lines(params) : "",
    body: b.body,
    ssl_verify: !c.insecure,
    ...(c.connect || c.most ? { timeout: { ...(c.connect ? { connect: Math.ceil(c.connect) } : {}), ...(c.most ? { read: Math.ceil(c.most) } : {}) } } : {}),
  };
}

function splitQuery(url: string): [string, string] {
  const bare = url.replace(/#(?!\}\}).*$/, (m, at: number) => (url.slice(0, at).endsWith("{{") ? m : ""));
  const at = bare.indexOf("?");
  return at < 0 ? [bare, ""] : [bare.slice(0, at), bare.slice(at + 1)];
}

/** name=value pairs; undefined where something is not what it says. */
function readPairs(s: string): Pair[] | undefined {
  if (s === "") return [];
  try {
    return s.split("&").filter((p) => p !== "").map((p): Pair => {
      const eq = p.indexOf("=");
      const [k, v] = eq < 0 ? [p, ""] : [p.slice(0, eq), p.slice(eq + 1)];
      return [decodeURIComponent(k.replace(/\+/g, " ")), decodeURIComponent(v.replace(/\+/g, " "))];
    });
  } catch {
    return undefined;
  }
}

function auth(c: Call): { authorization: Data; headers: Pair[] } {
  const key = (type: string, api_key: string, headers: Pair[]): { authorization: Data; headers: Pair[] } => ({ authorization: { type: "api-key", config: { type, api_key, header: "" } }, headers });
  if (c.bearer !== null) return key("bearer", c.bearer, without(c.headers, "authorization"));
  if (c.user !== null) return key("basic", c.user.includes(":") ? c.user : `${c.user}:`, without(c.headers, "authorization"));
  const said = /^(bearer|basic)\s+(\S.*)$/i.exec(find(c.headers, "authorization") ?? "");
  if (said) return key((said[1] ?? "").toLowerCase(), (said[2] ?? "").trim(), without(c.headers, "authorization"));
  return { authorization: { type: "no-auth", config: null }, headers: c.headers };
}

function jsonHeaders(headers: Pair[]): Pair[] {
  const out: Pair[] = find(headers, "content-type") === undefined ? [...headers, ["Content-Type", "application/json"]] : [...headers];
  return find(headers, "accept") === undefined ? [...out, ["Accept", "application/json"]] : out;
}

const isJson = (s: string): boolean => {
  try {
    const v: unknown = JSON.parse(s);
    return typeof v === "object" && v !== null;
  } catch {
    return false;
  }
};

const item = (n: number, part: Data): Data => ({ id: `key-value-${n}`, key: "", type: "text", value: "", ...part });

/** The body, and the headers without what the node says by itself. */
function body(c: Call, sent: string, headers: Pair[]): { body: { type: string; data: Data[] }; headers: Pair[] } {
  if (c.form.length > 0) return { body: { type: "form-data", data: c.form.map((f, i) => item(i + 1, f.file ? { key: f.key, type: "file", file: [] } : { key: f.key, value: f.value })) }, headers: without(headers, "content-type") };
  if (c.upload) return { body: { type: "binary", data: [item(1, { type: "file", file: [] })] }, headers };
  if (c.data.length === 0) return { body: { type: "none", data: [] }, headers };
  const type = find(headers, "content-type");
  const kind = (type ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  const plain = (t: string): Pair[] => (type?.trim().toLowerCase() === t ? without(headers, "content-type") : headers);
  if (kind.endsWith("json") || (type === undefined && isJson(sent))) return { body: { type: "json", data: [item(1, { value: sent })] }, headers: plain("application/json") };
  const pairs = readPairs(sent);
  const once = pairs !== undefined && new Set(pairs.map(([k]) => k)).size === pairs.length && pairs.every(([k]) => k !== "") && sent.includes("=");
  if (once && (type === undefined || kind === "application/x-www-form-urlencoded"))
    return { body: { type: "x-www-form-urlencoded", data: pairs.map(([key, value], i) => item(i + 1, { key, value })) }, headers: plain("application/x-www-form-urlencoded") };
  const named: Pair[] = type === undefined ? [...headers, ["Content-Type", "application/x-www-form-urlencoded"]] : headers;
  return { body: { type: "raw-text", data: [item(1, { value: sent })] }, headers: kind === "text/plain" ? plain("text/plain") : named };
}
