/** The part of a key event that decides whether it sends. */
export interface EnterEvent {
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  keyCode: number;
  isComposing: boolean;
}

/**
 * Enter sends, Shift+Enter breaks the line. The Enter that takes a word from an input method does neither: browsers say so with
 * isComposing, and Safari, which ends the composition first, with key code 229.
 */
export function sends(e: EnterEvent, touch: boolean): boolean {
  if (e.key !== "Enter" || e.isComposing || e.keyCode === 229 || e.shiftKey || e.altKey) return false;
  return !touch || e.ctrlKey || e.metaKey;
}

/** A screen keyboard has no Shift+Enter worth the name: there Enter breaks the line and the button sends. */
export function touchFirst(): boolean {
  return window.matchMedia("(hover: none) and (pointer: coarse)").matches;
}
