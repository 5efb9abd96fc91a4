import { Braces, Brain, Check, ChevronDown, Cpu, Eye, TriangleAlert, Wrench } from "lucide-react";
import type { LucideIcon } from "lucide-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { models } from "@/api/console";
import { keys } from "@/api/keys";
import type { Abilities, ModelRef, ModelRow } from "@/api/types";
import { useRead } from "@/api/use";
import { compact } from "@/lib/format";
import { match } from "@/lib/match";
import { isSet } from "@/lib/settings";
import { Badge, ErrorState, Popover, SearchInput, SkeletonRows } from "@/ui";
import { cx } from "@/ui/cx";
import { textLink } from "@/ui/link";

const abilities = [
  ["vision", Eye],
  ["tools", Wrench],
  ["json_schema", Braces],
  ["reasoning", Brain],
] as const satisfies readonly (readonly [keyof Abilities, LucideIcon])[];

export function AbilityBadges({ of, size = 0, words }: { of: Abilities; size?: number; words?: boolean }) {
  const { t } = useTranslation();
  return (
    <span className="inline-flex flex-wrap items-center gap-1">
      {abilities.filter(([name]) => of[name]).map(([name, Icon]) =>
        words ? <Badge key={name} icon={Icon}>{t(`ability.${name}`)}</Badge> : (
          <span key={name} title={t(`ability.${name}`)} className="flex size-5 items-center justify-center rounded-sm bg-sunken text-muted">
            <Icon size={12} role="img" aria-label={t(`ability.${name}`)} />
          </span>
        ),
      )}
      {size > 0 && <Badge title={t("models.contextSize")}>{compact(size)}</Badge>}
    </span>
  );
}

export function useModels(kind: string) {
  const list = useRead(keys.models.kind(kind), () => models.list(kind), { stale: 30_000 });
  return { ...list, rows: (list.data?.data ?? []).filter((r) => !r.model.disabled && !r.endpoint_disabled) };
}

export function findModel(rows: ModelRow[], ref: ModelRef | null | undefined): ModelRow | undefined {
  return isSet(ref) ? rows.find((r) => r.model.endpoint_id === ref.endpoint_id && r.model.name === ref.name) : undefined;
}

/** Chooses a model, grouped by the endpoint that serves it. `none` offers to choose nothing, in these words. */
export function ModelPicker({ kind, value, onChange, label, none, block }: {
  kind: string;
  value: ModelRef | null;
  onChange: (m: ModelRef | null) => void;
  label: string;
  none?: string;
  block?: boolean;
}) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [q, setQ] = useState("");
  const { rows, isPending, error, refetch } = useModels(kind);
  const now = findModel(rows, value);
  const lost = isSet(value) && !now && !isPending && !error;
  const groups = new Map<string, ModelRow[]>();
  for (const r of rows) if (match(q, r.model.name, r.endpoint_name)) groups.set(r.endpoint_name, [...(groups.get(r.endpoint_name) ?? []), r]);
  const pick = (m: ModelRef | null): void => {
    setOpen(false);
    onChange(m);
  };
  return (
    <Popover
      flush
      width="lg"
      label={label}
      align={block ? "start" : "end"}
      open={open}
      onOpen={(o) => {
        setOpen(o);
        setQ("");
      }}
      trigger={
        <button
          type="button"
          aria-label={`${label}: ${isSet(value) ? value.name : (none ?? t("model.choose"))}`}
          className={cx("inline-flex h-8 min-w-0 items-center gap-2 rounded border bg-surface px-2.5 transition-colors hover:bg-hover", block ? "w-full" : "max-w-80", lost ? "border-warn-line text-warn-text" : "border-line-strong")}
        >
          {lost ? <TriangleAlert size={15} aria-hidden className="shrink-0" /> : <Cpu size={15} aria-hidden className="shrink-0 text-faint" />}
          <span className={cx("min-w-0 flex-1 truncate text-left", !isSet(value) && "text-faint")}>{isSet(value) ? value.name : (none ?? t("model.choose"))}</span>
          {now && <span className="shrink-0 max-xl:hidden"><AbilityBadges of={now.model.abilities} /></span>}
          <ChevronDown size={14} aria-hidden className="shrink-0 text-faint" />
        </button>
      }
    >
      <div className="sticky top-0 z-10 border-b bg-raised p-2"><SearchInput block value={q} onChange={setQ} label={t("model.search")} /></div>
      <div className="p-1.5">
        {lost && <p className="px-2 py-1.5 text-sm text-warn-text">{t("model.lost", { name: value.name })}</p>}
        {none !== undefined && (
          <Row on={!isSet(value)} onClick={() => pick(null)}><span className="flex-1 text-muted">{none}</span></Row>
        )}
        {isPending ? (
          <div className="p-2"><SkeletonRows count={3} height={28} /></div>
        ) : error ? (
          <ErrorState compact error={error} onRetry={() => void refetch()} />
        ) : rows.length === 0 ? (
          <p className="px-2 py-4 text-center text-sm text-muted">
            {t("model.none")} <Link to="/models" search={{ add: true }} className={textLink}>{t("apps.connect")}</Link>
          </p>
        ) : groups.size === 0 ? (
          <p className="px-2 py-4 text-center text-sm text-muted">{t("palette.none")}</p>
        ) : (
          [...groups].map(([endpoint, list]) => (
            <div key={endpoint} role="group" aria-label={endpoint}>
              <div className="px-2 pt-2 pb-1 text-xs text-faint">{endpoint}</div>
              {list.map((r) => {
                const on = now?.model.id === r.model.id;
                return (
                  <Row key={r.model.id} on={on} onClick={() => pick({ endpoint_id: r.model.endpoint_id, name: r.model.name })}>
                    <span className="min-w-0 flex-1 truncate text-left" title={r.model.name}>{r.model.name}</span>
                    <AbilityBadges of={r.model.abilities} size={r.model.context_size} />
                  </Row>
                );
              })}
            </div>
          ))
        )}
      </div>
    </Popover>
  );
}

function Row({ on, onClick, children }: { on: boolean; onClick: () => void; children: React.ReactNode }) {
  return (
    <button type="button" aria-pressed={on} onClick={onClick} className="flex min-h-8 w-full items-center gap-2 rounded-sm px-2 py-1 text-left hover:bg-hover focus-visible:bg-hover">
      {children}
      <Check size={14} aria-hidden className={on ? "text-accent-text" : "invisible"} />
    </button>
  );
}
