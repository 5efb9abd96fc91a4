import { ChevronDown, TriangleAlert, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Scope, ScopeVar, Selector, VarType } from "@/lib/scope";
import { fits } from "@/lib/scope";
import { Popover } from "@/ui";
import { controlLook, useField } from "@/ui/field";
import { cx } from "@/ui/cx";
import { groupIcon, nameOf, useNames } from "./names";
import { VariablePicker } from "./picker";

/** A field that holds a variable. value is [] where none is chosen; what cannot be read here is shown with the reason. */
export function SelectorField({ scope, value, onChange, label, accepts, placeholder, clearable, disabled }: {
  scope: Scope;
  value: Selector;
  /** v is undefined when the field is emptied. */
  onChange: (selector: string[], v: ScopeVar | undefined) => void;
  label: string;
  /** The types that may be chosen; absent: all. */
  accepts?: readonly VarType[] | undefined;
  placeholder?: string | undefined;
  clearable?: boolean | undefined;
  disabled?: boolean | undefined;
}) {
  const { t } = useTranslation();
  const names = useNames();
  const field = useField();
  const [open, setOpen] = useState(false);
  const set = value.length > 0;
  const named = nameOf(t, scope, names, value);
  const unfit = set && named.found && !fits(named.found.last.type, accepts) ? t("pick.unfit", { type: named.found.last.type, types: (accepts ?? []).join(", ") }) : undefined;
  const wrong = set ? (named.broken ?? unfit) : undefined;
  const Icon = wrong ? TriangleAlert : named.found ? groupIcon(named.found.group) : null;
  const text = set ? `${named.title} / ${named.name}` : (placeholder ?? t("pick.choose"));
  return (
    <div className="@container relative min-w-0">
      <Popover
        flush
        align="start"
        width="md"
        label={label}
        open={open}
        onOpen={setOpen}
        trigger={
          <button {...field} type="button" disabled={disabled} aria-label={`${label}: ${text}`} title={wrong ?? text} className={cx(controlLook, "flex h-8 min-w-0 items-center gap-1.5 pr-2 pl-2 text-left", wrong && "border-warn-line bg-warn-soft text-warn-text", set && clearable && "pr-8")}>
            {Icon && <Icon size={14} aria-hidden className={cx("shrink-0", !wrong && "text-faint")} />}
            {set ? (
              <span className="flex min-w-0 flex-1 items-center gap-1 text-sm">
                <span className={cx("min-w-6 truncate", !wrong && "text-muted")}>{named.title}</span>{" "}
                <span className={wrong ? "" : "text-faint"}>/</span>{" "}
                <span className={cx("max-w-[75%] shrink-0 truncate font-mono", !wrong && "text-accent-text")}>{named.name}</span>{" "}
                {named.found && <span className="ml-auto shrink-0 text-xs text-faint @max-[260px]:hidden">{named.found.last.type}</span>}
              </span>
            ) : (
              <span className="min-w-0 flex-1 truncate text-faint">{text}</span>
            )}
            {!(set && clearable) && <ChevronDown size={14} aria-hidden className="shrink-0 text-faint" />}
          </button>
        }
      >
        <VariablePicker
          scope={scope}
          accepts={accepts}
          value={value}
          onPick={(s, v) => {
            setOpen(false);
            onChange(s, v);
          }}
        />
      </Popover>
      {set && clearable && !disabled && (
        <button type="button" aria-label={t("pick.clear", { label })} onClick={() => onChange([], undefined)} className="absolute inset-y-0 right-0 flex w-7 items-center justify-center rounded text-faint hover:text-text">
          <X size={14} aria-hidden />
        </button>
      )}
      {wrong && <p className="mt-1 text-xs text-warn-text">{wrong}</p>}
    </div>
  );
}
