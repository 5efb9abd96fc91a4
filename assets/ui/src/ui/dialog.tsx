import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { FormEvent, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "./button";
import { cx } from "./cx";
import { Scroll } from "./scroll";

const widths = { sm: "max-w-md", md: "max-w-xl", lg: "max-w-3xl", xl: "max-w-5xl" } as const;
const scrim = "anim-fade fixed inset-0 z-40 bg-scrim";

interface Panel {
  open: boolean;
  onClose: () => void;
  title: string;
  description?: ReactNode;
  children?: ReactNode;
  footer?: ReactNode;
  /** Makes the panel a form; its footer holds the submit button. */
  onSubmit?: (() => void) | undefined;
  /** Keeps a click beside the panel from closing it: there is work in it that would be lost. */
  sticky?: boolean;
}

function Body({ title, description, children, footer, onSubmit }: Omit<Panel, "open" | "onClose" | "sticky">) {
  const { t } = useTranslation();
  const inside = (
    <>
      <header className="flex items-start gap-4 px-5 pt-4 pb-3">
        <div className="min-w-0 flex-1">
          <Radix.Title className="text-lg font-semibold">{title}</Radix.Title>
          {description ? (
            <Radix.Description asChild><div className="mt-0.5 text-sm text-muted">{description}</div></Radix.Description>
          ) : (
            <Radix.Description className="sr-only">{title}</Radix.Description>
          )}
        </div>
        <Radix.Close asChild>
          <IconButton icon={X} label={t("kit.close")} size="sm" tip={false} />
        </Radix.Close>
      </header>
      <Scroll>{children}</Scroll>
      {footer && <footer className="flex flex-wrap items-center justify-end gap-2 border-t px-5 py-3">{footer}</footer>}
    </>
  );
  if (!onSubmit) return inside;
  const submit = (e: FormEvent): void => {
    e.preventDefault();
    e.stopPropagation();
    onSubmit();
  };
  return <form noValidate onSubmit={submit} className="flex min-h-0 flex-1 flex-col">{inside}</form>;
}

function keep(sticky: boolean | undefined) {
  return (e: Event): void => {
    if (sticky) e.preventDefault();
  };
}

/** The focus goes to the first field, or to the panel itself; never to the button that closes it. */
function intoFirst(e: Event): void {
  const box = e.currentTarget;
  if (!(box instanceof HTMLElement) || box.contains(document.activeElement)) return;
  e.preventDefault();
  const field = box.querySelector("input:not([hidden]), textarea");
  (field instanceof HTMLElement ? field : box).focus();
}

function intoPanel(e: Event): void {
  e.preventDefault();
  if (e.currentTarget instanceof HTMLElement) e.currentTarget.focus();
}

export function Dialog({ open, onClose, width = "md", sticky, ...body }: Panel & { width?: keyof typeof widths }) {
  return (
    <Radix.Root open={open} onOpenChange={(o) => !o && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className={scrim} />
        <div className="pointer-events-none fixed inset-0 z-50 flex items-start justify-center overflow-hidden p-3 pt-[8vh]">
          <Radix.Content
            onOpenAutoFocus={intoFirst}
            onPointerDownOutside={keep(sticky)}
            className={cx("anim-rise pointer-events-auto flex max-h-[84vh] w-full flex-col rounded-lg border bg-raised shadow-float focus:outline-none", widths[width])}
          >
            <Body {...body} />
          </Radix.Content>
        </div>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** A panel at the right edge, for reading beside the page. */
export function Drawer({ open, onClose, width = "md", sticky, ...body }: Panel & { width?: keyof typeof widths }) {
  return (
    <Radix.Root open={open} onOpenChange={(o) => !o && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className={scrim} />
        <Radix.Content
          onOpenAutoFocus={intoPanel}
          onPointerDownOutside={keep(sticky)}
          className={cx("anim-slide fixed inset-y-0 right-0 z-50 flex w-full flex-col border-l bg-raised shadow-float focus:outline-none", widths[width])}
        >
          <Body {...body} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** Asks once, and names what will be lost. `typed` must be typed by the person where the loss is big. */
export function Confirm({ open, onClose, onConfirm, title, children, action, busy, danger = true, error }: {
  open: boolean;
  onClose: () => void;
  onConfirm: () => void;
  title: string;
  children?: ReactNode;
  action: string;
  busy?: boolean;
  danger?: boolean;
  error?: ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <Dialog
      open={open}
      onClose={onClose}
      width="sm"
      title={title}
      onSubmit={onConfirm}
      footer={
        <>
          <Button onClick={onClose}>{t("kit.cancel")}</Button>
          <Button type="submit" variant={danger ? "danger" : "primary"} busy={busy}>{action}</Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 text-muted">{children}{error}</div>
    </Dialog>
  );
}
