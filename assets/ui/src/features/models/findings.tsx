import { CircleCheck, CircleMinus, CircleX, Info, LoaderCircle, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Finding } from "@/api/types";
import { sayText } from "@/text/say";
import { cx } from "@/ui/cx";
import { Disclosure } from "@/ui";

const looks = {
  ok: { icon: CircleCheck, tone: "text-ok-text", word: "finding.ok" },
  warn: { icon: TriangleAlert, tone: "text-warn-text", word: "finding.warn" },
  fail: { icon: CircleX, tone: "text-danger-text", word: "finding.fail" },
  skip: { icon: CircleMinus, tone: "text-faint", word: "finding.skip" },
  info: { icon: Info, tone: "text-muted", word: "finding.info" },
} as const;
const statuses = ["ok", "warn", "fail", "skip", "info"] as const;

/** Every check of the probe as a sentence, with its state; the bytes it rests on can be opened. */
export function Findings({ list, running }: { list: Finding[]; running: boolean }) {
  const { t } = useTranslation();
  const skipped = list.filter((f) => f.status === "skip");
  return (
    <ol aria-label={t("finding.list")} aria-live="polite" aria-busy={running} className="flex flex-col rounded-md border bg-surface">
      {list.filter((f) => f.status !== "skip").map((f) => {
        const { icon: Icon, tone, word } = looks[statuses.find((s) => s === f.status) ?? "info"];
        return (
          <li key={f.check} className="anim-fade flex gap-2.5 border-b px-3 py-2 last:border-b-0">
            <Icon size={16} role="img" aria-label={t(word)} className={cx("mt-[3px] shrink-0", tone)} />
            <div className="min-w-0 flex-1">
              <p className="[overflow-wrap:anywhere]">{sayText(f.text)}</p>
              {f.raw && (
                <Disclosure summary={<span className="text-xs">{t("finding.raw")}</span>}>
                  <pre tabIndex={0} className="max-h-56 overflow-auto rounded border bg-code p-2 font-mono text-xs whitespace-pre-wrap [overflow-wrap:anywhere]">{f.raw}</pre>
                </Disclosure>
              )}
            </div>
            {f.ms > 0 && <span className="shrink-0 text-xs leading-[22px] text-faint tabular-nums">{f.ms} ms</span>}
          </li>
        );
      })}
      {skipped.length > 0 && !running && (
        <li className="px-3 py-2">
          <Disclosure summary={t("finding.skipped", { count: skipped.length })}>
            <ul className="flex flex-col gap-1 pl-5 text-sm text-muted">
              {skipped.map((f) => <li key={f.check}><code className="font-mono text-xs">{f.check}</code> {sayText(f.text)}</li>)}
            </ul>
          </Disclosure>
        </li>
      )}
      {running && (
        <li className="flex items-center gap-2.5 px-3 py-2 text-muted">
          <LoaderCircle size={16} aria-hidden className="animate-spin" />
          {t("finding.running")}
        </li>
      )}
    </ol>
  );
}
