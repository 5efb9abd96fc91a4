import { ChevronRight, Plus, X } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { ToolView } from "@/api/types";
import type { Scope } from "@/lib/scope";
import { reference } from "@/lib/scope";
import { RowList } from "@/parts/variables/row-list";
import { TemplateEditor } from "@/parts/variables/template-editor";
import { sayText } from "@/text/say";
import { Badge, Button, Callout, Field, IconButton, NumberInput, Segmented, Switch, Textarea } from "@/ui";
import { ToolIcon } from "@/parts/tools/tool-icon";
import { ToolPicker } from "@/parts/tools/tool-picker";
import { toolName, useTools } from "@/parts/tools/tools";
import type { Data, FormProps } from "../node-view";
import { paramOf, paramsOf, strategies, strategyOf } from "./agent";
import { Form, MemoryPart, ModelField, More, Part, useModelRow, VisionPart } from "./form-parts";
import { merged, number, rec, recs, text } from "./read";
import { ArgField } from "./arg-field";
import type { ToolParam } from "./tools";
import { findTool, newEntry, readArg, refOfEntry, sameTool } from "./tools";

const MOST = 99;
const FIRST = 10;

export default function AgentForm({ app, data, scope, set }: FormProps) {
  const { t } = useTranslation();
  const params = paramsOf(data);
  const strategy = strategyOf(data);
  const put = (name: string, value: unknown): void => set({ agent_parameters: { ...params, [name]: { ...rec(params[name]), type: "constant", value } } });
  const row = useModelRow(paramOf(data, "model"), "model");
  const words = (name: string): string => {
    const v = readArg(params[name]);
    return v.kind === "variable" ? (v.selector.length > 0 ? reference(v.selector) : "") : text(v.value);
  };
  const rounds = number(paramOf(data, "maximum_iterations")) ?? Number(text(paramOf(data, "maximum_iterations")) || FIRST);
  if (data["agent_node_kind"] === "dify_agent") return <Callout tone="warn">{t("nodes.agentBound")}</Callout>;
  return (
    <Form>
      <Part title={t("agent.strategy")} hint={strategy ? t(strategy === "ReAct" ? "nodes.reactText" : "nodes.callText") : undefined}>
        <div>
          <Segmented
            label={t("agent.strategy")}
            value={strategy ?? "none"}
            onChange={(v) => {
              const s = strategies.find((x) => x.value === v);
              if (s) set({ agent_strategy_name: s.value, agent_strategy_label: s.label });
            }}
            options={[{ value: "function_calling", label: t("agent.call") }, { value: "ReAct", label: "ReAct" }]}
          />
        </div>
        {!strategy && <Callout tone="warn">{t("nodes.strategyUnknown", { name: text(data["agent_strategy_label"]) || text(data["agent_strategy_name"]) })}</Callout>}
      </Part>
      <ModelField nameKey="model" value={paramOf(data, "model")} onChange={(model) => put("model", model)} />
      {row && strategy === "function_calling" && !row.model.abilities.tools && <Callout tone="warn">{t("nodes.noTools", { name: row.model.name })}</Callout>}
      <Part title={t("nodes.instruction")} hint={t("nodes.agentInstruction")}>
        <TemplateEditor rows={4} scope={scope} label={t("nodes.instruction")} value={words("instruction")} onChange={(s) => put("instruction", s)} />
      </Part>
      <Part title={t("nodes.agentQuery")} hint={t("nodes.agentQueryText")}>
        <TemplateEditor rows={1} scope={scope} label={t("nodes.agentQuery")} value={words("query")} onChange={(s) => put("query", s)} />
      </Part>
      <Tools entries={recs(paramOf(data, "tools"))} onChange={(tools) => put("tools", tools)} scope={scope} />
      <Field inline label={t("agent.most")} hint={t("agent.mostText")}>
        <div className="w-20"><NumberInput value={rounds} min={1} max={MOST} onChange={(n) => n !== null && put("maximum_iterations", Math.round(n))} /></div>
      </Field>
      <MemoryPart app={app} scope={scope} value={data["memory"]} onChange={(memory) => set({ memory })} />
      <More title={t("nodes.more")} open={rec(data["vision"])["enabled"] === true}>
        <VisionPart scope={scope} value={data["vision"]} onChange={(vision) => set({ vision })} row={row} />
      </More>
    </Form>
  );
}

