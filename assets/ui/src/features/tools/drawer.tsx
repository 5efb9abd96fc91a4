import { Link } from "@tanstack/react-router";
import { Pencil, RefreshCw, ShieldCheck, Trash2, Wrench } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys, touches } from "@/api/keys";
import { toolSources } from "@/api/tools";
import type { OfferedView, ToolProviderView, ToolSource } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { match } from "@/lib/match";
import { toolName } from "@/parts/tools/tools";
import { sayText } from "@/text/say";
import { AppIcon, Badge, Button, Callout, Confirm, Disclosure, Drawer, EmptyState, ErrorNote, ErrorState, SearchInput, SkeletonRows, Switch, Time, toast } from "@/ui";
import { textLink } from "@/ui/link";
import { ApiDialog, Problems } from "./api-dialog";
import { AppToolForm } from "./app-form";
import { McpDialog } from "./mcp-dialog";
import { MethodBadge } from "./operations";
import { TryTool } from "./try";

/** Where tools come from, with all of them: what they take, whether they may be called, and a try of each. */
export function SourceDrawer({ id, known, title, onClose }: { id: string; known: ToolSource | undefined; title: string; onClose: () => void }) {
  const one = useRead(keys.toolSources.one(id), () => toolSources.one(id));
  const [editing, setEditing] = useState(false);
  const [removing, setRemoving] = useState(false);
  const v = one.data;
  const about = v ? sayText(v.source.about) : known ? sayText(known.about) : "";
  if (editing && v) {
    const close = (): void => setEditing(false);
    return v.source.kind === "mcp" ? <McpDialog view={v} onClose={close} /> : <ApiDialog view={v} onClose={close} />;
  }
  return (
    <Drawer open onClose={onClose} width="lg" title={v ? sayText(v.source.label) || title : title} description={about}>
      {one.isPending ? (
        <SkeletonRows count={4} />
      ) : one.isError ? (
        <ErrorState compact error={one.error} onRetry={() => void one.refetch()} />
      ) : (
        <div className="flex flex-col gap-4">
          {v?.provider && <Head view={one.data} onEdit={() => setEditing(true)} onRemove={() => setRemoving(true)} />}
          {v?.app_tool && <AppToolForm key={v.source.id} view={one.data} />}
          {one.data.problems.length > 0 && <Problems list={one.data.problems} />}
          <Offers view={one.data} />
        </div>
      )}
      {removing && v?.provider && <Remove view={v} onClose={() => setRemoving(false)} onDone={onClose} />}
    </Drawer>
  );
}

function Head({ view: v, onEdit, onRemove }: { view: ToolProviderView; onEdit: () => void; onRemove: () => void }) {
  const { t } = useTranslation();
  const id = v.source.id;
  const refresh = useCommand(() => toolSources.refresh(id), touches.tools, (n) => toast(t("toolbox.refreshed", { count: n.tools.length })));
  const authorize = useCommand(() => toolSources.authorize(id), [], (a) => window.location.assign(a.url));
  const p = v.provider;
  const oauth = p?.config.auth.kind === "oauth";
  const auth = p?.config.auth.kind ?? "none";
  const hint = p?.hints["key"];
  return (
    <div className="flex flex-col gap-3 rounded-lg border bg-surface p-4">
      <dl className="grid gap-x-6 gap-y-1 text-sm sm:grid-cols-[auto_1fr]">
        <dt className="text-muted">{t(p?.config.transport === "stdio" ? "toolbox.command" : p?.kind === "mcp" ? "toolbox.mcpUrl" : "toolbox.base")}</dt>
        <dd className="font-mono text-xs leading-5 break-all">{v.source.place}</dd>
        {v.spec && <><dt className="text-muted">{t("toolbox.document")}</dt><dd>{v.spec}{p?.config.source && <span className="text-faint"> · {p.config.source}</span>}</dd></>}
        <dt className="text-muted">{t("toolbox.auth")}</dt>
        <dd>
          {t(`toolbox.auth.${auth === "bearer" || auth === "header" || auth === "query" || auth === "basic" || auth === "oauth" ? auth : "none"}`)}
          {hint && <span className="font-mono text-xs text-faint"> …{hint}</span>}
          {(p?.config.headers?.length ?? 0) > 0 && <span className="text-faint"> · {t("toolbox.headerCount", { count: p?.config.headers?.length ?? 0 })}</span>}
        </dd>
        {v.source.checked_at && <><dt className="text-muted">{t("toolbox.checked")}</dt><dd><Time at={v.source.checked_at} /></dd></>}
      </dl>
      {v.source.waits && <Callout tone="warn" action={<Button size="sm" variant="primary" icon={ShieldCheck} busy={authorize.isPending} onClick={() => authorize.mutate(undefined)}>{t("toolbox.authorize")}</Button>}>{t("toolbox.waitsText")}</Callout>}
      <div className="flex flex-wrap gap-2">
        <Button size="sm" icon={Pencil} onClick={onEdit}>{t("kit.edit")}</Button>
        {(p?.kind === "mcp" || p?.config.source) && <Button size="sm" icon={RefreshCw} busy={refresh.isPending} onClick={() => refresh.mutate(undefined)}>{t(p?.kind === "mcp" ? "toolbox.refresh" : "toolbox.reread")}</Button>}
        {oauth && !v.source.waits && <Button size="sm" icon={ShieldCheck} busy={authorize.isPending} onClick={() => authorize.mutate(undefined)}>{t("toolbox.reauthorize")}</Button>}
        <div className="flex-1" />
        <Button size="sm" variant="ghost" icon={Trash2} onClick={onRemove}>{t("kit.delete")}</Button>
      </div>
      <ErrorNote error={refresh.error ?? authorize.error} />
    </div>
  );
}

