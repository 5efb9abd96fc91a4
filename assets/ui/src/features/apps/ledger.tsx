import { useTranslation } from "react-i18next";
import type { Spent } from "@/api/types";
import { duration } from "@/lib/format";
import { cx } from "@/ui/cx";
import { share } from "./numbers";

const looks = {
  queue: "bg-line-strong",
  dns: "bg-chart-5",
  connect: "bg-chart-4",
  tls: "bg-chart-3",
  wait: "bg-chart-2",
  tokens: "bg-chart-1",
  tools: "bg-chart-6",
  person: "bg-track",
  overhead: "bg-faint",
} as const;

const names = ["queue", "dns", "connect", "tls", "wait", "tokens", "tools", "person", "overhead"] as const;

/** Where the time of a run went: one bar, and the same in words. Each instant is counted once. */
export function Ledger({ list }: { list: readonly Spent[] }) {
  const { t, i18n } = useTranslation();
  const parts = names.flatMap((n) => list.filter((x) => x.what === n).map((x) => ({ name: n, seconds: x.seconds })));
  const whole = parts.reduce((n, x) => n + x.seconds, 0);
  if (whole <= 0) return null;
  return (
    <section aria-label={t("ledger.title")}>
      <h3 className="mb-2 flex items-baseline justify-between gap-3 font-semibold">{t("ledger.title")}<span className="text-sm font-normal text-muted tabular-nums">{duration(whole, i18n.language)}</span></h3>
      <div aria-hidden className="flex h-2.5 gap-px overflow-hidden rounded-full bg-sunken">
        {parts.map((p) => <div key={p.name} className={looks[p.name]} style={{ width: `${(p.seconds / whole) * 100}%`, minWidth: 2 }} />)}
      </div>
      <ul className="mt-2 grid grid-cols-[repeat(auto-fill,minmax(200px,1fr))] gap-x-6">
        {parts.map((p) => (
          <li key={p.name} title={t(`ledger.${p.name}Text`)} className="flex min-h-7 items-center gap-2 text-sm">
            <span aria-hidden className={cx("size-2.5 shrink-0 rounded-sm", looks[p.name])} />
            <span className="min-w-0 flex-1 truncate">{t(`ledger.${p.name}`)}</span>
            <span className="text-muted tabular-nums">{duration(p.seconds, i18n.language)}</span>
            <span className="w-11 text-right text-xs text-faint tabular-nums">{share(p.seconds / whole, i18n.language)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
