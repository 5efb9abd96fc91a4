import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { FileJson, Plug, Plus, SearchX, Wrench, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { toolSources } from "@/api/tools";
import type { ToolSource } from "@/api/types";
import { useRead } from "@/api/use";
import { match } from "@/lib/match";
import { sayText } from "@/text/say";
import { kindOf, toolKinds } from "@/parts/tools/tools";
import type { ToolKind } from "@/parts/tools/tools";
import { Button, Callout, EmptyState, ErrorState, IconButton, Menu, Page, SearchInput, Segmented, SkeletonRows } from "@/ui";
import { ApiDialog } from "./api-dialog";
import { SourceDrawer } from "./drawer";
import { McpDialog } from "./mcp-dialog";
import { SourceCard } from "./source-card";

const route = getRouteApi("/frame/tools");

type Tab = "all" | ToolKind;

export function ToolsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = route.useSearch();
  const tab: Tab = toolKinds.find((k) => k === search.tab) ?? "all";
  const list = useRead(keys.toolSources.list, toolSources.list);
  const [q, setQ] = useState("");
  const go = (next: { tab?: Tab; open?: string; add?: "api" | "mcp" }): void => {
    const shown = next.tab ?? tab;
    void navigate({ to: "/tools", search: { ...(shown === "all" ? {} : { tab: shown }), ...(next.open ? { open: next.open } : {}), ...(next.add ? { add: next.add } : {}) }, replace: !next.open && !next.add });
  };
  const all = list.data?.data ?? [];
  const found = all.filter((s) => (tab === "all" || kindOf(s.kind) === tab) && match(q, s.label.en, s.label.zh, s.about.en, s.about.zh, s.place));
  const add = (
    <Menu
      label={t("toolbox.add")}
      trigger={<Button variant="primary" icon={Plus}>{t("toolbox.add")}</Button>}
      groups={[[
        { id: "api", label: t("toolbox.addApi"), icon: FileJson, hint: t("toolbox.addApiText"), run: () => go({ add: "api" }) },
        { id: "mcp", label: t("toolbox.addMcp"), icon: Plug, hint: t("toolbox.addMcpText"), run: () => go({ add: "mcp" }) },
      ]]}
    />
  );
  return (
    <Page
      title={t("toolbox.title")}
      purpose={t("toolbox.purpose")}
      action={add}
      tools={
        <>
          <Segmented<Tab> label={t("toolbox.kinds")} value={tab} onChange={(v) => go({ tab: v })} options={[{ value: "all", label: t("toolbox.all") }, ...toolKinds.map((k) => ({ value: k, label: t(`tool.kind.${k}`) }))]} />
          <div className="flex-1" />
          <SearchInput value={q} onChange={setQ} label={t("toolbox.search")} />
        </>
      }
    >
      {search.problem && (
        <div className="mb-4">
          <Callout tone="danger" action={<IconButton icon={X} size="sm" label={t("kit.close")} onClick={() => go({})} />}>{search.problem}</Callout>
        </div>
      )}
      {list.isPending ? (
        <SkeletonRows count={4} height={104} />
      ) : list.isError ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : found.length > 0 ? (
        <ul className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3" aria-label={t("toolbox.title")}>
          {found.map((s) => <li key={`${s.kind}/${s.id}`}><SourceCard source={s} onOpen={() => go({ open: s.id })} /></li>)}
        </ul>
      ) : q !== "" ? (
        <EmptyState compact icon={SearchX} title={t("toolbox.noneFound")} action={<Button onClick={() => setQ("")}>{t("kit.clear")}</Button>} />
      ) : (
        <Nothing tab={tab} onAdd={(kind) => go({ add: kind })} />
      )}
      {search.open && <SourceDrawer id={search.open} known={all.find((s: ToolSource) => s.id === search.open)} title={sayText(all.find((s) => s.id === search.open)?.label ?? { en: "", zh: "" })} onClose={() => go({})} />}
      {search.add === "api" && <ApiDialog onClose={(id) => go(id ? { open: id } : {})} />}
      {search.add === "mcp" && <McpDialog onClose={(id) => go(id ? { open: id } : {})} />}
    </Page>
  );
}

/** Nothing of one kind: what it is, and how to get the first. */
function Nothing({ tab, onAdd }: { tab: Tab; onAdd: (kind: "api" | "mcp") => void }) {
  const { t } = useTranslation();
  if (tab === "api") return <EmptyState icon={FileJson} title={t("toolbox.noApi")} action={<Button variant="primary" icon={Plus} onClick={() => onAdd("api")}>{t("toolbox.addApi")}</Button>}>{t("toolbox.noApiText")}</EmptyState>;
  if (tab === "mcp") return <EmptyState icon={Plug} title={t("toolbox.noMcp")} action={<Button variant="primary" icon={Plus} onClick={() => onAdd("mcp")}>{t("toolbox.addMcp")}</Button>}>{t("toolbox.noMcpText")}</EmptyState>;
  if (tab === "workflow") return <EmptyState icon={Wrench} title={t("toolbox.noApps")}>{t("toolbox.noAppsText")}</EmptyState>;
  return <EmptyState icon={Wrench} title={t("toolbox.noneFound")} />;
}
