/** The address of a published web app, as it is given to people. */
export function siteLink(code: string, origin: string = location.origin): string {
  return `${origin}/chat/${encodeURIComponent(code)}`;
}

export function apiBase(origin: string = location.origin): string {
  return `${origin}/v1`;
}

/** A link of the server as one that can be sent to somebody: the server may give only its path. */
export function absolute(link: string, origin: string = location.origin): string {
  return new URL(link, origin).href;
}
