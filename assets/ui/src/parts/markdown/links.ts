// What a model writes must not make the browser talk to anyone by itself.

/** The host that a link leaves for; null where the address is none that may be opened. */
export function hostOf(href: string | undefined, base: string = location.href): string | null {
  if (!href) return null;
  try {
    const u = new URL(href, base);
    if (u.protocol === "mailto:") return u.pathname;
    return u.protocol === "http:" || u.protocol === "https:" ? u.host : null;
  } catch {
    return null;
  }
}

/** Only files that islet itself keeps are shown as images; everything else is a link, which loads nothing. */
export function isOwnImage(src: string | undefined, base: string = location.href): boolean {
  if (!src) return false;
  try {
    const u = new URL(src, base);
    return u.origin === new URL(base).origin && /^\/(?:console\/api\/files|api\/sites\/[^/]+\/files)\/[^/]+$/.test(u.pathname);
  } catch {
    return false;
  }
}
