import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "./cx";

const tones = {
  neutral: "bg-sunken text-muted",
  accent: "bg-accent-soft text-accent-text",
  ok: "bg-ok-soft text-ok-text",
  warn: "bg-warn-soft text-warn-text",
  danger: "bg-danger-soft text-danger-text",
} as const;
export type BadgeTone = keyof typeof tones;

export function Badge({ tone = "neutral", icon: Icon, children, title }: { tone?: BadgeTone; icon?: LucideIcon; children: ReactNode; title?: string }) {
  return (
    <span title={title} className={cx("inline-flex h-5 max-w-full items-center gap-1 rounded-sm px-1.5 text-xs whitespace-nowrap", tones[tone])}>
      {Icon && <Icon size={12} aria-hidden />}
      <span className="truncate">{children}</span>
    </span>
  );
}

/** A dot of state with its word. */
export function State({ tone, children }: { tone: BadgeTone; children: ReactNode }) {
  const dots = { neutral: "bg-faint", accent: "bg-accent", ok: "bg-ok-text", warn: "bg-warn-text", danger: "bg-danger-text" };
  return (
    <span className="inline-flex items-center gap-1.5 text-sm whitespace-nowrap">
      <span aria-hidden className={cx("size-2 rounded-full", dots[tone])} />
      {children}
    </span>
  );
}

const sizes = { xs: "size-5 text-xs rounded-sm", sm: "size-7 text-base rounded", md: "size-9 text-xl rounded-md", lg: "size-14 text-3xl rounded-lg" } as const;

/** An emoji on its colour. The colour is data of the app, so it is a style and not a token. */
export function AppIcon({ icon, color, size = "md" }: { icon: string; color: string; size?: keyof typeof sizes }) {
  return (
    <span aria-hidden style={{ backgroundColor: /^#[0-9a-f]{6}$/i.test(color) ? color : undefined }} className={cx("flex shrink-0 items-center justify-center bg-accent-soft leading-none select-none", sizes[size])}>
      {icon || "💬"}
    </span>
  );
}

export function Avatar({ name, size = 28 }: { name: string; size?: number }) {
  return (
    <span aria-hidden style={{ width: size, height: size, fontSize: size * 0.42 }} className="flex shrink-0 items-center justify-center rounded-full bg-accent-soft font-medium text-accent-text select-none">
      {Array.from(name.trim())[0]?.toUpperCase() ?? "?"}
    </span>
  );
}

export function Kbd({ children }: { children: ReactNode }) {
  return <kbd className="rounded-sm border border-line-strong bg-surface px-1 font-sans text-xs text-faint">{children}</kbd>;
}