function Tools({ entries, onChange, scope }: { entries: readonly Data[]; onChange: (entries: Data[]) => void; scope: Scope }) {
  const { t } = useTranslation();
  const site = useTools();
  const all = site.rows;
  const toolOf = (e: Data): ToolView | undefined => findTool(all, refOfEntry(e));
  return (
    <Part
      title={t("agent.tools")}
      hint={t("nodes.agentTools")}
      aside={
        <ToolPicker
          label={t("tools.choose")}
          many
          chosen={entries.map(refOfEntry)}
          onPick={(v) => !entries.some((e) => sameTool(v, toolOf(e))) && onChange([...entries, newEntry(v, toolName(v))])}
          trigger={<Button size="sm" icon={Plus}>{t("kit.add")}</Button>}
        />
      }
    >
      <RowList inside rows={entries} onChange={onChange} label={t("agent.tools")} nameOf={(e) => text(e["tool_label"]) || text(e["tool_name"])} empty={t("nodes.noAgentTools")}>
        {(e, put, i, handle) => <Entry entry={e} tool={toolOf(e)} known={site.isSuccess} onChange={put} onRemove={() => onChange(entries.filter((_, j) => j !== i))} scope={scope} handle={handle} />}
      </RowList>
    </Part>
  );
}

function Entry({ entry: e, tool, known, onChange, onRemove, scope, handle }: { entry: Data; tool: ToolView | undefined; known: boolean; onChange: (e: Data) => void; onRemove: () => void; scope: Scope; handle: ReactNode }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const name = (tool && toolName(tool)) || text(e["tool_label"]) || text(e["tool_name"]);
  const params = tool?.params ?? [];
  const set = (group: "parameters" | "settings", p: ToolParam, v: Data | undefined): void => onChange({ ...e, [group]: merged(e[group], { [p.name]: v }) });
  const setValue = (p: ToolParam, group: "parameters" | "settings"): unknown => rec(rec(e[group])[p.name])["value"];
  const fixed = params.filter((p) => p.form !== "form" && rec(rec(e["parameters"])[p.name])["auto"] === 0).length;
  return (
    <div className="rounded border bg-surface">
      <div className="flex h-9 items-center gap-1.5 pr-1 pl-1.5">
        {handle}
        <ToolIcon type={tool?.type ?? "builtin"} provider={tool?.provider ?? ""} icon={tool?.icon ?? ""} color={tool?.icon_color ?? ""} size="xs" />
        <button type="button" disabled={!tool} aria-expanded={open} onClick={() => setOpen(!open)} className="flex min-w-0 flex-1 items-center gap-1.5 rounded text-left">
          <span className="truncate" title={tool?.description}>{name}</span>
          {fixed > 0 && !open && <Badge>{t("tools.fixed", { count: fixed })}</Badge>}
          {tool && <ChevronRight size={13} aria-hidden className={open ? "shrink-0 rotate-90 text-faint transition-transform" : "shrink-0 text-faint transition-transform"} />}
        </button>
        {known && !tool && <Badge tone="warn">{t("agent.missing")}</Badge>}
        <Switch label={name} checked={e["enabled"] !== false && e["enabled"] !== 0} onChange={(enabled) => onChange({ ...e, enabled })} />
        <IconButton icon={X} size="sm" tip={false} label={t("agent.remove", { name })} onClick={onRemove} />
      </div>
      {open && tool && (
        <div className="flex flex-col gap-3 border-t px-2.5 py-2.5">
          <Field label={t("tools.description")} hint={t("tools.descriptionHint")}>
            <Textarea rows={2} value={text(rec(e["extra"])["description"]) || tool.description} onChange={(description) => onChange({ ...e, extra: merged(e["extra"], { description }) })} />
          </Field>
          {params.map((p) => (p.form === "form" ? <ArgField key={p.name} param={p} scope={scope} value={setValue(p, "settings")} onChange={(arg) => set("settings", p, arg && { value: arg })} /> : <Open key={p.name} param={p} value={rec(rec(e["parameters"])[p.name])} onChange={(v) => set("parameters", p, v)} scope={scope} />))}
          {params.length === 0 && <p className="text-sm text-faint">{t("tools.noParameters")}</p>}
        </div>
      )}
    </div>
  );
}

/** A parameter that the model fills in, unless it is fixed here. */
function Open({ param: p, value, onChange, scope }: { param: ToolParam; value: Data; onChange: (v: Data) => void; scope: Scope }) {
  const { t } = useTranslation();
  const label = sayText(p.label) || p.name;
  const fixed = value["auto"] === 0;
  return (
    <div className="flex flex-col gap-1">
      <div className="flex items-center justify-between gap-2">
        <span className="min-w-0 truncate text-sm font-medium" title={p.description}>{label}{p.required && <span aria-hidden className="text-danger-text"> *</span>}</span>
        <Segmented label={t("tools.who", { name: label })} value={fixed ? "fixed" : "auto"} onChange={(v) => onChange({ ...value, auto: v === "auto" ? 1 : 0, value: v === "auto" ? null : (value["value"] ?? null) })} options={[{ value: "auto", label: t("agent.modelFills") }, { value: "fixed", label: t("tools.fix") }]} />
      </div>
      {fixed ? <ArgField bare param={p} scope={scope} value={value["value"]} onChange={(arg) => onChange({ ...value, auto: 0, value: arg ?? null })} /> : p.description && <p className="line-clamp-2 text-xs text-faint" title={p.description}>{p.description}</p>}
    </div>
  );
}

