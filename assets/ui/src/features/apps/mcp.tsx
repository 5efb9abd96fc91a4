import { KeyRound, RefreshCw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys, touches } from "@/api/keys";
import { mcpServer } from "@/api/operate";
import type { App, MCPView } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { clientConfig } from "@/lib/snippets";
import { Button, Callout, Card, Confirm, CopyField, Dialog, ErrorNote, Field, Input, Skeleton, Switch, Textarea, toast } from "@/ui";

const addressOf = (v: MCPView): string => (v.path ? `${location.origin}${v.path}` : "");

/** The app as a tool of other programs: its switch, its address, and what they are told of it. */
export function McpCard({ app }: { app: App }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const view = useRead(keys.apps.mcp(app.id), () => mcpServer.one(app.id));
  const turn = useCommand((enabled: boolean) => mcpServer.save(app.id, { ...said(view.data), enabled }), touches.mcp(app.id));
  const now = turn.data ?? view.data;
  const ready = now !== undefined && now.params.length > 0;
  return (
    <Card>
      <div className="flex items-center gap-3">
        <h2 className="flex-1 font-semibold">{t("mcp.title")}</h2>
        <Switch checked={view.data?.enabled ?? false} disabled={!ready || turn.isPending} label={t("mcp.on")} onChange={turn.mutate} />
      </div>
      <p className="mb-3 text-sm text-muted">{t(!app.published_version_id ? "over.unpublished" : now && !ready ? "mcp.noForm" : view.data?.enabled ? "mcp.text" : "mcp.off")}</p>
      {view.isPending ? (
        <Skeleton height={32} />
      ) : (
        <div className="flex items-start gap-2">
          <div className="min-w-0 flex-1">{view.data && addressOf(view.data) ? <CopyField text={addressOf(view.data)} label={t("mcp.address")} /> : <p className="flex h-8 items-center text-sm text-faint">{t("mcp.noAddress")}</p>}</div>
          <Button disabled={!ready} onClick={() => setOpen(true)}>{t("mcp.settings")}</Button>
        </div>
      )}
      <ErrorNote error={turn.error ?? view.error} />
      {open && view.data && <McpDialog app={app} view={view.data} onClose={() => setOpen(false)} />}
    </Card>
  );
}

const said = (v: MCPView | undefined) => ({
  enabled: v?.enabled ?? false,
  description: v?.description ?? "",
  params: Object.fromEntries((v?.params ?? []).map((p) => [p.name, p.description])),
  anew: false,
});

function McpDialog({ app, view, onClose }: { app: App; view: MCPView; onClose: () => void }) {
  const { t } = useTranslation();
  const [description, setDescription] = useState(view.description);
  const [params, setParams] = useState(() => said(view).params);
  const [asking, ask] = useState(false);
  const done = (text: string): void => {
    toast(text);
    onClose();
  };
  const save = useCommand((anew: boolean) => mcpServer.save(app.id, { enabled: view.enabled, description: description.trim(), params, anew }), touches.mcp(app.id), (_v, anew) => done(t(anew ? "mcp.renewed" : "kit.saved")));
  const address = addressOf(view);
  return (
    <>
      <Dialog
        open
        sticky
        width="lg"
        onClose={onClose}
        title={t("mcp.dialog")}
        description={t("mcp.dialogText")}
        onSubmit={() => save.mutate(false)}
        footer={
          <>
            {address && <span className="mr-auto"><Button icon={RefreshCw} onClick={() => ask(true)}>{t("mcp.renew")}</Button></span>}
            <Button onClick={onClose}>{t("kit.cancel")}</Button>
            <Button type="submit" variant="primary" busy={save.isPending}>{t("kit.save")}</Button>
          </>
        }
      >
        <div className="flex flex-col gap-4">
          <Field label={t("mcp.description")} hint={t("mcp.descriptionHint")}>
            <Textarea value={description} onChange={setDescription} rows={3} maxLength={2000} placeholder={app.description} autoFocus />
          </Field>
          <section aria-label={t("mcp.params")}>
            <h3 className="text-sm font-medium">{t("mcp.params")}</h3>
            <p className="mb-2 text-sm text-muted">{t("mcp.paramsText")}</p>
            <ul className="flex flex-col gap-2">
              {view.params.map((p) => (
                <li key={p.name} className="grid items-center gap-x-3 gap-y-1 sm:grid-cols-[minmax(0,11rem)_minmax(0,1fr)]">
                  <span className="min-w-0 truncate font-mono text-sm" title={p.name}>{p.name} <span className="text-xs text-faint">{p.type}{p.required && " *"}</span></span>
                  <Input value={params[p.name] ?? ""} label={t("mcp.param", { name: p.name })} onChange={(v) => setParams({ ...params, [p.name]: v })} maxLength={500} placeholder={p.own} />
                </li>
              ))}
            </ul>
          </section>
          {address && (
            <section aria-label={t("mcp.connect")}>
              <h3 className="text-sm font-medium">{t("mcp.connect")}</h3>
              <p className="mb-2 text-sm text-muted">{t("mcp.connectText")}</p>
              <CopyField multiline text={clientConfig(app.name, address)} label={t("mcp.connect")} />
            </section>
          )}
          <Callout action={<KeyRound size={16} aria-hidden />}>{t("mcp.secret")}</Callout>
          <ErrorNote error={save.error} />
        </div>
      </Dialog>
      {asking && <Confirm open title={t("mcp.renew")} action={t("mcp.renew")} danger onClose={() => ask(false)} onConfirm={() => save.mutate(true)} busy={save.isPending}>{t("mcp.renewText")}</Confirm>}
    </>
  );
}
