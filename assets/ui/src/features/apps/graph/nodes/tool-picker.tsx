import { Check, Wrench } from "lucide-react";
import { useState } from "react";
import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import { tools } from "@/api/console";
import { datasets } from "@/api/knowledge";
import { keys } from "@/api/keys";
import type { ToolView } from "@/api/types";
import { useRead } from "@/api/use";
import { match } from "@/lib/match";
import type { Scope } from "@/lib/scope";
import { ValueOrVariable } from "@/parts/variables/value-field";
import { SelectorField } from "@/parts/variables/selector-field";
import { TemplateEditor } from "@/parts/variables/template-editor";
import { sayText } from "@/text/say";
import { AppIcon, ErrorState, Field, Popover, SearchInput, Select, SkeletonRows } from "@/ui";
import type { Data } from "../node-view";
import type { ToolParam } from "./tools";
import { acceptsOf, isMixed, onlyVariable, readArg, typeOfParam, writeArg } from "./tools";

export function useTools() {
  const list = useRead(keys.tools, tools, { stale: 15_000 });
  return { ...list, all: list.data?.data ?? [] };
}

export const toolLabel = (v: ToolView): string => sayText(v.label) || v.name;
export const providerLabel = (v: ToolView): string => sayText(v.provider_label) || v.provider;

export function ToolIcon({ tool: v }: { tool: ToolView | undefined }) {
  if (v && v.icon !== "") return <AppIcon icon={v.icon} color={v.icon_color} size="xs" />;
  return <span className="flex size-5 shrink-0 items-center justify-center rounded-sm bg-sunken text-muted"><Wrench size={12} aria-hidden /></span>;
}

const toolTypes = ["builtin", "api", "mcp", "workflow", "app"] as const;

/** Chooses a tool of the site, by provider. used are marked. */
export function ToolPicker({ trigger, onPick, label, used }: { trigger: ReactElement; onPick: (v: ToolView) => void; label: string; used?: (v: ToolView) => boolean }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [q, setQ] = useState("");
  const list = useTools();
  const groups = new Map<string, ToolView[]>();
  for (const v of list.all) {
    if (!match(q, v.name, toolLabel(v), providerLabel(v), v.description)) continue;
    const kind = toolTypes.find((x) => x === v.type);
    const group = `${providerLabel(v)}${kind && kind !== "builtin" ? ` · ${t(`tools.type.${kind}`)}` : ""}`;
    groups.set(group, [...(groups.get(group) ?? []), v]);
  }
  return (
    <Popover flush align="start" width="lg" label={label} open={open} onOpen={(o) => { setOpen(o); setQ(""); }} trigger={trigger}>
      <div className="sticky top-0 z-10 border-b bg-raised p-2"><SearchInput block value={q} onChange={setQ} label={t("tools.search")} /></div>
      <div className="max-h-96 overflow-y-auto p-1.5">
        {list.isPending ? (
          <div className="p-2"><SkeletonRows count={4} height={32} /></div>
        ) : list.isError ? (
          <ErrorState compact error={list.error} onRetry={() => void list.refetch()} />
        ) : groups.size === 0 ? (
          <p className="px-2 py-4 text-center text-sm text-muted">{q === "" ? t("agent.noTools") : t("palette.none")}</p>
        ) : (
          [...groups].map(([name, all]) => (
            <div key={name} role="group" aria-label={name}>
              <div className="truncate px-2 pt-2 pb-1 text-xs text-faint" title={name}>{name}</div>
              {all.map((v) => (
                <button
                  key={`${v.type}/${v.provider}/${v.name}`}
                  type="button"
                  onClick={() => {
                    setOpen(false);
                    onPick(v);
                  }}
                  className="flex w-full items-start gap-2 rounded-sm px-2 py-1.5 text-left hover:bg-hover focus-visible:bg-hover"
                >
                  <ToolIcon tool={v} />
                  <span className="min-w-0 flex-1">
                    <span className="flex items-baseline gap-1.5"><span className="truncate">{toolLabel(v)}</span><code className="truncate font-mono text-xs text-faint">{v.name}</code></span>
                    <span className="line-clamp-2 text-xs text-muted">{v.description}</span>
                  </span>
                  {used?.(v) && <Check size={14} aria-label={t("tools.used")} role="img" className="mt-1 shrink-0 text-accent-text" />}
                </button>
              ))}
            </div>
          ))
        )}
      </div>
    </Popover>
  );
}

/** The argument of one parameter of a tool: words with variables, a constant of its type, or a variable. undefined: none. */
export function ArgField({ param: p, value, onChange, scope, bare }: { param: ToolParam; value: unknown; onChange: (arg: Data | undefined) => void; scope: Scope; /** Without its label, which stands elsewhere. */ bare?: boolean }) {
  const { t } = useTranslation();
  const label = sayText(p.label) || p.name;
  const now = readArg(value);
  const placeholder = p.default === null || p.default === undefined || p.default === "" ? undefined : t("tools.default", { value: String(p.default) });
  const field = onlyVariable(p) ? (
    <SelectorField clearable scope={scope} label={label} accepts={acceptsOf(p)} value={now.kind === "variable" ? now.selector : []} onChange={(s) => onChange(s.length === 0 ? undefined : writeArg(p, { kind: "variable", selector: s }))} />
  ) : p.type === "dataset" ? (
    <DatasetField label={label} value={now.kind === "constant" && typeof now.value === "string" ? now.value : ""} onChange={(id) => onChange({ type: "constant", value: id })} />
  ) : isMixed(p) ? (
    <TemplateEditor
      rows={p.type === "text" ? 3 : 1}
      scope={scope}
      label={label}
      placeholder={placeholder}
      value={now.kind === "variable" ? (now.selector.length > 0 ? `{{#${now.selector.join(".")}#}}` : "") : now.value === undefined || now.value === null ? "" : typeof now.value === "string" ? now.value : JSON.stringify(now.value)}
      onChange={(s) => onChange(writeArg(p, { kind: "constant", value: s }))}
    />
  ) : (
    <ValueOrVariable scope={scope} label={label} type={typeOfParam(p)} accepts={acceptsOf(p)} placeholder={placeholder} options={(p.options ?? []).length > 0 ? (p.options ?? []).map((o) => ({ value: o, label: o })) : undefined} value={now} onChange={(v) => onChange(writeArg(p, v))} />
  );
  if (bare) return field;
  return <Field label={label} optional={!p.required} hint={p.description || undefined}>{field}</Field>;
}

function DatasetField({ label, value, onChange }: { label: string; value: string; onChange: (id: string) => void }) {
  const { t } = useTranslation();
  const list = useRead(keys.datasets.list({ q: "", tag: "" }), () => datasets.list({ q: "", tag: "" }));
  const all = list.data?.data ?? [];
  const known = all.some((d) => d.id === value);
  return <Select label={label} value={value} onChange={onChange} placeholder={t("nodes.chooseDataset")} options={[...all.map((d) => ({ value: d.id, label: d.name })), ...(known || value === "" ? [] : [{ value, label: t("know.gone") }])]} />;
}
