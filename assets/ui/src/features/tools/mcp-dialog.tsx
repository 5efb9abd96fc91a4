import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys, touches } from "@/api/keys";
import { toolSources } from "@/api/tools";
import type { ToolProviderView } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { required, urlProblem } from "@/lib/form";
import { iconColors, IconPicker } from "@/parts/icon-picker";
import { Button, Callout, Dialog, ErrorNote, Field, Input, Segmented, Select, Textarea, toast } from "@/ui";
import { AccessFields, accessOf, configOf, secretsOf } from "./access";
import type { Access } from "./access";

type Transport = "http" | "sse" | "stdio";
const transports: Transport[] = ["http", "sse", "stdio"];

/** Connects an MCP server, or changes its connection. */
export function McpDialog({ view, onClose }: { view?: ToolProviderView; onClose: (id?: string) => void }) {
  const { t } = useTranslation();
  const stored = view?.provider ?? null;
  const commands = useRead(keys.toolSources.commands, toolSources.commands);
  const names = commands.data?.data ?? [];
  const [name, setName] = useState(stored?.name ?? "");
  const [about, setAbout] = useState(stored?.description ?? "");
  const [look, setLook] = useState({ icon: stored?.icon || "🔌", color: stored?.icon_color || (iconColors[0] ?? "") });
  const [transport, setTransport] = useState<Transport>(transports.find((x) => x === stored?.config.transport) ?? "http");
  const [url, setUrl] = useState(stored?.config.url ?? "");
  const [command, setCommand] = useState(stored?.config.command ?? "");
  const [access, setAccess] = useState<Access>(() => accessOf(stored));
  const [tried, setTried] = useState(false);
  const local = transport === "stdio";
  const noName = required(name);
  const badUrl = local ? undefined : urlProblem(url);
  const noCommand = local ? required(command) : undefined;
  const save = useCommand(
    () => {
      const config = local ? { auth: { kind: "none" }, transport, command, ...(access.timeout ? { timeout: access.timeout } : {}) } : { ...configOf(access), transport, url: url.trim() };
      const body = { name: name.trim(), description: about.trim(), icon: look.icon, icon_color: look.color, config, ...(local ? { headers: [] } : secretsOf(access)) };
      return stored ? toolSources.save(stored.id, body) : toolSources.create({ kind: "mcp", ...body });
    },
    touches.tools,
    (v) => {
      toast(v.source.waits ? t("toolbox.savedWaits") : t("toolbox.connected", { count: v.tools.length }));
      onClose(v.source.id);
    },
  );
  return (
    <Dialog
      open
      sticky
      width="lg"
      onClose={() => onClose(stored?.id)}
      title={stored ? t("toolbox.editOf", { name: stored.name }) : t("toolbox.addMcp")}
      description={t("toolbox.mcpText")}
      onSubmit={() => {
        setTried(true);
        if (!noName && !badUrl && !noCommand) save.mutate(undefined);
      }}
      footer={
        <>
          <Button onClick={() => onClose(stored?.id)}>{t("kit.cancel")}</Button>
          <Button type="submit" variant="primary" busy={save.isPending}>{t(stored ? "kit.save" : "toolbox.connect")}</Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <div className="flex items-start gap-4">
          <IconPicker icon={look.icon} color={look.color} onChange={(icon, color) => setLook({ icon, color })} />
          <div className="flex min-w-0 flex-1 flex-col gap-4">
            <Field label={t("toolbox.name")} error={tried && noName ? t(noName) : undefined}><Input value={name} maxLength={100} onChange={setName} placeholder={t("toolbox.mcpName")} /></Field>
          </div>
        </div>
        <div className="flex flex-col gap-1">
          <p className="text-sm font-medium">{t("toolbox.transport")}</p>
          <div><Segmented label={t("toolbox.transport")} value={transport} onChange={setTransport} options={transports.map((x) => ({ value: x, label: t(`toolbox.transport.${x}`), disabled: x === "stdio" && names.length === 0 && !local }))} /></div>
          <p className="text-xs text-faint">{t(`toolbox.transportText.${transport}`)}</p>
        </div>
        {local ? (
          <Field label={t("toolbox.command")} hint={t("toolbox.commandText")} error={tried && noCommand ? t(noCommand) : undefined}>
            <Select value={names.includes(command) ? command : ""} placeholder={t("toolbox.commandChoose")} onChange={setCommand} options={names.map((n) => ({ value: n, label: n }))} />
          </Field>
        ) : (
          <Field label={t("toolbox.mcpUrl")} error={tried && badUrl ? t(badUrl) : undefined} hint={t("toolbox.mcpUrlText")}><Input mono type="url" value={url} onChange={setUrl} placeholder={transport === "sse" ? "http://10.0.0.5:8000/sse" : "http://10.0.0.5:8000/mcp"} /></Field>
        )}
        <Field optional label={t("toolbox.about")}><Textarea rows={2} maxLength={1000} value={about} onChange={setAbout} /></Field>
        {!local && <AccessFields oauth={transport === "http"} access={access} set={(part) => setAccess({ ...access, ...part })} stored={stored} />}
        {access.kind === "oauth" && !local && !stored && <Callout>{t("toolbox.oauthNext")}</Callout>}
        <ErrorNote error={save.error} />
      </div>
    </Dialog>
  );
}