function Offers({ view: v }: { view: ToolProviderView }) {
  const { t } = useTranslation();
  const [q, setQ] = useState("");
  const found = v.tools.filter((x) => match(q, x.name, x.label.en, x.label.zh, x.description, x.path));
  if (v.tools.length === 0) return v.source.waits || v.app_tool?.hidden ? null : <EmptyState compact icon={Wrench} title={t("toolbox.none")}>{t("toolbox.noneText")}</EmptyState>;
  return (
    <>
      {v.tools.length > 6 && <SearchInput block value={q} onChange={setQ} label={t("tool.search")} />}
      <ul className="divide-y rounded-lg border bg-surface" aria-label={t("nav.tools")}>
        {found.map((x) => <Offer key={x.name} tool={x} view={v} only={v.tools.length === 1} />)}
      </ul>
      {found.length === 0 && <p className="text-center text-sm text-muted">{t("tool.noneFound")}</p>}
    </>
  );
}

function Offer({ tool: x, view: v, only }: { tool: OfferedView; view: ToolProviderView; only: boolean }) {
  const { t } = useTranslation();
  const p = v.provider;
  const turn = useCommand((on: boolean) => toolSources.save(v.source.id, { off: on ? (p?.off ?? []).filter((n) => n !== x.name) : [...(p?.off ?? []), x.name] }), touches.tools);
  const on = turn.isPending ? turn.variables : x.on;
  const name = toolName(x);
  return (
    <li className="px-4 py-3">
      <div className="flex items-start gap-3">
        {x.method && <span className="mt-0.5 w-16 shrink-0"><MethodBadge method={x.method} /></span>}
        <div className="min-w-0 flex-1">
          <p className="flex flex-wrap items-center gap-x-2">
            <span className="font-medium">{name}</span>
            {name !== x.name && <code className="font-mono text-xs text-faint">{x.name}</code>}
            {x.deprecated && <Badge tone="warn">{t("toolbox.deprecated")}</Badge>}
            {!x.effects && p && <Badge>{t("toolbox.readOnly")}</Badge>}
          </p>
          {x.path && <p className="truncate font-mono text-xs text-faint" title={x.path}>{x.path}</p>}
          {x.description && x.description !== name && <p className="mt-0.5 line-clamp-4 text-sm whitespace-pre-line text-muted">{sayText(x.about)}</p>}
        </div>
        {p && <Switch label={t("toolbox.use", { name })} checked={on} onChange={(next) => turn.mutate(next)} />}
      </div>
      <ErrorNote error={turn.error} />
      {on && (
        <div className="mt-2 flex flex-col gap-2">
          <Params tool={x} />
          <Disclosure summary={t("toolbox.try")} open={only && !x.effects}><TryTool tool={x} /></Disclosure>
        </div>
      )}
    </li>
  );
}

function Params({ tool: x }: { tool: OfferedView }) {
  const { t } = useTranslation();
  if (x.params.length === 0) return null;
  return (
    <Disclosure summary={t("tool.params", { count: x.params.length })}>
      <ul className="flex flex-col gap-1.5 text-sm">
        {x.params.map((p) => (
          <li key={p.name}>
            <code className="font-mono text-xs">{p.name}</code> <span className="text-xs text-faint">{t(`toolbox.type.${p.type}`, { defaultValue: p.type })}</span> {p.required && <Badge>{t("tool.required")}</Badge>}
            {p.description && <p className="text-xs text-muted">{sayText(p.about)}</p>}
          </li>
        ))}
      </ul>
    </Disclosure>
  );
}

function Remove({ view: v, onClose, onDone }: { view: ToolProviderView; onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation();
  const uses = useRead(keys.toolSources.uses(v.source.id), () => toolSources.uses(v.source.id));
  const remove = useCommand(() => toolSources.remove(v.source.id), touches.tools, onDone);
  const apps = uses.data?.data ?? [];
  const name = sayText(v.source.label);
  return (
    <Confirm open onClose={onClose} onConfirm={() => remove.mutate(undefined)} busy={remove.isPending} title={t("toolbox.removeOf", { name })} action={t("kit.delete")} error={<ErrorNote error={remove.error} />}>
      <p>{t("toolbox.removeText", { count: v.tools.length })}</p>
      {uses.isPending ? (
        <SkeletonRows count={1} height={32} />
      ) : apps.length > 0 ? (
        <div>
          <p className="mb-1 text-warn-text">{t("toolbox.usedBy", { count: apps.length })}</p>
          <ul className="flex flex-col gap-1">
            {apps.map((a) => (
              <li key={a.id} className="flex items-center gap-2">
                <AppIcon icon={a.icon} color={a.icon_color} size="xs" />
                <Link to="/apps/$appId/edit" params={{ appId: a.id }} className={textLink}>{a.name}</Link>
              </li>
            ))}
          </ul>
        </div>
      ) : (
        <p>{t("toolbox.unused")}</p>
      )}
    </Confirm>
  );
}
