import type { TFunction } from "i18next";
import { ChevronLeft, ChevronRight, Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { PAGE } from "@/api/console";
import { brief } from "@/lib/fields";
import { logsFile } from "@/api/operate";
import { Button, IconButton, Menu, Select } from "@/ui";

export const sources = ["site", "api", "webhook", "schedule", "tool", "mcp"] as const;
export type Door = (typeof sources)[number];

export function sourceTitle(t: TFunction, s: string): string {
  const k = [...sources, "debug" as const].find((x) => s === x);
  return k ? t(`source.${k}`) : s;
}

export function Pager({ page, total, onPage }: { page: number; total: number; onPage: (n: number) => void }) {
  const { t } = useTranslation();
  const last = Math.max(1, Math.ceil(total / PAGE));
  if (last <= 1) return null;
  return (
    <nav aria-label={t("logs.pages")} className="mt-3 flex items-center justify-end gap-2 text-sm text-muted tabular-nums">
      <IconButton icon={ChevronLeft} label={t("logs.newer")} disabled={page <= 1} onClick={() => onPage(page - 1)} />
      {page}/{last}
      <IconButton icon={ChevronRight} label={t("logs.older")} disabled={page >= last} onClick={() => onPage(page + 1)} />
    </nav>
  );
}

export const periods = ["all", "today", "7", "28", "90"] as const;
export type Period = (typeof periods)[number];

/** Where a period begins, for the server; a day begins when it does for the reader. */
export function since(p: Period): string {
  if (p === "all") return "";
  const d = new Date();
  d.setHours(0, 0, 0, 0);
  if (p !== "today") d.setDate(d.getDate() - Number(p) + 1);
  return d.toISOString();
}

export function PeriodSelect({ value, onChange }: { value: Period; onChange: (p: Period) => void }) {
  const { t } = useTranslation();
  return <div className="w-36"><Select label={t("ops.period")} value={value} onChange={onChange} options={periods.map((p) => ({ value: p, label: t(`period.${p}`) }))} /></div>;
}

/** What the list shows under its filters, as a file. */
export function Export({ app, filter }: { app: string; filter: { [name: string]: string | boolean } }) {
  const { t } = useTranslation();
  return (
    <Menu
      trigger={<Button icon={Download}>{t("ops.export")}</Button>}
      groups={[[
        { id: "csv", label: "CSV", hint: t("ops.csvHint"), href: logsFile(app, "csv", filter) },
        { id: "xlsx", label: "Excel", hint: t("ops.xlsxHint"), href: logsFile(app, "xlsx", filter) },
      ]]}
    />
  );
}

export const inputsText = (v: { [k: string]: unknown } | null | undefined): string => Object.values(v ?? {}).map(brief).join(" · ");
