import type { ReactNode } from "react";
import { cx } from "./cx";

/** Title, one line what it is for, primary action at the top right, then tools (search, filters), then the content. */
export function Page({ title, purpose, action, tools, children, narrow }: {
  title: string;
  purpose: string;
  action?: ReactNode;
  tools?: ReactNode;
  children: ReactNode;
  narrow?: boolean;
}) {
  return (
    <div className={cx("mx-auto w-full px-4 py-6 sm:px-8", narrow ? "max-w-3xl" : "max-w-6xl")}>
      <header className="mb-5 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h1 className="text-xl font-semibold">{title}</h1>
          <p className="mt-0.5 text-muted">{purpose}</p>
        </div>
        {action && <div className="flex shrink-0 gap-2">{action}</div>}
      </header>
      {tools && <div className="mb-4 flex flex-wrap items-center gap-2">{tools}</div>}
      {children}
    </div>
  );
}

export function Section({ title, purpose, action, children, id }: { title: string; purpose?: ReactNode; action?: ReactNode; children: ReactNode; id?: string }) {
  return (
    <section id={id} className="mb-8" aria-label={title}>
      <header className="mb-2 flex items-end justify-between gap-4">
        <div className="min-w-0">
          <h2 className="text-base font-semibold">{title}</h2>
          {purpose && <p className="text-sm text-muted">{purpose}</p>}
        </div>
        {action}
      </header>
      {children}
    </section>
  );
}

export function Card({ children, pad = true }: { children: ReactNode; pad?: boolean }) {
  return <div className={cx("rounded-lg border bg-surface", pad && "p-4")}>{children}</div>;
}

/** Names and values, one pair a line. */
export function Facts({ rows }: { rows: { name: string; value: ReactNode }[] }) {
  return (
    <dl className="divide-y">
      {rows.map((r) => (
        <div key={r.name} className="flex flex-wrap gap-x-4 gap-y-0.5 py-2 first:pt-0 last:pb-0">
          <dt className="w-40 shrink-0 text-muted">{r.name}</dt>
          <dd className="min-w-0 flex-1 break-words">{r.value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Disclosure({ summary, children, open }: { summary: ReactNode; children: ReactNode; open?: boolean }) {
  return (
    <details open={open} className="group">
      <summary className="flex list-none items-center gap-1.5 rounded text-sm text-muted hover:text-text [&::-webkit-details-marker]:hidden">
        <svg viewBox="0 0 16 16" aria-hidden className="size-3.5 shrink-0 fill-none stroke-current stroke-2 transition-transform group-open:rotate-90"><path d="m6 3.500 4.500 4.500L6 12.500" /></svg>
        {summary}
      </summary>
      <div className="pt-2">{children}</div>
    </details>
  );
}
