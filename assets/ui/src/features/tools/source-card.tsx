import { useTranslation } from "react-i18next";
import type { ToolSource } from "@/api/types";
import { ToolIcon } from "@/parts/tools/tool-icon";
import { kindOf } from "@/parts/tools/tools";
import { sayText } from "@/text/say";
import { Badge } from "@/ui";

export function SourceCard({ source: s, onOpen }: { source: ToolSource; onOpen: () => void }) {
  const { t } = useTranslation();
  const name = sayText(s.label);
  const about = sayText(s.about);
  return (
    <button type="button" onClick={onOpen} className="flex h-full w-full flex-col rounded-lg border bg-surface p-4 text-left transition-shadow hover:border-line-strong hover:shadow-float">
      <span className="flex w-full items-start gap-3">
        <ToolIcon type={s.kind} provider={s.id} icon={s.icon} color={s.icon_color} size="md" />
        <span className="min-w-0 flex-1">
          <span className="block truncate font-medium" title={name}>{name}</span>
          <span className="block truncate text-xs text-faint" title={s.place}>{t(`tool.kind.${kindOf(s.kind)}`)}{s.place && ` · ${s.place}`}</span>
        </span>
      </span>
      <span className="mt-2 line-clamp-2 flex-1 text-sm text-muted">{about}</span>
      <span className="mt-2 flex flex-wrap gap-1.5">
        {s.waits ? <Badge tone="warn">{t("toolbox.waits")}</Badge> : s.kind === "workflow" || s.kind === "app" ? <Badge>{t(`toolbox.is.${s.kind}`)}</Badge> : <Badge>{t("toolbox.count", { count: s.count })}</Badge>}
        {s.off > 0 && <Badge>{t("toolbox.offCount", { count: s.off })}</Badge>}
      </span>
    </button>
  );
}
