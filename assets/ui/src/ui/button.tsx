import type { LucideIcon } from "lucide-react";
import { LoaderCircle } from "lucide-react";
import type { ReactNode, Ref } from "react";
import { cx } from "./cx";
import { Tooltip } from "./tooltip";

export type ButtonVariant = "primary" | "default" | "ghost" | "danger" | "soft";
export type ButtonSize = "sm" | "md" | "lg";

const looks: Record<ButtonVariant, string> = {
  primary: "bg-accent text-on-accent hover:bg-accent-hover border-transparent font-medium",
  default: "bg-surface text-text border-line-strong hover:bg-hover",
  ghost: "bg-transparent text-muted border-transparent hover:bg-hover hover:text-text",
  danger: "bg-danger text-on-danger hover:bg-danger-hover border-transparent font-medium",
  soft: "bg-accent-soft text-accent-text border-transparent hover:border-accent-line font-medium",
};

const sizes: Record<ButtonSize, string> = {
  sm: "h-7 px-2 text-sm gap-1",
  md: "h-8 px-3 gap-1.5",
  lg: "h-10 px-4 gap-2",
};

const squares: Record<ButtonSize, string> = { sm: "size-7", md: "size-8", lg: "size-10" };

const base =
  "inline-flex shrink-0 items-center justify-center rounded border whitespace-nowrap select-none transition-colors disabled:opacity-50 disabled:pointer-events-none";

interface Common {
  variant?: ButtonVariant | undefined;
  size?: ButtonSize | undefined;
  disabled?: boolean | undefined;
  busy?: boolean | undefined;
  onClick?: ((e: React.MouseEvent<HTMLButtonElement>) => void) | undefined;
  type?: "button" | "submit" | undefined;
  form?: string | undefined;
  ref?: Ref<HTMLButtonElement> | undefined;
  "aria-expanded"?: boolean | undefined;
  "aria-haspopup"?: "menu" | "dialog" | "listbox" | undefined;
  "aria-pressed"?: boolean | undefined;
  "aria-controls"?: string | undefined;
}

export interface ButtonProps extends Common {
  icon?: LucideIcon | undefined;
  iconEnd?: LucideIcon | undefined;
  block?: boolean | undefined;
  children: ReactNode;
}

export function Button({ variant = "default", size = "md", icon: Icon, iconEnd: End, busy, block, disabled, children, type = "button", ...rest }: ButtonProps) {
  return (
    <button {...rest} type={type} disabled={disabled || busy} aria-busy={busy || undefined} className={cx(base, looks[variant], sizes[size], block && "w-full")}>
      {busy ? <LoaderCircle size={15} className="animate-spin" aria-hidden /> : Icon && <Icon size={size === "sm" ? 14 : 16} aria-hidden />}
      <span className="truncate">{children}</span>
      {End && <End size={14} aria-hidden className="opacity-70" />}
    </button>
  );
}

export interface IconButtonProps extends Common {
  icon: LucideIcon;
  /** The accessible name, shown as a tooltip too. */
  label: string;
  active?: boolean | undefined;
  tip?: boolean | undefined;
  autoFocus?: boolean;
}

export function IconButton({ icon: Icon, label, variant = "ghost", size = "md", active, busy, disabled, tip = true, type = "button", ...rest }: IconButtonProps) {
  const button = (
    <button
      {...rest}
      type={type}
      aria-label={label}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={cx(base, looks[variant], squares[size], active && "bg-accent-soft text-accent-text")}
    >
      {busy ? <LoaderCircle size={16} className="animate-spin" aria-hidden /> : <Icon size={size === "sm" ? 15 : size === "lg" ? 20 : 17} aria-hidden />}
    </button>
  );
  return tip ? <Tooltip text={label}>{button}</Tooltip> : button;
}

/** A link that looks like a button. `external` opens a new tab. */
export function ButtonLink({ href, children, icon: Icon, variant = "default", size = "md", external, download }: {
  href: string;
  children: ReactNode;
  icon?: LucideIcon;
  variant?: ButtonVariant;
  size?: ButtonSize;
  external?: boolean;
  download?: boolean;
}) {
  return (
    <a
      href={href}
      {...(external ? { target: "_blank", rel: "noreferrer" } : {})}
      {...(download ? { download: "" } : {})}
      className={cx(base, looks[variant], sizes[size])}
    >
      {Icon && <Icon size={size === "sm" ? 14 : 16} aria-hidden />}
      <span className="truncate">{children}</span>
    </a>
  );
}
