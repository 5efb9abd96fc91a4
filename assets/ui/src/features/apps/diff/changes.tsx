import { ArrowRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { FieldChange } from "@/api/inspect";
import { readable } from "@/parts/flow/data";
import { Badge } from "@/ui";
import type { BadgeTone } from "@/ui";
import type { DiffLook } from "./text-diff";
import { TextDiff } from "./text-diff";

export const kinds = ["added", "removed", "changed"] as const;
export type Kind = (typeof kinds)[number];
const tones: Record<Kind, BadgeTone> = { added: "ok", removed: "danger", changed: "warn" };
export const kindOf = (s: string): Kind => kinds.find((k) => k === s) ?? "changed";

export function KindBadge({ kind }: { kind: string }) {
  const { t } = useTranslation();
  const k = kindOf(kind);
  return <Badge tone={tones[k]}>{t(`diff.${k}`)}</Badge>;
}

const SHORT = 60; // characters of a value that stands on the line of its name
const isShort = (v: unknown): boolean => v === null || v === undefined || (typeof v !== "object" && String(v).length <= SHORT && !String(v).includes("\n"));

/** The fields that are not the same, each with what it was and what it is. */
export function Changes({ list, look }: { list: readonly FieldChange[]; look: DiffLook }) {
  return (
    <ul className="flex flex-col gap-2.5">
      {list.map((c) => <li key={c.path}><Change change={c} look={look} /></li>)}
    </ul>
  );
}

function Change({ change: c, look }: { change: FieldChange; look: DiffLook }) {
  const { t } = useTranslation();
  const secret = c.old === c.new; // its values are never shown
  const short = isShort(c.old) && isShort(c.new);
  const say = (v: unknown): string => (v === null || v === undefined || v === "" ? t("result.empty") : readable(v));
  return (
    <div>
      <div className="flex min-h-6 flex-wrap items-center gap-x-2 gap-y-1 text-sm">
        <code className="font-mono text-xs [overflow-wrap:anywhere]">{c.path}</code>
        {c.kind !== "changed" && <KindBadge kind={c.kind} />}
        {secret && <span className="text-xs text-muted">{t("diff.secret")}</span>}
        {!secret && short && (
          <span className="flex min-w-0 flex-wrap items-center gap-1.5 text-xs">
            {c.kind !== "added" && <del className="rounded-sm bg-danger-soft px-1 text-danger-text no-underline [overflow-wrap:anywhere]">{say(c.old)}</del>}
            {c.kind === "changed" && <ArrowRight size={12} aria-hidden className="text-faint" />}
            {c.kind !== "removed" && <ins className="rounded-sm bg-ok-soft px-1 text-ok-text no-underline [overflow-wrap:anywhere]">{say(c.new)}</ins>}
          </span>
        )}
      </div>
      {!secret && !short && <div className="mt-1"><TextDiff before={c.old === null || c.old === undefined ? "" : readable(c.old)} after={c.new === null || c.new === undefined ? "" : readable(c.new)} look={c.kind === "changed" ? look : "inline"} /></div>}
    </div>
  );
}
