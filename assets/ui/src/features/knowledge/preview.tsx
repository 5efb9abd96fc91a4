import { Layers } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { asApiError } from "@/api/client";
import type { ApiError } from "@/api/client";
import { datasets } from "@/api/knowledge";
import type { Preview, PreviewInput } from "@/api/types";
import { count } from "@/lib/format";
import { Badge, EmptyState, ErrorNote, SkeletonRows, Spinner } from "@/ui";
import { cx } from "@/ui/cx";

const WAIT = 350; // milliseconds after the last change
const CHILDREN = 8; // that are shown of a chunk at first

type PreviewChunk = NonNullable<Preview["chunks"]>[number];

/** What a document would be cut into, again after every change. */
export function PreviewPane({ ask, name }: { ask: PreviewInput | null; name: string }) {
  const { t, i18n } = useTranslation();
  const [got, setGot] = useState<Preview | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const key = JSON.stringify(ask);
  useEffect(() => {
    if (!ask) return;
    let gone = false;
    setBusy(true);
    const timer = setTimeout(() => {
      datasets.preview(ask).then(
        (p) => {
          if (gone) return;
          setGot(p);
          setError(null);
          setBusy(false);
        },
        (err: unknown) => {
          if (gone) return;
          setError(asApiError(err));
          setBusy(false);
        },
      );
    }, WAIT);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
    // ask is a fresh object each time; its text is what counts
  }, [key]);
  if (!ask) return <EmptyState icon={Layers} title={t("wiz.preview")}>{t("wiz.previewNone")}</EmptyState>;
  const list = got?.chunks ?? [];
  const n = (x: number): string => count(x, i18n.language);
  return (
    <section aria-label={t("wiz.preview")} aria-busy={busy}>
      <header className="mb-2 min-h-10">
        <h2 className="flex items-center gap-2 font-medium"><span className="min-w-0 truncate" title={name}>{t("wiz.previewOf", { name })}</span>{busy && <Spinner size={13} />}</h2>
        <p className="text-xs text-faint tabular-nums">{got && !error ? t("wiz.previewCount", { count: got.total, n: n(got.total), tokens: n(got.tokens), longest: n(got.longest) }) : "\u00a0"}</p>
      </header>
      {error && <div className="mb-2"><ErrorNote error={error} /></div>}
      {!got ? (
        !error && <SkeletonRows count={4} height={96} />
      ) : (
        <ol className={cx("flex flex-col gap-2 transition-opacity", (busy || error) && "opacity-50")}>
          {list.map((c, i) => <PreviewRow key={i} c={c} number={i + 1} />)}
          {got.total === 0 && <li className="text-sm text-muted">{t("wiz.previewEmpty")}</li>}
          {got.total > list.length && <li className="text-center text-xs text-faint">{t("wiz.previewFirst", { n: list.length })}</li>}
        </ol>
      )}
    </section>
  );
}

function PreviewRow({ c, number }: { c: PreviewChunk; number: number }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const heading = (c.heading ?? []).join(" › ");
  const children = c.children ?? [];
  const long = c.content.length > 400 || c.content.split("\n").length > 6 || children.length > CHILDREN;
  return (
    <li className="rounded-md border bg-surface px-3 py-2">
      <p className="flex items-center gap-2 text-xs text-faint">
        <Badge tone="accent">#{number}</Badge>
        {c.page ? <span className="shrink-0">{t("hit.page", { n: c.page })}</span> : null}
        <span className="shrink-0 tabular-nums">{t("wiz.tokens", { n: c.tokens })}</span>
        {children.length > 0 && <span className="shrink-0">{t("chunk.children", { count: children.length, n: children.length })}</span>}
        <span className="min-w-0 truncate" title={heading}>{heading}</span>
      </p>
      <p className={cx("mt-1 text-sm leading-6 whitespace-pre-wrap [overflow-wrap:anywhere]", !open && "line-clamp-6")}>{c.content}</p>
      {c.answer && <p className="mt-1 border-t pt-1 text-sm text-muted [overflow-wrap:anywhere]">{c.answer}</p>}
      {children.length > 0 && <ol className="mt-2 flex flex-col gap-1 border-l-2 pl-2">{children.slice(0, open ? undefined : CHILDREN).map((k, j) => <li key={j} className={cx("text-xs whitespace-pre-wrap text-muted", !open && "line-clamp-2")}>{k}</li>)}</ol>}
      {long && <button type="button" aria-expanded={open} onClick={() => setOpen(!open)} className="mt-1 rounded-sm text-xs text-accent-text hover:underline">{t(open ? "chunk.less" : "chunk.more")}</button>}
    </li>
  );
}
