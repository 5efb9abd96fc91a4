import { Eye, EyeOff, Search, X } from "lucide-react";
import type { ChangeEvent, KeyboardEvent, ReactNode, Ref } from "react";
import { createContext, useContext, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "./cx";

interface Wiring {
  id: string;
  describedBy: string | undefined;
  invalid: boolean;
}
const Context = createContext<Wiring | null>(null);

/** Gives a control its label, hint and error. Whatever control of the kit stands inside wires itself up. */
export function Field({ label, hint, error, optional, children, inline, aside }: {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  optional?: boolean;
  inline?: boolean;
  aside?: ReactNode;
  children: ReactNode;
}) {
  const id = useId();
  const { t } = useTranslation();
  const note = error || hint;
  return (
    <Context.Provider value={{ id, describedBy: note ? `${id}-note` : undefined, invalid: Boolean(error) }}>
      <div className={inline ? "flex items-start justify-between gap-4" : "flex flex-col gap-1"}>
        <div className={cx("flex gap-2", inline ? "min-w-0 flex-col gap-0" : "items-center justify-between")}>
          <label htmlFor={id} className={cx("text-sm font-medium", inline && "text-base font-normal")}>
            {label}
            {optional && <span className="ml-1 font-normal text-faint">{t("kit.optional")}</span>}
          </label>
          {aside}
          {inline && note && <Note id={id} error={error} note={note} />}
        </div>
        {inline ? <div className="shrink-0">{children}</div> : children}
        {!inline && note && <Note id={id} error={error} note={note} />}
      </div>
    </Context.Provider>
  );
}

function Note({ id, error, note }: { id: string; error: string | undefined; note: ReactNode }) {
  return (
    <div id={`${id}-note`} role={error ? "alert" : undefined} className={cx("text-xs", error ? "text-danger-text" : "text-faint")}>
      {note}
    </div>
  );
}

/** What a control inside a Field must spread on its element. */
export function useField(): { id?: string; "aria-describedby"?: string; "aria-invalid"?: true } {
  const c = useContext(Context);
  if (!c) return {};
  return { id: c.id, ...(c.describedBy ? { "aria-describedby": c.describedBy } : {}), ...(c.invalid ? { "aria-invalid": true } : {}) };
}

export const controlLook =
  "w-full rounded border border-line-strong bg-surface text-text transition-colors hover:border-faint focus:border-accent focus:outline-none focus-visible:outline-2 focus-visible:outline-offset-0 focus-visible:outline-accent/35 aria-invalid:border-danger disabled:opacity-60";

interface TextProps {
  value: string;
  onChange: (v: string) => void;
  placeholder?: string;
  disabled?: boolean;
  autoFocus?: boolean;
  maxLength?: number;
  label?: string;
  mono?: boolean;
  required?: boolean;
  onBlur?: () => void;
  onKeyDown?: (e: KeyboardEvent<HTMLInputElement | HTMLTextAreaElement>) => void;
}

export function Input({ value, onChange, type = "text", autoComplete, label, mono, ref, inputMode, suggest, ...rest }: TextProps & {
  type?: "text" | "email" | "url" | "time" | "date" | "search";
  autoComplete?: string;
  inputMode?: "decimal" | "numeric";
  /** What to choose from; anything else may be typed too. */
  suggest?: string[];
  ref?: Ref<HTMLInputElement>;
}) {
  const field = useField();
  const list = useId();
  const input = (
    <input
      {...field}
      {...rest}
      ref={ref}
      type={type}
      value={value}
      aria-label={label}
      inputMode={inputMode}
      autoComplete={autoComplete ?? "off"}
      spellCheck={false}
      {...(suggest && suggest.length > 0 ? { list } : {})}
      onChange={(e: ChangeEvent<HTMLInputElement>) => onChange(e.target.value)}
      className={cx(controlLook, "h-8 px-2.5", mono && "font-mono text-sm")}
    />
  );
  if (!suggest || suggest.length === 0) return input;
  return <>{input}<datalist id={list}>{suggest.map((s) => <option key={s} value={s} />)}</datalist></>;
}

/** A secret. It can be shown, because nobody types a 60 character key right without seeing it. */
export function Password({ value, onChange, autoComplete, label, ...rest }: TextProps & { autoComplete: "current-password" | "new-password" | "off" }) {
  const field = useField();
  const { t } = useTranslation();
  const [shown, show] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <div className="relative">
      <input
        {...field}
        {...rest}
        type={shown ? "text" : "password"}
        value={value}
        aria-label={label}
        autoComplete={autoComplete}
        spellCheck={false}
        onChange={(e) => onChange(e.target.value)}
        className={cx(controlLook, "h-8 pr-9 pl-2.5")}
      />
      <button
        type="button"
        aria-label={shown ? t("kit.hide") : t("kit.show")}
        aria-pressed={shown}
        onClick={() => show(!shown)}
        className="absolute inset-y-0 right-0 flex w-8 items-center justify-center rounded text-faint hover:text-text"
      >
        <Icon size={15} aria-hidden />
      </button>
    </div>
  );
}

