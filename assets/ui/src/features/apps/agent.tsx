import { Trash2, Wrench } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Agent, AgentTool, ModelRow, ToolView } from "@/api/types";
import type { Draft } from "@/lib/settings";
import { ToolIcon } from "@/parts/tools/tool-icon";
import { lacking, ToolParams } from "@/parts/tools/tool-params";
import { MissingTool, ToolPicker } from "@/parts/tools/tool-picker";
import { sayText } from "@/text/say";
import { findTool, means, toolName, useTools } from "@/parts/tools/tools";
import { Badge, Card, Disclosure, EmptyState, ErrorState, Field, IconButton, NumberInput, Section, SkeletonRows, Switch } from "@/ui";

const MOST = 99;
const FIRST = 10;
const start: Agent = { strategy: "function_call", max_iterations: FIRST, tools: [] };

/** How an agent thinks, and with which tools. */
export function AgentSection({ settings, set, model }: { settings: Draft; set: (part: Partial<Draft>) => void; model: ModelRow | undefined }) {
  const { t } = useTranslation();
  const calls = Boolean(model?.model.abilities.tools);
  const agent: Agent = { ...start, ...settings.agent };
  const mine = agent.tools ?? [];
  const change = (part: Partial<Agent>): void => set({ agent: { ...agent, tools: mine, ...part } });
  return (
    <Section id="agent" title={t("agent.title")} purpose={t("agent.text")}>
      <Card pad={false}>
        <div className="divide-y">
          <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-1 px-4 py-3">
            <div className="min-w-0 flex-1 basis-72">
              <p>{t("agent.strategy")}</p>
              <p className="text-xs text-faint">{model ? t(calls ? "agent.whyCall" : "agent.whyReact", { model: model.model.name }) : t("agent.whyNone")}</p>
            </div>
            {model && <Badge tone={calls ? "ok" : "neutral"}>{calls ? t("agent.call") : "ReAct"}</Badge>}
          </div>
          <div className="px-4 py-3">
            <Field inline label={t("agent.most")} hint={t("agent.mostText")}>
              <div className="w-20"><NumberInput value={agent.max_iterations || FIRST} min={1} max={MOST} onChange={(n) => n !== null && change({ max_iterations: Math.round(n) })} /></div>
            </Field>
          </div>
        </div>
      </Card>
      <Tools mine={mine} change={(tools) => change({ tools })} />
    </Section>
  );
}

function Tools({ mine, change }: { mine: AgentTool[]; change: (tools: AgentTool[]) => void }) {
  const { t } = useTranslation();
  const list = useTools();
  const pick = (v: ToolView): void => {
    const old = mine.find((x) => means(x, v));
    if (old) return change(old.enabled ? mine.filter((x) => x !== old) : mine.map((x) => (x === old ? { ...x, enabled: true } : x)));
    change([...mine, { enabled: true, type: v.type, provider: v.provider, name: v.name, label: toolName(v), params: {} }]);
  };
  return (
    <>
      <div className="mt-4 mb-2 flex items-center justify-between gap-3">
        <h3 className="font-medium">{t("agent.tools")} {mine.length > 0 && <span className="ml-1 text-xs font-normal text-faint tabular-nums">{mine.length}</span>}</h3>
        <ToolPicker many label={t("tool.add")} chosen={mine.filter((x) => x.enabled)} onPick={pick} />
      </div>
      {list.isPending ? (
        <SkeletonRows count={2} />
      ) : list.isError ? (
        <ErrorState compact error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <Card pad={false}>
          {mine.length === 0 ? (
            <EmptyState compact icon={Wrench} title={t("agent.noTools")}>{t("agent.noToolsText")}</EmptyState>
          ) : (
            <ul className="divide-y" aria-label={t("agent.tools")}>
              {mine.map((x) => (
                <ToolRow key={`${x.type}/${x.provider}/${x.name}`} tool={findTool(list.rows, x)} set={x} onChange={(next) => change(mine.map((y) => (y === x ? next : y)))} onRemove={() => change(mine.filter((y) => y !== x))} />
              ))}
            </ul>
          )}
        </Card>
      )}
    </>
  );
}

function ToolRow({ tool: v, set: x, onChange, onRemove }: { tool: ToolView | undefined; set: AgentTool; onChange: (next: AgentTool) => void; onRemove: () => void }) {
  const { t } = useTranslation();
  const name = (v && toolName(v)) || x.label || x.name;
  const values = x.params ?? {};
  const missing = v ? lacking(v, values, true) : [];
  return (
    <li className="px-4 py-2.5">
      <div className="flex items-start gap-3">
        <ToolIcon type={v?.type ?? x.type} provider={v?.provider ?? x.provider} icon={v?.icon ?? ""} color={v?.icon_color ?? ""} />
        <div className="min-w-0 flex-1">
          <p className="flex flex-wrap items-center gap-x-2"><span className="truncate">{name}</span> <code className="truncate font-mono text-xs text-faint">{x.name}</code></p>
          {v ? <p className="line-clamp-2 text-xs text-muted">{sayText(v.about)}</p> : <MissingTool name={x.provider} />}
        </div>
        {v && missing.length > 0 && x.enabled && <Badge tone="warn">{t("tool.lacking")}</Badge>}
        <Switch label={name} checked={x.enabled} onChange={(enabled) => onChange({ ...x, enabled })} />
        <IconButton icon={Trash2} size="sm" label={t("agent.remove", { name })} onClick={onRemove} />
      </div>
      {v && x.enabled && v.params.length > 0 && (
        <div className="mt-2 pl-10">
          <Disclosure summary={t("tool.params", { count: v.params.length })} open={missing.length > 0}>
            <ToolParams auto tool={v} values={values} onChange={(params) => onChange({ ...x, params })} />
          </Disclosure>
        </div>
      )}
    </li>
  );
}
