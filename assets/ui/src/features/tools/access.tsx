// How a server is told who calls: the fields that OpenAPI and MCP providers share.
import { Plus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { ToolConfig, ToolHeader, ToolProvider } from "@/api/types";
import { Button, Disclosure, Field, IconButton, Input, NumberInput, Password, Select, Switch, Textarea } from "@/ui";

export interface Access {
  kind: string;
  name: string;
  user: string;
  key: string;
  client: string;
  clientSecret: string;
  scopes: string;
  headers: ToolHeader[];
  timeout: number | null;
  ca: string;
  skipVerify: boolean;
}

export const authKinds = ["none", "bearer", "header", "query", "basic", "oauth"] as const;

export function accessOf(p: ToolProvider | null): Access {
  const c = p?.config;
  return {
    kind: c?.auth.kind ?? "none",
    name: c?.auth.name ?? "",
    user: c?.auth.user ?? "",
    key: "",
    client: c?.auth.client_id ?? "",
    clientSecret: "",
    scopes: (c?.auth.scopes ?? []).join(" "),
    headers: (c?.headers ?? []).map((name) => ({ name, value: "" })),
    timeout: c?.timeout ? c.timeout : null,
    ca: c?.ca ?? "",
    skipVerify: c?.skip_verify ?? false,
  };
}

/** The part of a provider's settings that these fields fill in. */
export function configOf(a: Access): ToolConfig {
  const scopes = a.scopes.split(/\s+/).filter(Boolean);
  return {
    auth: {
      kind: a.kind,
      ...(a.kind === "header" || a.kind === "query" ? { name: a.name.trim() } : {}),
      ...(a.kind === "basic" ? { user: a.user } : {}),
      ...(a.kind === "oauth" && a.client.trim() ? { client_id: a.client.trim() } : {}),
      ...(a.kind === "oauth" && scopes.length > 0 ? { scopes } : {}),
    },
    ...(a.timeout ? { timeout: a.timeout } : {}),
    ...(a.ca.trim() ? { ca: a.ca } : {}),
    ...(a.skipVerify ? { skip_verify: true } : {}),
  };
}

export function secretsOf(a: Access): { key: string; client_secret: string; headers: ToolHeader[] } {
  return { key: a.key, client_secret: a.clientSecret, headers: a.headers.filter((h) => h.name.trim() !== "") };
}

export function AccessFields({ access: a, set, stored, oauth }: { access: Access; set: (part: Partial<Access>) => void; stored: ToolProvider | null; oauth?: boolean }) {
  const { t } = useTranslation();
  const hints = stored?.hints ?? {};
  const kept = (name: string): string => (name in hints ? t("toolbox.kept", { end: hints[name] ? `…${hints[name]}` : "" }) : "");
  const unchanged = stored?.config.auth.kind === a.kind;
  const kinds = authKinds.filter((k) => oauth || k !== "oauth");
  return (
    <div className="flex flex-col gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={t("toolbox.auth")}>
          <Select value={kinds.find((k) => k === a.kind) ?? "none"} onChange={(kind) => set({ kind })} options={kinds.map((k) => ({ value: k, label: t(`toolbox.auth.${k}`) }))} />
        </Field>
        {(a.kind === "header" || a.kind === "query") && (
          <Field label={t(a.kind === "header" ? "toolbox.headerName" : "toolbox.queryName")}><Input mono value={a.name} onChange={(name) => set({ name })} placeholder={a.kind === "header" ? "X-API-Key" : "api_key"} /></Field>
        )}
        {a.kind === "basic" && <Field label={t("toolbox.user")}><Input value={a.user} onChange={(user) => set({ user })} /></Field>}
        {a.kind !== "none" && a.kind !== "oauth" && (
          <Field label={t(a.kind === "basic" ? "toolbox.password" : a.kind === "bearer" ? "toolbox.token" : "toolbox.key")} hint={t("toolbox.sealed")}>
            <Password autoComplete="off" value={a.key} onChange={(key) => set({ key })} placeholder={unchanged ? kept("key") : ""} />
          </Field>
        )}
      </div>
      {a.kind === "oauth" && (
        <>
          <p className="text-sm text-muted">{t("toolbox.oauthText")}</p>
          <Disclosure summary={t("toolbox.ownClient")} open={a.client !== ""}>
            <div className="grid gap-4 sm:grid-cols-2">
              <Field optional label={t("toolbox.clientId")} hint={t("toolbox.clientIdText")}><Input mono value={a.client} onChange={(client) => set({ client })} /></Field>
              <Field optional label={t("toolbox.clientSecret")}><Password autoComplete="off" value={a.clientSecret} onChange={(clientSecret) => set({ clientSecret })} placeholder={kept("client")} /></Field>
              <Field optional label={t("toolbox.scopes")} hint={t("toolbox.scopesText")}><Input mono value={a.scopes} onChange={(scopes) => set({ scopes })} /></Field>
            </div>
          </Disclosure>
        </>
      )}
      <Disclosure summary={t("toolbox.more")} open={a.headers.length > 0}>
        <div className="flex flex-col gap-4">
          <div className="flex flex-col gap-2">
            <p className="text-sm font-medium">{t("toolbox.headers")}</p>
            <p className="text-xs text-faint">{t("toolbox.headersText")}</p>
            {a.headers.map((h, i) => (
              <div key={i} className="flex items-center gap-2">
                <div className="w-48 shrink-0"><Input mono label={t("toolbox.headerName")} placeholder="X-Tenant" value={h.name} onChange={(name) => set({ headers: a.headers.map((x, j) => (j === i ? { ...x, name } : x)) })} /></div>
                <div className="min-w-0 flex-1"><Password autoComplete="off" label={t("toolbox.headerValue", { name: h.name || String(i + 1) })} placeholder={kept(`header:${h.name}`)} value={h.value} onChange={(value) => set({ headers: a.headers.map((x, j) => (j === i ? { ...x, value } : x)) })} /></div>
                <IconButton icon={Trash2} size="sm" label={t("toolbox.removeHeader", { name: h.name || String(i + 1) })} onClick={() => set({ headers: a.headers.filter((_, j) => j !== i) })} />
              </div>
            ))}
            <div><Button size="sm" icon={Plus} onClick={() => set({ headers: [...a.headers, { name: "", value: "" }] })}>{t("toolbox.addHeader")}</Button></div>
          </div>
          <Field label={t("toolbox.timeout")} hint={t("toolbox.timeoutText")}><div className="w-32"><NumberInput value={a.timeout} min={1} max={600} suffix="s" placeholder="60" onChange={(timeout) => set({ timeout })} /></div></Field>
          <Field optional label={t("toolbox.ca")} hint={t("toolbox.caText")}><Textarea mono rows={3} value={a.ca} onChange={(ca) => set({ ca })} placeholder="-----BEGIN CERTIFICATE-----" /></Field>
          <Field inline label={t("toolbox.skipVerify")} hint={t("toolbox.skipVerifyText")}><Switch checked={a.skipVerify} onChange={(skipVerify) => set({ skipVerify })} /></Field>
        </div>
      </Disclosure>
    </div>
  );
}
