/** The look of a router Link that is a button; a Link needs its own type-checked `to`, so the kit cannot wrap it. */
export const buttonLink =
  "inline-flex h-8 items-center justify-center gap-1.5 rounded border border-transparent bg-accent px-3 font-medium text-on-accent transition-colors hover:bg-accent-hover";
export const quietLink =
  "inline-flex h-8 items-center justify-center gap-1.5 rounded border border-line-strong bg-surface px-3 transition-colors hover:bg-hover";
export const textLink = "rounded-sm text-accent-text underline decoration-accent-line underline-offset-2 hover:decoration-current";
/** A name in a list that opens what it names. */
export const nameLink = "min-w-0 rounded-sm font-medium underline-offset-2 hover:underline";
/** A Link that is an icon; it needs an aria-label. */
export const iconLink = "inline-flex size-7 shrink-0 items-center justify-center rounded text-muted transition-colors hover:bg-hover hover:text-text";
