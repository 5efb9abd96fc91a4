import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { exactTime, relativeTime } from "@/lib/format";
import { Tooltip } from "./tooltip";

/** "3 minutes ago", the exact time on hover. It ages while one looks at it. */
export function Time({ at }: { at: string }) {
  const { i18n } = useTranslation();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <Tooltip text={() => exactTime(at, i18n.language)}>
      <time dateTime={at} className="whitespace-nowrap">{relativeTime(at, i18n.language, now)}</time>
    </Tooltip>
  );
}
