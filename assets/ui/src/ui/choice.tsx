import { Check, ChevronDown } from "lucide-react";
import type { LucideIcon } from "lucide-react";
import { Checkbox as RCheckbox, Select as RSelect, Slider as RSlider, Switch as RSwitch, Tabs as RTabs, ToggleGroup } from "radix-ui";
import type { ReactNode } from "react";
import { cx } from "./cx";
import { controlLook, useField } from "./field";

export interface Option<V extends string = string> {
  value: V;
  label: string;
  hint?: string;
  disabled?: boolean;
  /** Before the label; of Segmented only. */
  icon?: LucideIcon;
}

/** One of a few. Values must not be empty: radix keeps "" for "nothing chosen". */
export function Select<V extends string>({ value, onChange, options, placeholder, label, disabled, compact, plain }: {
  value: V | "";
  onChange: (v: V) => void;
  options: Option<V>[];
  placeholder?: string;
  label?: string;
  disabled?: boolean;
  compact?: boolean;
  /** Without a box of its own, for a bar. */
  plain?: boolean;
}) {
  const field = useField();
  return (
    <RSelect.Root
      value={value}
      disabled={disabled ?? false}
      onValueChange={(v) => {
        const o = options.find((x) => x.value === v);
        if (o) onChange(o.value);
      }}
    >
      <RSelect.Trigger {...field} aria-label={label} className={plain ? "flex h-7 items-center gap-1 rounded px-1.5 text-sm font-medium text-muted transition-colors hover:bg-hover hover:text-text" : cx(controlLook, "flex h-8 items-center justify-between gap-2 px-2.5 text-left data-placeholder:text-faint", compact && "w-auto")}>
        <span className="truncate"><RSelect.Value placeholder={placeholder ?? " "} /></span>
        <ChevronDown size={14} aria-hidden className="shrink-0 text-faint" />
      </RSelect.Trigger>
      <RSelect.Portal>
        <RSelect.Content position="popper" sideOffset={4} collisionPadding={8} className="anim-rise z-60 max-h-(--radix-select-content-available-height) max-w-[90vw] min-w-(--radix-select-trigger-width) overflow-hidden rounded-md border bg-raised p-1 shadow-float">
          <RSelect.Viewport>
            {options.map((o) => (
              <RSelect.Item key={o.value} value={o.value} disabled={o.disabled ?? false} className="flex min-h-8 items-center gap-2 rounded-sm px-2 py-1 outline-none select-none data-disabled:opacity-45 data-highlighted:bg-hover">
                <span className="min-w-0 flex-1">
                  <RSelect.ItemText>{o.label}</RSelect.ItemText>
                  {o.hint && <span className="block max-w-80 text-xs text-faint">{o.hint}</span>}
                </span>
                <RSelect.ItemIndicator><Check size={14} aria-hidden className="text-accent-text" /></RSelect.ItemIndicator>
              </RSelect.Item>
            ))}
          </RSelect.Viewport>
        </RSelect.Content>
      </RSelect.Portal>
    </RSelect.Root>
  );
}

export function Switch({ checked, onChange, label, disabled }: { checked: boolean; onChange: (v: boolean) => void; label?: string; disabled?: boolean }) {
  const field = useField();
  return (
    <RSwitch.Root
      {...field}
      checked={checked}
      disabled={disabled ?? false}
      aria-label={label}
      onCheckedChange={onChange}
      className="relative h-[18px] w-8 shrink-0 rounded-full bg-track transition-colors disabled:opacity-50 data-[state=checked]:bg-accent"
    >
      <RSwitch.Thumb className="block size-3.5 translate-x-0.5 rounded-full bg-surface transition-transform data-[state=checked]:translate-x-4" />
    </RSwitch.Root>
  );
}

export function Checkbox({ checked, onChange, children, disabled }: { checked: boolean; onChange: (v: boolean) => void; children: ReactNode; disabled?: boolean }) {
  return (
    <label className="flex min-h-6 items-start gap-2 select-none">
      <RCheckbox.Root
        checked={checked}
        disabled={disabled ?? false}
        onCheckedChange={(v) => onChange(v === true)}
        className="mt-[3px] flex size-4 shrink-0 items-center justify-center rounded-sm border border-faint bg-surface data-[state=checked]:border-accent data-[state=checked]:bg-accent data-[state=checked]:text-on-accent disabled:opacity-50"
      >
        <RCheckbox.Indicator><Check size={12} strokeWidth={3} aria-hidden /></RCheckbox.Indicator>
      </RCheckbox.Root>
      <span className="min-w-0">{children}</span>
    </label>
  );
}

export function Slider({ value, onChange, min, max, step, label, disabled }: { value: number; onChange: (v: number) => void; min: number; max: number; step: number; label: string; disabled?: boolean }) {
  return (
    <RSlider.Root value={[value]} min={min} max={max} step={step} disabled={disabled ?? false} onValueChange={([v]) => v !== undefined && onChange(v)} className="relative flex h-5 w-full touch-none items-center select-none data-disabled:opacity-40">
      <RSlider.Track className="relative h-1 grow rounded-full bg-line-strong"><RSlider.Range className="absolute h-full rounded-full bg-accent" /></RSlider.Track>
      <RSlider.Thumb aria-label={label} className="block size-3.5 rounded-full border-2 border-accent bg-surface shadow-float" />
    </RSlider.Root>
  );
}

/** A row of a few exclusive choices that are always visible. */
export function Segmented<V extends string>({ value, onChange, options, label }: { value: V; onChange: (v: V) => void; options: Option<V>[]; label: string }) {
  return (
    <ToggleGroup.Root
      type="single"
      value={value}
      aria-label={label}
      onValueChange={(v) => {
        const o = options.find((x) => x.value === v);
        if (o) onChange(o.value);
      }}
      className="inline-flex h-8 max-w-full items-center gap-0.5 overflow-x-auto rounded bg-sunken p-0.5"
    >
      {options.map((o) => (
        <ToggleGroup.Item key={o.value} value={o.value} disabled={o.disabled ?? false} className="flex h-7 shrink-0 items-center gap-1.5 rounded-sm px-2.5 text-sm text-muted transition-colors hover:text-text data-[state=on]:bg-surface data-[state=on]:text-text data-[state=on]:shadow-[0_1px_2px_rgb(0_0_0/0.12)] disabled:opacity-45">
          {o.icon && <o.icon size={14} aria-hidden />}
          {o.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}

export function Tabs<V extends string>({ value, onChange, tabs, label, children }: { value: V; onChange: (v: V) => void; tabs: { value: V; label: string; count?: number }[]; label: string; children: ReactNode }) {
  return (
    <RTabs.Root
      value={value}
      onValueChange={(v) => {
        const tab = tabs.find((x) => x.value === v);
        if (tab) onChange(tab.value);
      }}
    >
      <RTabs.List aria-label={label} className="flex gap-4 border-b">
        {tabs.map((tab) => (
          <RTabs.Trigger key={tab.value} value={tab.value} className="-mb-px flex h-9 items-center gap-1.5 border-b-2 border-transparent text-muted hover:text-text data-[state=active]:border-accent data-[state=active]:text-text">
            {tab.label}
            {tab.count !== undefined && <span className="text-xs text-faint tabular-nums">{tab.count}</span>}
          </RTabs.Trigger>
        ))}
      </RTabs.List>
      <RTabs.Content value={value} className="pt-4 focus-visible:outline-none">{children}</RTabs.Content>
    </RTabs.Root>
  );
}
