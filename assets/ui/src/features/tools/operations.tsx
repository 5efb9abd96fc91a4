import { useTranslation } from "react-i18next";
import type { OfferedView } from "@/api/types";
import { Badge, Switch } from "@/ui";
import type { BadgeTone } from "@/ui";

const tones: { [method: string]: BadgeTone } = { GET: "ok", HEAD: "ok", POST: "accent", PUT: "warn", PATCH: "warn", DELETE: "danger" };

export function MethodBadge({ method }: { method: string }) {
  return <Badge tone={tones[method] ?? "neutral"}><span className="font-mono">{method}</span></Badge>;
}

/** The operations of a document with a switch for each, before it is saved. */
export function OperationList({ rows, off, setOff }: { rows: OfferedView[]; off: string[]; setOff: (off: string[]) => void }) {
  const { t } = useTranslation();
  return (
    <ul className="max-h-64 divide-y overflow-y-auto rounded border" aria-label={t("toolbox.operations")}>
      {rows.map((o) => (
        <li key={o.name} className="flex items-center gap-3 px-3 py-1.5">
          <span className="w-16 shrink-0"><MethodBadge method={o.method} /></span>
          <span className="min-w-0 flex-1">
            <span className="block truncate text-sm">{o.label.en} {o.deprecated && <Badge tone="warn">{t("toolbox.deprecated")}</Badge>}</span>
            <span className="block truncate font-mono text-xs text-faint">{o.path}</span>
          </span>
          <span className="shrink-0 text-xs text-faint tabular-nums">{t("tool.params", { count: o.params.length })}</span>
          <Switch label={t("toolbox.use", { name: o.name })} checked={!off.includes(o.name)} onChange={(on) => setOff(on ? off.filter((x) => x !== o.name) : [...off, o.name])} />
        </li>
      ))}
    </ul>
  );
}
