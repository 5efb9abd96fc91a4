import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { touches } from "@/api/keys";
import { toolSources } from "@/api/tools";
import type { AppTool, ToolProviderView } from "@/api/types";
import { useCommand } from "@/api/use";
import { sayText } from "@/text/say";
import { Button, ErrorNote, Field, Input, Segmented, Switch, Textarea, toast } from "@/ui";
import { textLink } from "@/ui/link";

/** How a published app looks as a tool: what a model calls it, what it is told, and who fills in which input. */
export function AppToolForm({ view: v }: { view: ToolProviderView }) {
  const { t } = useTranslation();
  const now: AppTool = v.app_tool ?? { tool_name: "", description: "", params: [], hidden: false };
  const [draft, setDraft] = useState<AppTool>(now);
  const tool = v.tools[0];
  const save = useCommand(() => toolSources.saveApp(v.source.id, draft), touches.tools, () => toast(t("kit.saved")));
  const changed = JSON.stringify(draft) !== JSON.stringify(now);
  const said = (name: string) => draft.params.find((p) => p.name === name);
  const put = (name: string, part: { form?: string; description?: string }): void => {
    const old = said(name) ?? { name, form: "", description: "" };
    setDraft({ ...draft, params: [...draft.params.filter((p) => p.name !== name), { ...old, ...part }] });
  };
  return (
    <form
      noValidate
      className="flex flex-col gap-4 rounded-lg border bg-surface p-4"
      onSubmit={(e) => {
        e.preventDefault();
        save.mutate(undefined);
      }}
    >
      <div className="flex items-start justify-between gap-4">
        <p className="text-sm text-muted">{t("toolbox.appText")} <Link to="/apps/$appId/edit" params={{ appId: v.source.id }} className={textLink}>{t("toolbox.openApp")}</Link></p>
        <Switch label={t("toolbox.asTool")} checked={!draft.hidden} onChange={(on) => setDraft({ ...draft, hidden: !on })} />
      </div>
      {!draft.hidden && (
        <>
          <Field label={t("toolbox.toolName")} hint={t("toolbox.toolNameText")}><Input mono maxLength={60} value={draft.tool_name} onChange={(tool_name) => setDraft({ ...draft, tool_name })} placeholder={tool?.name ?? ""} /></Field>
          <Field label={t("toolbox.toolAbout")} hint={t("toolbox.toolAboutText")}><Textarea rows={3} maxLength={1000} value={draft.description} onChange={(description) => setDraft({ ...draft, description })} placeholder={sayText(v.source.about)} /></Field>
          {tool && tool.params.length > 0 && (
            <div className="flex flex-col gap-3">
              <p className="text-sm font-medium">{t("toolbox.inputs")}</p>
              {tool.params.map((p) => {
                const label = sayText(p.label) || p.name;
                return (
                  <div key={p.name} className="flex flex-col gap-1">
                    <div className="flex items-center justify-between gap-2">
                      <span className="min-w-0 truncate text-sm">{label} <code className="font-mono text-xs text-faint">{p.name}</code></span>
                      <Segmented label={t("tool.whoFills", { name: label })} value={(said(p.name)?.form || p.form) === "form" ? "form" : "llm"} onChange={(form) => put(p.name, { form })} options={[{ value: "llm", label: t("tool.auto") }, { value: "form", label: t("toolbox.builder") }]} />
                    </div>
                    <Input label={t("toolbox.describe", { name: label })} placeholder={t("toolbox.describeText")} value={said(p.name)?.description ?? ""} onChange={(description) => put(p.name, { description })} />
                  </div>
                );
              })}
            </div>
          )}
        </>
      )}
      <ErrorNote error={save.error} />
      <div><Button type="submit" size="sm" variant="primary" disabled={!changed} busy={save.isPending}>{t("kit.save")}</Button></div>
    </form>
  );
}
