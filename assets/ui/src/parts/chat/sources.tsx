import { BookOpen, FileText } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Resource } from "@/api/types";
import { Badge, Popover } from "@/ui";
import { textLink } from "@/ui/link";

/** The passages that an answer rests on, as numbered chips; each opens the passage with its document and page. */
export function Sources({ list, link }: { list: Resource[]; link?: ((r: Resource) => string) | undefined }) {
  const { t } = useTranslation();
  if (list.length === 0) return null;
  return (
    <div className="mt-3 flex flex-wrap items-center gap-1.5" role="group" aria-label={t("cite.title")}>
      <span className="flex items-center gap-1 text-xs text-faint"><BookOpen size={13} aria-hidden />{t("cite.title")}</span>
      {list.map((r, i) => <Source key={`${r.segment_id}-${i}`} r={r} n={r.position || i + 1} link={link} />)}
    </div>
  );
}

function Source({ r, n, link }: { r: Resource; n: number; link: ((r: Resource) => string) | undefined }) {
  const { t } = useTranslation();
  const page = r.page ? t("hit.page", { n: r.page }) : "";
  return (
    <Popover
      width="lg"
      align="start"
      label={t("cite.open", { n, name: r.document_name })}
      trigger={
        <button type="button" aria-label={t("cite.open", { n, name: r.document_name })} className="inline-flex h-6 max-w-64 items-center gap-1.5 rounded-full border bg-surface px-2 text-xs transition-colors hover:bg-hover">
          <span className="font-medium text-accent-text tabular-nums">{n}</span>
          <span className="truncate">{r.document_name}</span>
          {page && <span className="shrink-0 text-faint">{page}</span>}
        </button>
      }
    >
      <div className="flex flex-col gap-2">
        <p className="flex items-center gap-1.5 text-sm font-medium"><FileText size={14} aria-hidden className="shrink-0" /><span className="min-w-0 flex-1 [overflow-wrap:anywhere]">{r.document_name}</span>{page && <Badge>{page}</Badge>}</p>
        <p className="text-xs text-faint">{t("cite.from", { name: r.dataset_name })}{r.title && r.title !== r.document_name ? ` · ${r.title}` : ""}</p>
        <p className="max-h-72 overflow-y-auto rounded bg-sunken/60 px-3 py-2 text-sm leading-6 whitespace-pre-wrap [overflow-wrap:anywhere]" tabIndex={0}>{r.content}</p>
        <p className="flex items-center justify-between gap-3 text-xs text-faint">
          <span>{typeof r.score === "number" && <>{t("hit.score")} <span className="tabular-nums">{r.score.toFixed(3)}</span></>}</span>
          {link && r.document_id !== "" && <a className={textLink} href={link(r)}>{t("cite.studio")}</a>}
        </p>
      </div>
    </Popover>
  );
}
