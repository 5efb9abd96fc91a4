import type { PointerEvent } from "react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { exactTime, relativeTime } from "@/lib/format";

/** "3 minutes ago", the exact time on hover: by the browser's own means and only then, because a list has a thousand of them. It ages while one looks at it. */
export function Time({ at }: { at: string }) {
  const { i18n } = useTranslation();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  const exact = (e: PointerEvent<HTMLElement>): void => {
    e.currentTarget.title = exactTime(at, i18n.language);
  };
  return <time dateTime={at} onPointerEnter={exact} className="whitespace-nowrap">{relativeTime(at, i18n.language, now)}</time>;
}
