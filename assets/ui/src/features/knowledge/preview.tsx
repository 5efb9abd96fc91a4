import { Layers } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { asApiError } from "@/api/client";
import type { ApiError } from "@/api/client";
import { datasets } from "@/api/knowledge";
import type { Preview, PreviewInput } from "@/api/types";
import { Badge, EmptyState, ErrorNote, SkeletonRows } from "@/ui";

const WAIT = 350; // milliseconds after the last change

/** What a document would be cut into, again after every change. */
export function PreviewPane({ ask, name }: { ask: PreviewInput | null; name: string }) {
  const { t } = useTranslation();
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
  return (
    <section aria-label={t("wiz.preview")} aria-busy={busy}>
      <p className="mb-2 flex flex-wrap items-baseline gap-x-2 text-sm text-muted"><span className="min-w-0 truncate font-medium text-text">{t("wiz.previewOf", { name })}</span>{got && !error && <span>{t("wiz.previewCount", { count: got.total, n: got.total, tokens: got.tokens, longest: got.longest })}</span>}</p>
      {error ? (
        <ErrorNote error={error} />
      ) : !got ? (
        <SkeletonRows count={4} height={96} />
      ) : (
        <ol className={`flex flex-col gap-2 transition-opacity ${busy ? "opacity-50" : ""}`}>
          {list.map((c, i) => (
            <li key={i} className="rounded-md border bg-surface px-3 py-2">
              <p className="flex flex-wrap items-center gap-2 text-xs text-faint">
                <Badge tone="accent">#{i + 1}</Badge>
                {c.page ? <span>{t("hit.page", { n: c.page })}</span> : null}
                <span>{t("wiz.tokens", { n: c.tokens })}</span>
                <span className="min-w-0 truncate">{(c.heading ?? []).join(" › ")}</span>
              </p>
              <p className="mt-1 line-clamp-6 text-sm leading-6 whitespace-pre-wrap [overflow-wrap:anywhere]">{c.content}</p>
              {c.answer && <p className="mt-1 border-t pt-1 text-sm text-muted [overflow-wrap:anywhere]">{c.answer}</p>}
              {(c.children ?? []).length > 0 && <ul className="mt-2 flex flex-col gap-1 border-l-2 pl-2">{(c.children ?? []).slice(0, 8).map((k, j) => <li key={j} className="line-clamp-2 text-xs text-muted">{k}</li>)}</ul>}
            </li>
          ))}
          {got.total > list.length && <li className="text-center text-xs text-faint">{t("wiz.previewFirst", { n: list.length })}</li>}
        </ol>
      )}
    </section>
  );
}
