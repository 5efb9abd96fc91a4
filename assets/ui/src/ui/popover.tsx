import { Popover as Radix } from "radix-ui";
import type { ReactElement, ReactNode } from "react";

const widths = { sm: "w-64", md: "w-80", lg: "w-96" } as const;

export function Popover({ trigger, children, label, open, onOpen, width = "md", align = "end", flush }: {
  trigger: ReactElement;
  children: ReactNode;
  label: string;
  open?: boolean;
  onOpen?: (o: boolean) => void;
  width?: keyof typeof widths;
  align?: "start" | "end";
  /** Without padding, for lists. */
  flush?: boolean;
}) {
  return (
    <Radix.Root {...(open === undefined ? {} : { open })} {...(onOpen ? { onOpenChange: onOpen } : {})}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content align={align} sideOffset={6} collisionPadding={8} aria-label={label} className={`anim-rise z-50 flex max-h-(--radix-popover-content-available-height) max-w-[94vw] flex-col overflow-y-auto rounded-lg border bg-raised shadow-float focus:outline-none ${widths[width]} ${flush ? "" : "p-4"}`}>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
