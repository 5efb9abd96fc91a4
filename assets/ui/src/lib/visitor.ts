// Who a visitor of a published web app is, where the page stands in a frame of another site: browsers send no cookies there, so the page
// keeps the token itself and sends it along. Outside of frames the server's cookie says it, and nothing here does anything.

/** Whether this page stands in a frame. */
export const framed = (): boolean => {
  try {
    return window.self !== window.top;
  } catch {
    return true;
  }
};

const memory = new Map<string, string>(); // where a frame may keep nothing

function kept(key: string): string {
  try {
    return localStorage.getItem(key) ?? memory.get(key) ?? "";
  } catch {
    return memory.get(key) ?? "";
  }
}

function keep(key: string, value: string): void {
  memory.set(key, value);
  try {
    if (value === "") localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // the frame may keep nothing: the token lasts as long as the page
  }
}

const VISITOR = "islet.visitor";
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function visitor(): string {
  const known = kept(VISITOR);
  if (/^[A-Z2-7]{26}$/.test(known)) return known;
  const fresh = Array.from(crypto.getRandomValues(new Uint8Array(26)), (b) => LETTERS[b % 32]).join("");
  keep(VISITOR, fresh);
  return fresh;
}

const guestKey = (code: string): string => `islet.guest.${code}`;

/** Keeps the session of a guest who signed in inside a frame; "" forgets it. */
export function keepGuest(code: string, token: string): void {
  keep(guestKey(code), token);
}

let claim = "";

/** What the page around the frame calls its reader: it parts histories and is what the app sees as sys.user_id. */
export function setClaim(user: string): void {
  claim = user;
}

const codeOf = (path: string): string => decodeURIComponent(/^\/api\/sites\/([^/?]+)/.exec(path)?.[1] ?? "");

/** The headers that a request of a framed page carries. */
export function visitorHeaders(path: string): { [name: string]: string } {
  const code = codeOf(path);
  if (code === "" || (!framed() && claim === "")) return {};
  return {
    ...(framed() ? { "X-Islet-Visitor": kept(guestKey(code)) || visitor() } : {}),
    ...(claim ? { "X-Islet-User": encodeURIComponent(claim) } : {}),
  };
}

/** The same for what a browser loads by itself: pictures and downloads. */
export function visitorLink(path: string): string {
  const code = codeOf(path);
  if (code === "" || !framed()) return path;
  return `${path}${path.includes("?") ? "&" : "?"}visitor=${encodeURIComponent(kept(guestKey(code)) || visitor())}`;
}
