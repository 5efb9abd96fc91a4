import type { LucideIcon } from "lucide-react";
import { Check } from "lucide-react";
import { DropdownMenu as Radix } from "radix-ui";
import type { ReactElement } from "react";
import { Fragment } from "react";
import { cx } from "./cx";

/** One line of a menu. A command is data: menus, palettes and keys are views of it. */
export interface MenuItem {
  id: string;
  label: string;
  icon?: LucideIcon | undefined;
  hint?: string | undefined;
  /** The keys that do the same, as they are printed. */
  keys?: string | undefined;
  danger?: boolean | undefined;
  checked?: boolean | undefined;
  disabled?: boolean | undefined;
  run?: (() => void) | undefined;
  href?: string | undefined;
}

export function Menu({ trigger, groups, align = "end", side = "bottom", label }: {
  trigger: ReactElement;
  groups: MenuItem[][];
  align?: "start" | "end";
  side?: "top" | "bottom" | "right";
  label?: string;
}) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <List groups={groups} align={align} side={side} label={label} />
    </Radix.Root>
  );
}

/** A menu at a place on the screen, as after a click with the right button. It is open as long as it is drawn. */
export function PointMenu({ at, groups, label, onClose }: { at: { x: number; y: number }; groups: MenuItem[][]; label: string; onClose: () => void }) {
  return (
    <Radix.Root modal={false} open onOpenChange={(o) => !o && onClose()}>
      <Radix.Trigger asChild><span aria-hidden className="pointer-events-none fixed size-0" style={{ left: at.x, top: at.y }} /></Radix.Trigger>
      <List groups={groups} align="start" side="bottom" label={label} />
    </Radix.Root>
  );
}

function List({ groups, align, side, label }: { groups: MenuItem[][]; align: "start" | "end"; side: "top" | "bottom" | "right"; label: string | undefined }) {
  return (
    <Radix.Portal>
      <Radix.Content
        align={align}
        side={side}
        sideOffset={4}
        collisionPadding={8}
        aria-label={label}
        className="anim-rise z-50 max-h-[70vh] min-w-44 max-w-80 overflow-y-auto rounded-md border bg-raised p-1 shadow-float"
      >
        {groups.filter((g) => g.length > 0).map((group, i) => (
          <Fragment key={group[0]?.id ?? i}>
            {i > 0 && <Radix.Separator className="my-1 h-px bg-line" />}
            {group.map((item) => <Row key={item.id} item={item} />)}
          </Fragment>
        ))}
      </Radix.Content>
    </Radix.Portal>
  );
}

function Row({ item }: { item: MenuItem }) {
  const Icon = item.icon;
  const inside = (
    <>
      {Icon && <Icon size={15} aria-hidden className={item.danger ? "" : "text-faint"} />}
      <span className="min-w-0 flex-1">
        <span className="block truncate">{item.label}</span>
        {item.hint && <span className="block text-xs whitespace-normal text-faint">{item.hint}</span>}
      </span>
      {item.keys && <span className="shrink-0 pl-4 text-xs text-faint">{item.keys}</span>}
      {item.checked && <Check size={15} aria-hidden className="text-accent-text" />}
    </>
  );
  const look = cx(
    "flex min-h-8 items-center gap-2 rounded-sm px-2 py-1 outline-none data-highlighted:bg-hover data-disabled:opacity-45 cursor-default select-none",
    item.danger && "text-danger-text",
  );
  if (item.href)
    return (
      <Radix.Item asChild disabled={item.disabled ?? false}>
        <a href={item.href} target="_blank" rel="noreferrer" className={look}>{inside}</a>
      </Radix.Item>
    );
  return (
    <Radix.Item disabled={item.disabled ?? false} onSelect={() => item.run?.()} className={look}>{inside}</Radix.Item>
  );
}
