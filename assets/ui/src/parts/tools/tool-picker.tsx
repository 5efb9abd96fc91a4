import { Link } from "@tanstack/react-router";
import { Check, Plus, TriangleAlert } from "lucide-react";
import type { ReactElement } from "react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ToolView } from "@/api/types";
import { Badge, Button, ErrorState, Popover, SearchInput, SkeletonRows } from "@/ui";
import { cx } from "@/ui/cx";
import { textLink } from "@/ui/link";
import { sayText } from "@/text/say";
import { ToolIcon } from "./tool-icon";
import { groups, means, toolName, useTools } from "./tools";
import type { ToolRef } from "./tools";

/** Chooses a tool among all of the site, grouped by where they come from. `chosen` are marked; `many` keeps it open after a choice. */
export function ToolPicker({ chosen, onPick, label, trigger, many, align = "end" }: {
  chosen: ToolRef[];
  onPick: (tool: ToolView) => void;
  label: string;
  trigger?: ReactElement;
  many?: boolean;
  align?: "start" | "end";
}) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <Popover
      flush
      width="lg"
      label={label}
      align={align}
      open={open}
      onOpen={setOpen}
      trigger={trigger ?? <Button icon={Plus} size="sm">{t("tool.add")}</Button>}
    >
      <ToolList
        chosen={chosen}
        onPick={(v) => {
          if (!many) setOpen(false);
          onPick(v);
        }}
      />
    </Popover>
  );
}

/** The list inside of the picker, for whoever has a place of their own for it. */
export function ToolList({ chosen, onPick }: { chosen: ToolRef[]; onPick: (tool: ToolView) => void }) {
  const { t } = useTranslation();
  const [q, setQ] = useState("");
  const { rows, isPending, error, refetch } = useTools();
  const found = groups(rows, q);
  return (
    <>
      <div className="sticky top-0 z-10 border-b bg-raised p-2"><SearchInput block value={q} onChange={setQ} label={t("tool.search")} /></div>
      <div className="max-h-96 overflow-y-auto p-1.5">
        {isPending ? (
          <div className="p-2"><SkeletonRows count={4} height={28} /></div>
        ) : error ? (
          <ErrorState compact error={error} onRetry={() => void refetch()} />
        ) : found.length === 0 ? (
          <p className="px-2 py-4 text-center text-sm text-muted">{t("tool.noneFound")}</p>
        ) : (
          found.map((g) => (
            <div key={g.key} role="group" aria-label={g.kind === "workflow" ? t("tool.kind.workflow") : g.label}>
              <div className="flex items-center gap-2 px-2 pt-2 pb-1 text-xs text-faint">
                <span className="min-w-0 truncate">{g.kind === "workflow" ? t("tool.kind.workflow") : g.label}</span>
                {(g.kind === "api" || g.kind === "mcp") && <Badge>{t(`tool.kind.${g.kind}`)}</Badge>}
              </div>
              {g.tools.map((v) => {
                const on = chosen.some((c) => means(c, v));
                return (
                  <button key={`${v.provider}/${v.name}`} type="button" aria-pressed={on} onClick={() => onPick(v)} className="flex min-h-9 w-full items-center gap-2 rounded-sm px-2 py-1 text-left hover:bg-hover focus-visible:bg-hover">
                    <ToolIcon type={v.type} provider={v.provider} icon={v.icon} color={v.icon_color} size="xs" />
                    <span className="min-w-0 flex-1">
                      <span className="block truncate">{toolName(v)}</span>
                      {v.description && <span className="block truncate text-xs text-faint" title={sayText(v.about)}>{sayText(v.about)}</span>}
                    </span>
                    <Check size={14} aria-hidden className={cx("shrink-0", on ? "text-accent-text" : "invisible")} />
                  </button>
                );
              })}
            </div>
          ))
        )}
      </div>
      <p className="border-t px-3 py-2 text-xs text-muted">
        {t("tool.moreText")} <Link to="/tools" className={textLink}>{t("tool.more")}</Link>
      </p>
    </>
  );
}

/** Says that a tool which is set up is not on this site, and where it can be added. */
export function MissingTool({ name }: { name: string }) {
  const { t } = useTranslation();
  return (
    <p className="flex items-start gap-1.5 text-xs text-warn-text">
      <TriangleAlert size={13} aria-hidden className="mt-0.5 shrink-0" />
      <span>{t("tool.missing", { name })} <Link to="/tools" className={textLink}>{t("tool.more")}</Link></span>
    </p>
  );
}
