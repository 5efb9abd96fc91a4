// How wide the panel of a node is: chosen once, kept in this browser.
import type { KeyboardEvent, PointerEvent } from "react";
import { useState } from "react";

const KEY = "islet.panel.width";
export const NARROW = 360;
export const WIDE = 760;
const FIRST = 400;

const clamp = (n: number): number => Math.round(Math.min(WIDE, Math.max(NARROW, n)));

function remembered(): number {
  try {
    return clamp(Number(localStorage.getItem(KEY)) || FIRST);
  } catch {
    return FIRST;
  }
}

/** The width, and what the handle at the left edge must spread on its element. */
export function useWidth() {
  const [width, setWidth] = useState(remembered);
  const [from, setFrom] = useState<{ x: number; width: number } | null>(null);
  const keep = (n: number): void => {
    setWidth(clamp(n));
    try {
      localStorage.setItem(KEY, String(clamp(n)));
    } catch {
      // storage is off: it lasts until the page is closed
    }
  };
  const handle = {
    role: "separator",
    tabIndex: 0,
    "aria-orientation": "vertical",
    "aria-valuenow": width,
    "aria-valuemin": NARROW,
    "aria-valuemax": WIDE,
    onPointerDown: (e: PointerEvent<HTMLElement>): void => {
      if (e.button !== 0) return;
      e.currentTarget.setPointerCapture(e.pointerId);
      setFrom({ x: e.clientX, width });
    },
    onPointerMove: (e: PointerEvent<HTMLElement>): void => {
      if (from) setWidth(clamp(from.width + from.x - e.clientX));
    },
    onPointerUp: (): void => {
      if (from) keep(width);
      setFrom(null);
    },
    onPointerCancel: (): void => setFrom(null),
    onDoubleClick: (): void => keep(FIRST),
    onKeyDown: (e: KeyboardEvent<HTMLElement>): void => {
      if (e.key !== "ArrowLeft" && e.key !== "ArrowRight") return;
      e.preventDefault();
      keep(width + (e.key === "ArrowLeft" ? 16 : -16));
    },
  } as const;
  return { width, handle, dragging: from !== null };
}
