// Keys as data: "mod+shift+z". mod is Ctrl, or Cmd on a Mac.
const mac = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);

interface Pressed {
  key: string;
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

/** Whether the keys were pressed, no more and no fewer. A sign that needs Shift on some keyboards ("?") is matched by itself. */
export function pressed(keys: string, e: Pressed): boolean {
  const parts = keys.split("+");
  const last = parts.at(-1) ?? "";
  const has = (m: string): boolean => parts.slice(0, -1).includes(m);
  if ((e.ctrlKey || e.metaKey) !== has("mod") || e.altKey !== has("alt")) return false;
  if (last === "?") return e.key === "?";
  if (e.shiftKey !== has("shift")) return false;
  if (/^\d$/.test(last)) return e.code === `Digit${last}`;
  if (/^[a-z]$/.test(last)) return e.key.toLowerCase() === last || e.code === `Key${last.toUpperCase()}`;
  return e.key.toLowerCase() === last;
}

const names: { [part: string]: string } = { mod: mac ? "⌘" : "Ctrl", shift: mac ? "⇧" : "Shift", alt: mac ? "⌥" : "Alt", delete: "Del", backspace: "⌫", escape: "Esc", enter: "Enter", arrowup: "↑", arrowdown: "↓", arrowleft: "←", arrowright: "→", " ": "Space", tab: "Tab" };

/** The keys as they are printed on a keyboard. */
export const printed = (keys: string): string => keys.split("+").map((p) => names[p] ?? p.toUpperCase()).join(mac ? "" : "+");
