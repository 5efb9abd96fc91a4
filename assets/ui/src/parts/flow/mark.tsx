import { Circle, CircleCheck, CircleMinus, CirclePause, CircleStop, CircleX, LoaderCircle, TriangleAlert } from "lucide-react";
import type { LucideIcon } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Status } from "@/api/types";
import { duration } from "@/lib/format";
import type { BadgeTone } from "@/ui";
import { State } from "@/ui";
import type { Exec, Mark } from "./flow";

const icons: Record<Mark, LucideIcon> = { waiting: Circle, running: LoaderCircle, paused: CirclePause, done: CircleCheck, failed: CircleX, exception: TriangleAlert, stopped: CircleStop, skipped: CircleMinus };
const tones: Record<Mark, string> = {
  waiting: "text-faint opacity-50", running: "text-accent-text animate-spin", paused: "text-warn-text", done: "text-ok-text", failed: "text-danger-text", exception: "text-warn-text", stopped: "text-faint", skipped: "text-faint opacity-60",
};

/** How a node stands, as an icon with its word for those who do not see it. */
export function MarkIcon({ mark, size = 15 }: { mark: Mark; size?: number }) {
  const { t } = useTranslation();
  const Icon = icons[mark];
  return <Icon size={size} role="img" aria-label={t(`mark.${mark}`)} className={`shrink-0 ${tones[mark]}`} />;
}

export const markOf: Record<Status, Mark> = {
  running: "running", paused: "paused", succeeded: "done", "partial-succeeded": "done", failed: "failed", exception: "exception", stopped: "stopped", interrupted: "stopped", retry: "exception",
};

const stateTones: Record<Status, BadgeTone> = {
  running: "accent", paused: "warn", succeeded: "ok", "partial-succeeded": "warn", failed: "danger", exception: "warn", stopped: "neutral", interrupted: "danger", retry: "warn",
};

/** How a run stands, in a word. */
export function RunState({ status }: { status: Status }) {
  const { t } = useTranslation();
  return <State tone={stateTones[status]}>{t(`status.${status}`)}</State>;
}

/** The time since something began, while it goes on. */
export function useTicking(since: string, on: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!on) return;
    const timer = setInterval(() => setNow(Date.now()), 100);
    return () => clearInterval(timer);
  }, [on]);
  return Math.max(0, (now - new Date(since).getTime()) / 1000);
}

export function Elapsed({ exec }: { exec: Exec }) {
  const { i18n } = useTranslation();
  const on = exec.status === "running";
  const ticking = useTicking(exec.at, on);
  if (exec.status === "paused") return null;
  const shown = on ? Math.floor(ticking * 10) / 10 : exec.elapsed;
  return <span className="tabular-nums">{duration(shown, i18n.language)}</span>;
}
