import { useTranslation } from "react-i18next";
import { count } from "@/lib/format";
import { Button } from "@/ui";

/** The pages of a list that is longer than one. */
export function Pager({ page, size, total, onPage }: { page: number; size: number; total: number; onPage: (n: number) => void }) {
  const { t, i18n } = useTranslation();
  if (total <= size) return null;
  const n = (x: number): string => count(x, i18n.language);
  return (
    <nav aria-label={t("know.pages")} className="mt-3 flex items-center justify-end gap-2 text-sm text-muted">
      <span className="mr-auto tabular-nums" role="status">{t("know.range", { from: n((page - 1) * size + 1), to: n(Math.min(total, page * size)), all: n(total) })}</span>
      <Button size="sm" disabled={page <= 1} onClick={() => onPage(page - 1)}>{t("know.prev")}</Button>
      <Button size="sm" disabled={page * size >= total} onClick={() => onPage(page + 1)}>{t("know.next")}</Button>
    </nav>
  );
}
