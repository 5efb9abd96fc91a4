import type { Mode } from "@/api/types";

/** The first part of a published web app's address, by the kind of app. */
export const sitePaths = { chat: "chat", "agent-chat": "chat", "advanced-chat": "chat", completion: "completion", workflow: "workflow" } as const satisfies Record<Mode, string>;

/** The address of a published web app, as it is given to people. */
export function siteLink(mode: Mode, code: string, origin: string = location.origin): string {
  return `${origin}/${sitePaths[mode]}/${encodeURIComponent(code)}`;
}

/** The address at which a form of a run is answered. */
export function formLink(token: string, origin: string = location.origin): string {
  return `${origin}/form/${encodeURIComponent(token)}`;
}

export function apiBase(origin: string = location.origin): string {
  return `${origin}/v1`;
}

/** A link of the server as one that can be sent to somebody: the server may give only its path. */
export function absolute(link: string, origin: string = location.origin): string {
  return new URL(link, origin).href;
}

/** The link with which a person comes in to a private web app: an invitation code, or the token of a link for a new password. */
export function joinLink(mode: Mode, code: string, token: string, origin: string = location.origin): string {
  return `${siteLink(mode, code, origin)}?join=${encodeURIComponent(token)}`;
}

/** The address of one result that was shared. */
export function sharedLink(code: string, token: string, origin: string = location.origin): string {
  return `${origin}/shared/${encodeURIComponent(code)}/${encodeURIComponent(token)}`;
}
