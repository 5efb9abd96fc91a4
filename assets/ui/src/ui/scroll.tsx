import type { ReactNode } from "react";
import { useLayoutEffect, useRef } from "react";

/** What the Tab key stops at. */
const stops = 'a[href], button:not([disabled]), input:not([disabled]), select:not([disabled]), textarea:not([disabled]), [tabindex]:not([tabindex="-1"])';

/** The part of a panel that scrolls. Where nothing in it can have the focus it can itself, so that a keyboard reads it to its end. */
export function Scroll({ children }: { children?: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const el = box.current;
    if (!el || typeof ResizeObserver === "undefined") return;
    const look = (): void => {
      if (el.scrollHeight > el.clientHeight && !el.querySelector(stops)) el.tabIndex = 0;
      else el.removeAttribute("tabindex");
    };
    const sizes = new ResizeObserver(look);
    sizes.observe(el);
    const inside = new MutationObserver(look);
    inside.observe(el, { childList: true, subtree: true });
    return () => {
      sizes.disconnect();
      inside.disconnect();
    };
  }, []);
  return <div ref={box} className="min-h-0 flex-1 overflow-y-auto px-5 pt-1 pb-5">{children}</div>;
}