export function Textarea({ value, onChange, rows = 3, label, mono, onKeyDown, ...rest }: TextProps & { rows?: number }) {
  const field = useField();
  return (
    <textarea
      {...field}
      {...rest}
      rows={rows}
      value={value}
      aria-label={label}
      onKeyDown={onKeyDown}
      onChange={(e) => onChange(e.target.value)}
      className={cx(controlLook, "block resize-y px-2.5 py-1.5", mono && "font-mono text-sm")}
    />
  );
}

/** A number that may be empty; empty is null. Letters never get in, and a half-typed "-" or "1." is left alone. */
export function NumberInput({ value, onChange, min, max, label, placeholder, disabled, suffix }: {
  value: number | null;
  onChange: (v: number | null) => void;
  min?: number;
  max?: number;
  label?: string;
  placeholder?: string;
  disabled?: boolean;
  suffix?: string;
}) {
  const field = useField();
  const [draft, setDraft] = useState<string | null>(null);
  const clamp = (n: number): number => Math.min(max ?? Infinity, Math.max(min ?? -Infinity, n));
  return (
    <div className="relative">
      <input
        {...field}
        inputMode="decimal"
        value={draft ?? (value === null ? "" : String(value))}
        placeholder={placeholder}
        disabled={disabled}
        aria-label={label}
        autoComplete="off"
        onChange={(e) => {
          const s = e.target.value.trim();
          if (!/^-?\d*\.?\d*$/.test(s)) return;
          setDraft(s);
          if (s === "") onChange(null);
          else if (Number.isFinite(Number(s)) && /\d$/.test(s)) onChange(Number(s));
        }}
        onBlur={() => {
          setDraft(null);
          if (value !== null && clamp(value) !== value) onChange(clamp(value));
        }}
        className={cx(controlLook, "h-8 px-2.5 tabular-nums", suffix && "pr-12")}
      />
      {suffix && <span className="pointer-events-none absolute inset-y-0 right-2.5 flex items-center text-xs text-faint">{suffix}</span>}
    </div>
  );
}

export function SearchInput({ value, onChange, label, block }: { value: string; onChange: (v: string) => void; label: string; block?: boolean }) {
  const { t } = useTranslation();
  return (
    <div className={cx("relative", block ? "w-full" : "w-56 max-w-full")}>
      <Search size={15} aria-hidden className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-faint" />
      <input
        type="search"
        value={value}
        aria-label={label}
        placeholder={label}
        autoComplete="off"
        onChange={(e) => onChange(e.target.value)}
        onKeyDown={(e) => {
          if (e.key === "Escape" && value !== "") {
            e.stopPropagation();
            onChange("");
          }
        }}
        className={cx(controlLook, "h-8 pr-7 pl-8 [&::-webkit-search-cancel-button]:hidden")}
      />
      {value !== "" && (
        <button type="button" aria-label={t("kit.clear")} onClick={() => onChange("")} className="absolute inset-y-0 right-0 flex w-7 items-center justify-center rounded text-faint hover:text-text">
          <X size={14} aria-hidden />
        </button>
      )}
    </div>
  );
}
