// Who may use a published web app, as the studio manages them.
import { del, get, patch, post, upload, url } from "./client";
import type * as T from "./types";

const at = (app: string, ...parts: string[]): string => `/console/api/apps/${[app, ...parts].map(encodeURIComponent).join("/")}`;

export const GUESTS = 50;

export const guests = {
  list: (app: string, f: { q: string; page: number }) => get<T.List<T.Guest>>(url(at(app, "guests"), { q: f.q, page: f.page, limit: GUESTS })),
  add: (app: string, b: { login: string; name: string; password: string }) => post<T.MadeGuest>(at(app, "guests"), b),
  import: (app: string, f: File) => upload<T.List<T.ImportedGuest>>(at(app, "guests", "import"), f, f.name, () => undefined),
  save: (app: string, id: string, b: { name?: string; disabled?: boolean }) => patch<T.Guest>(at(app, "guests", id), b),
  remove: (app: string, id: string) => del(at(app, "guests", id)),
  reset: (app: string, id: string) => post<T.GuestToken>(at(app, "guests", id, "reset-link")),
  codes: (app: string) => get<T.List<T.GuestLink>>(at(app, "codes")),
  makeCodes: (app: string, b: { count: number; uses: number; days: number; note: string }) => post<T.List<T.InvitationCode>>(at(app, "codes"), b),
  withdraw: (app: string, id: string) => del(at(app, "codes", id)),
};
