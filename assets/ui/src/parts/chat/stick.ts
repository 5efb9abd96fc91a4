// Scrolling of a chat: it follows the newest line while the reader is at the bottom, and stays put as soon as the reader scrolls up.
import type { RefObject } from "react";
import { useCallback, useEffect, useRef, useState } from "react";

const NEAR = 40;

export function useStick(): { box: RefObject<HTMLDivElement | null>; inner: RefObject<HTMLDivElement | null>; away: boolean; toEnd: (smooth?: boolean) => void } {
  const box = useRef<HTMLDivElement>(null);
  const inner = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const [away, setAway] = useState(false);

  const toEnd = useCallback((smooth = false) => {
    const el = box.current;
    if (!el) return;
    stuck.current = true;
    setAway(false);
    el.scrollTo({ top: el.scrollHeight, behavior: smooth ? "smooth" : "instant" });
  }, []);

  useEffect(() => {
    const el = box.current;
    const content = inner.current;
    if (!el || !content) return;
    let last = el.scrollTop;
    const onScroll = (): void => {
      const gap = el.scrollHeight - el.scrollTop - el.clientHeight;
      if (gap < NEAR) stuck.current = true;
      else if (el.scrollTop < last - 1) stuck.current = false; // only the reader scrolls up; growing text never does
      last = el.scrollTop;
      setAway(!stuck.current && gap > NEAR);
    };
    const grown = new ResizeObserver(() => {
      if (stuck.current) el.scrollTop = el.scrollHeight;
      else onScroll();
    });
    el.addEventListener("scroll", onScroll, { passive: true });
    grown.observe(content);
    grown.observe(el);
    return () => {
      el.removeEventListener("scroll", onScroll);
      grown.disconnect();
    };
  }, []);

  return { box, inner, away, toEnd };
}
