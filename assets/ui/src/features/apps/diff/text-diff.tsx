import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { folded, lineDiff, sideBySide } from "@/lib/line-diff";
import type { DiffLine } from "@/lib/line-diff";
import { cx } from "@/ui/cx";

export type DiffLook = "inline" | "columns";

const tones = { same: "", added: "bg-ok-soft text-ok-text", removed: "bg-danger-soft text-danger-text" } as const;
const signs = { same: " ", added: "+", removed: "−" } as const;

/** Two texts, with what came and what went. Long stretches that are the same are folded. */
export function TextDiff({ before, after, look }: { before: string; after: string; look: DiffLook }) {
  const { t } = useTranslation();
  const lines = useMemo(() => lineDiff(before, after), [before, after]);
  const box = "overflow-hidden rounded border bg-code font-mono text-xs leading-5";
  const gap = (n: number, key: number) => <div key={key} className="border-y border-line/60 bg-sunken/60 px-2 text-center text-faint select-none">{t("diff.same", { count: n })}</div>;
  if (look === "inline")
    return (
      <div className={box}>
        {folded(lines, (l) => l.kind === "same").map((l, i) => (typeof l === "number" ? gap(l, i) : <Line key={i} line={l} />))}
      </div>
    );
  return (
    <div className={box}>
      {folded(sideBySide(lines), (r) => r.left?.kind === "same").map((r, i) =>
        typeof r === "number" ? (
          gap(r, i)
        ) : (
          <div key={i} className="grid grid-cols-2 divide-x divide-line/60">
            {r.left ? <Line line={r.left} /> : <div className="bg-sunken/40" />}
            {r.right ? <Line line={r.right} /> : <div className="bg-sunken/40" />}
          </div>
        ),
      )}
    </div>
  );
}

function Line({ line: l }: { line: DiffLine }) {
  const { t } = useTranslation();
  return (
    <div className={cx("flex min-w-0 gap-1.5 px-2", tones[l.kind])}>
      <span aria-hidden className="w-2 shrink-0 text-center select-none">{signs[l.kind]}</span>
      {l.kind !== "same" && <span className="sr-only">{t(`diff.${l.kind}`)}</span>}
      <span className="min-w-0 flex-1 whitespace-pre-wrap [overflow-wrap:anywhere]">{l.text || "\u00a0"}</span>
    </div>
  );
}
