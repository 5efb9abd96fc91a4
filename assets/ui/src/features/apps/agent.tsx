import { Trash2, Wrench } from "lucide-react";
import { useTranslation } from "react-i18next";
import { tools } from "@/api/console";
import { keys } from "@/api/keys";
import type { Agent, AgentTool, ModelRow, ToolView } from "@/api/types";
import { useRead } from "@/api/use";
import type { Draft } from "@/lib/settings";
import { sayText } from "@/text/say";
import { Badge, Card, Disclosure, EmptyState, ErrorState, Field, IconButton, Input, NumberInput, Section, SkeletonRows, Switch } from "@/ui";

const MOST = 99;
const FIRST = 10;
const start: Agent = { strategy: "function_call", max_iterations: FIRST, tools: [] };

/** How an agent thinks, and with which tools. */
export function AgentSection({ settings, set, model }: { settings: Draft; set: (part: Partial<Draft>) => void; model: ModelRow | undefined }) {
  const { t } = useTranslation();
  const calls = Boolean(model?.model.abilities.tools);
  const agent: Agent = { ...start, ...settings.agent };
  const list = useRead(keys.tools, tools);
  const mine = agent.tools ?? [];
  const change = (part: Partial<Agent>): void => set({ agent: { ...agent, tools: mine, ...part } });
  const of = (v: ToolView): AgentTool | undefined => mine.find((x) => x.name === v.name && x.provider.split("/").at(-1) === v.provider);
  const others = mine.filter((x) => !(list.data?.data ?? []).some((v) => v.name === x.name && x.provider.split("/").at(-1) === v.provider));
  const put = (old: AgentTool | undefined, next: AgentTool): void => change({ tools: old ? mine.map((x) => (x === old ? next : x)) : [...mine, next] });
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
      <h3 className="mt-4 mb-2 font-medium">{t("agent.tools")}</h3>
      {list.isPending ? (
        <SkeletonRows count={3} />
      ) : list.isError ? (
        <ErrorState compact error={list.error} onRetry={() => void list.refetch()} />
      ) : list.data.data.length === 0 && others.length === 0 ? (
        <EmptyState compact icon={Wrench} title={t("agent.noTools")} />
      ) : (
        <Card pad={false}>
          <ul className="divide-y" aria-label={t("agent.tools")}>
            {list.data.data.map((v) => <ToolRow key={`${v.provider}/${v.name}`} tool={v} set={of(v)} onChange={(next) => put(of(v), next)} />)}
            {others.map((x) => (
              <li key={`${x.type}/${x.provider}/${x.name}`} className="flex items-center gap-3 px-4 py-2.5">
                <Wrench size={16} aria-hidden className="shrink-0 text-faint" />
                <span className="min-w-0 flex-1 truncate">{x.label || x.name} <span className="text-xs text-faint">{x.provider}</span></span>
                {x.type === "builtin" && <Badge tone="warn">{t("agent.missing")}</Badge>}
                <Switch label={x.label || x.name} checked={x.enabled} onChange={(enabled) => put(x, { ...x, enabled })} />
                <IconButton icon={Trash2} size="sm" label={t("agent.remove", { name: x.label || x.name })} onClick={() => change({ tools: mine.filter((y) => y !== x) })} />
              </li>
            ))}
          </ul>
        </Card>
      )}
    </Section>
  );
}

function ToolRow({ tool: v, set: x, onChange }: { tool: ToolView; set: AgentTool | undefined; onChange: (next: AgentTool) => void }) {
  const { t } = useTranslation();
  const name = sayText(v.label) || v.name;
  const now: AgentTool = x ?? { enabled: false, type: "builtin", provider: v.provider, name: v.name, label: name, params: {} };
  const params = v.params ?? [];
  return (
    <li className="px-4 py-2.5">
      <div className="flex items-start gap-3">
        <Wrench size={16} aria-hidden className="mt-[3px] shrink-0 text-faint" />
        <div className="min-w-0 flex-1">
          <p>{name} <code className="font-mono text-xs text-faint">{v.name}</code></p>
          <p className="text-xs text-muted">{v.description}</p>
        </div>
        <Switch label={name} checked={now.enabled} onChange={(enabled) => onChange({ ...now, enabled })} />
      </div>
      {now.enabled && params.length > 0 && (
        <div className="mt-2 pl-7">
          <Disclosure summary={t("agent.fixed")}>
            <div className="flex flex-col gap-3">
              <p className="text-xs text-faint">{t("agent.fixedText")}</p>
              {params.map((p) => {
                const value = now.params?.[p.name];
                return (
                  <Field key={p.name} label={sayText(p.label) || p.name} hint={p.description}>
                    <Input value={value === undefined || value === null ? "" : String(value)} placeholder={t("agent.modelFills")} onChange={(s) => { const { [p.name]: _old, ...rest } = now.params ?? {}; onChange({ ...now, params: s === "" ? rest : { ...rest, [p.name]: p.type === "number" && Number.isFinite(Number(s)) ? Number(s) : s } }); }} />
                  </Field>
                );
              })}
            </div>
          </Disclosure>
        </div>
      )}
    </li>
  );
}
