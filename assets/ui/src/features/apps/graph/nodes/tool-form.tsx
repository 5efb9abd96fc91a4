import { ChevronDown, Wrench } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Callout, SkeletonRows } from "@/ui";
import { ToolIcon } from "@/parts/tools/tool-icon";
import { ToolPicker } from "@/parts/tools/tool-picker";
import { toolName, useTools } from "@/parts/tools/tools";
import { sayText } from "@/text/say";
import type { FormProps } from "../node-view";
import { Form, Part } from "./form-parts";
import { merged, rec, text, without } from "./read";
import { ArgField } from "./arg-field";
import type { ToolParam } from "./tools";
import { findTool, refOfNode, sameTool, withTool } from "./tools";

export default function ToolForm({ data, scope, set }: FormProps) {
  const { t } = useTranslation();
  const list = useTools();
  const ref = refOfNode(data);
  const tool = findTool(list.rows, ref);
  const chosen = ref.name !== "";
  const name = tool ? toolName(tool) : text(data["tool_label"]) || ref.name;
  const params = tool?.params ?? [];
  const asked = params.filter((p) => p.form !== "form");
  const settings = params.filter((p) => p.form === "form");
  const args = rec(data["tool_parameters"]);
  const config = rec(data["tool_configurations"]);
  // Old files keep parameters among the settings; they are shown, and moved when they are changed.
  const put = (field: "tool_parameters" | "tool_configurations", p: ToolParam, arg: unknown): void =>
    set({
      [field]: merged(field === "tool_parameters" ? args : config, { [p.name]: arg }),
      ...(field === "tool_parameters" && p.name in config ? { tool_configurations: without(config, p.name) } : {}),
    });
  return (
    <Form>
      <Part title={t("node.tool")} hint={tool?.description}>
        <ToolPicker
          label={t("tools.choose")}
          align="start"
          chosen={chosen ? [ref] : []}
          onPick={(v) => !sameTool(v, tool) && set(withTool(v, toolName(v)))}
          trigger={
            <button type="button" aria-label={chosen ? `${t("tools.choose")}: ${name}` : t("tools.choose")} className="flex h-9 w-full min-w-0 items-center gap-2 rounded border border-line-strong bg-surface px-2.5 text-left transition-colors hover:bg-hover">
              {chosen ? <ToolIcon type={tool?.type ?? "builtin"} provider={tool?.provider ?? ""} icon={tool?.icon ?? ""} color={tool?.icon_color ?? ""} size="xs" /> : <Wrench size={15} aria-hidden className="text-faint" />}
              <span className={chosen ? "min-w-0 flex-1 truncate" : "min-w-0 flex-1 truncate text-faint"}>{chosen ? name : t("tools.choose")}</span>
              {tool && <span className="max-w-[40%] truncate text-xs text-faint">{sayText(tool.provider_label) || tool.provider}</span>}
              <ChevronDown size={14} aria-hidden className="shrink-0 text-faint" />
            </button>
          }
        />
        {chosen && !tool && list.isSuccess && <Callout tone="warn">{t("tools.gone", { name, provider: ref.provider })}</Callout>}
      </Part>
      {chosen && list.isPending && <SkeletonRows count={2} height={48} />}
      {asked.length > 0 && (
        <Part title={t("tools.parameters")}>
          <div className="flex flex-col gap-3">
            {asked.map((p) => <ArgField key={`${ref.provider}/${ref.name}/${p.name}`} param={p} scope={scope} value={args[p.name] ?? config[p.name]} onChange={(arg) => put("tool_parameters", p, arg)} />)}
          </div>
        </Part>
      )}
      {settings.length > 0 && (
        <Part title={t("tools.settings")}>
          <div className="flex flex-col gap-3">
            {settings.map((p) => <ArgField key={`${ref.provider}/${ref.name}/${p.name}`} param={p} scope={scope} value={config[p.name] ?? args[p.name]} onChange={(arg) => put("tool_configurations", p, arg)} />)}
          </div>
        </Part>
      )}
      {tool && params.length === 0 && <p className="text-sm text-faint">{t("tools.noParameters")}</p>}
      {tool?.effects && <Callout>{t("tools.effects")}</Callout>}
    </Form>
  );
}
