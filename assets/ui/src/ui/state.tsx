// What a page shows when there is nothing to show: not yet, nothing at all, or not possible.
import type { LucideIcon } from "lucide-react";
import { CircleCheck, CircleX, Info, LoaderCircle, RotateCw, TriangleAlert, WifiOff } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { ApiError } from "@/api/client";
import { localCodes } from "@/api/client";
import { Button } from "./button";
import { cx } from "./cx";

const lines = { short: "w-1/3", medium: "w-2/3", long: "w-full" } as const;

export function Skeleton({ height = 16, line }: { height?: number; line?: keyof typeof lines }) {
  return <div aria-hidden style={{ height }} className={cx("anim-shimmer rounded bg-sunken", line ? lines[line] : "w-full")} />;
}

/** Says "loading" to those who do not see the grey boxes. */
export function Loading({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div role="status" aria-busy="true">
      <span className="sr-only">{t("kit.loading")}</span>
      {children}
    </div>
  );
}

export function SkeletonRows({ count = 5, height = 44 }: { count?: number; height?: number }) {
  return (
    <Loading>
      <div className="flex flex-col gap-2">
        {Array.from({ length: count }, (_, i) => <Skeleton key={i} height={height} />)}
      </div>
    </Loading>
  );
}

export function Spinner({ size = 16 }: { size?: number }) {
  const { t } = useTranslation();
  return <LoaderCircle size={size} role="status" aria-label={t("kit.loading")} className="animate-spin text-faint" />;
}

/** Nothing here, and what to do next. `page` where it is all there is on the page: its title is the page's. */
export function EmptyState({ icon: Icon, title, children, action, compact, page }: { icon: LucideIcon; title: string; children?: ReactNode; action?: ReactNode; compact?: boolean; page?: boolean }) {
  const Title = page ? "h1" : "h2";
  return (
    <div className={cx("flex flex-col items-center justify-center text-center", compact ? "py-6" : "py-16")}>
      <div className="mb-3 flex size-11 items-center justify-center rounded-lg bg-accent-soft text-accent-text"><Icon size={22} aria-hidden /></div>
      <Title className="text-base font-semibold">{title}</Title>
      {children && <div className="mt-1 max-w-md text-muted">{children}</div>}
      {action && <div className="mt-4 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

/** The sentence of an error: the server's, or ours for what the browser noticed. */
export function useSentence(): (e: ApiError) => string {
  const { t } = useTranslation();
  return (e) => {
    const local = localCodes.find((c) => c === e.code);
    if (local && (local !== "bad_response" || e.message === "")) return t(`error.${local}`);
    return e.message || t("error.bad_response");
  };
}

/** A failed load: what happened, a retry, and the code that a colleague will ask for. */
export function ErrorState({ error, onRetry, compact, action }: { error: ApiError; onRetry?: () => void; compact?: boolean; action?: ReactNode }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const Icon = error.code === "network" ? WifiOff : TriangleAlert;
  return (
    <div role="alert" className={cx("flex flex-col items-center justify-center text-center", compact ? "py-5" : "py-16")}>
      <div className="mb-3 flex size-11 items-center justify-center rounded-lg bg-danger-soft text-danger-text"><Icon size={22} aria-hidden /></div>
      <p className="max-w-md font-medium">{sentence(error)}</p>
      <ErrorCode error={error} />
      <div className="mt-4 flex gap-2">
        {onRetry && <Button icon={RotateCw} onClick={onRetry}>{t("kit.retry")}</Button>}
        {action}
      </div>
    </div>
  );
}

export function ErrorCode({ error }: { error: ApiError }) {
  const { t } = useTranslation();
  return (
    <p className="mt-1 font-mono text-xs text-faint select-all">
      {t("kit.code")} {error.code}
      {error.status > 0 && ` · ${error.status}`}
      {error.requestId && ` · ${error.requestId}`}
    </p>
  );
}

/** A failed command, beside the button that was pressed. */
export function ErrorNote({ error }: { error: ApiError | null | undefined }) {
  const sentence = useSentence();
  const { t } = useTranslation();
  if (!error) return null;
  return (
    <div role="alert" className="rounded border border-danger-line bg-danger-soft px-3 py-2 text-sm text-danger-text">
      <p>{sentence(error)}</p>
      {error.retryAfter > 0 && <p>{t("error.retryAfter", { count: error.retryAfter })}</p>}
      <p className="font-mono text-xs opacity-90 select-all">{error.code}{error.requestId && ` · ${error.requestId}`}</p>
    </div>
  );
}

const tones = {
  info: { look: "border-line bg-sunken text-text", icon: Info },
  warn: { look: "border-warn-line bg-warn-soft text-warn-text", icon: TriangleAlert },
  danger: { look: "border-danger-line bg-danger-soft text-danger-text", icon: CircleX },
  ok: { look: "border-ok-line bg-ok-soft text-ok-text", icon: CircleCheck },
} as const;
export type Tone = keyof typeof tones;

export function Callout({ tone = "info", children, action }: { tone?: Tone; children: ReactNode; action?: ReactNode }) {
  const { look, icon: Icon } = tones[tone];
  return (
    <div className={cx("flex gap-2 rounded border px-3 py-2 text-sm", action ? "items-center" : "items-start", look)}>
      <Icon size={16} aria-hidden className={cx("shrink-0", !action && "mt-0.5")} />
      <div className="min-w-0 flex-1">{children}</div>
      {action}
    </div>
  );
}
