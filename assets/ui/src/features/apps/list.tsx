import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { Boxes, Copy, ExternalLink, FileInput, FileOutput, LayoutTemplate, MoreHorizontal, Pencil, Plug, Plus, ScrollText, SearchX, Tag as TagIcon, Trash2, Workflow } from "lucide-react";
import { useDeferredValue, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { apps, models } from "@/api/console";
import { keys, touches } from "@/api/keys";
import { content } from "@/api/make";
import type { AppItem } from "@/api/types";
import { tags } from "@/api/search";
import { useCommand, usePages, useRead } from "@/api/use";
import { count } from "@/lib/format";
import { siteLink } from "@/lib/links";
import { useMay } from "@/parts/me";
import type { MenuItem } from "@/ui";
import { AppIcon, Badge, Button, Confirm, EmptyState, ErrorNote, ErrorState, IconButton, Loading, Menu, Page, SearchInput, Segmented, Select, Skeleton, Time, toast } from "@/ui";
import { buttonLink } from "@/ui/link";
import { ConvertDialog } from "./convert-dialog";
import { isGraphMode } from "./graph/graph";
import { InfoDialog } from "./info-dialog";
import { ExportDialog } from "./export-dialog";
import type { Way } from "./create-dialog";
import { CreateDialog } from "./create-dialog";
import { modeIcons, modes, modeTitle } from "./modes";
import { TagsDialog } from "./tags";

const route = getRouteApi("/frame/apps");

export function AppsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { create: creating } = route.useSearch();
  const [q, setQ] = useState("");
  const [mode, setMode] = useState<"all" | (typeof modes)[number]>("all");
  const [mine, setMine] = useState(false);
  const [tag, setTag] = useState("");
  const known = useRead(keys.tags, tags.list);
  const used = (known.data?.data ?? []).filter((x) => x.apps > 0 || x.id === tag);
  const filter = { q: useDeferredValue(q.trim()), mode: mode === "all" ? "" : mode, mine, tag };
  const list = usePages(keys.apps.list(filter), (page) => apps.list(filter, page));
  const rows = list.data?.pages.flatMap((p) => p.data) ?? [];
  const setCreating = (way: Way | null): void => void navigate({ to: "/apps", search: way ? { create: way } : {}, replace: !way });
  const filtered = filter.q !== "" || filter.mode !== "" || mine || tag !== "";
  const empty = list.data && rows.length === 0;
  const clear = (): void => {
    setQ("");
    setMode("all");
    setMine(false);
    setTag("");
  };

  return (
    <Page
      title={t("apps.title")}
      purpose={t("apps.purpose")}
      action={
        <>
          <Button icon={FileInput} onClick={() => setCreating("import")}>{t("import.button")}</Button>
          <Button variant="primary" icon={Plus} onClick={() => setCreating("blank")}>{t("apps.create")}</Button>
        </>
      }
      tools={
        (!empty || filtered) && (
          <>
            <SearchInput value={q} onChange={setQ} label={t("apps.search")} />
            <Segmented label={t("apps.mode")} value={mode} onChange={setMode} options={[{ value: "all", label: t("apps.all") }, ...modes.map((m) => ({ value: m, label: t(`apps.mode.${m}`) }))]} />
            {used.length > 0 && <div className="w-36"><Select label={t("tag.filter")} value={tag || "all"} onChange={(v) => setTag(v === "all" ? "" : v)} options={[{ value: "all", label: t("tag.any") }, ...used.map((x) => ({ value: x.id, label: x.name }))]} /></div>}
            <Button variant={mine ? "soft" : "ghost"} aria-pressed={mine} onClick={() => setMine(!mine)}>{t("apps.mine")}</Button>
          </>
        )
      }
    >
      {list.isPending ? (
        <Loading>
          <Grid>{Array.from({ length: 6 }, (_, i) => <Skeleton key={i} height={140} />)}</Grid>
        </Loading>
      ) : list.isError && !list.data ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : empty ? (
        filtered ? (
          <EmptyState icon={SearchX} title={t("apps.noneFound")} action={<Button onClick={clear}>{t("apps.clearFilters")}</Button>}>{t("apps.noneFoundText")}</EmptyState>
        ) : (
          <FirstSteps onCreate={setCreating} />
        )
      ) : (
        <>
          <Grid>{rows.map((a) => <AppCard key={a.id} app={a} />)}</Grid>
          <More list={list} />
        </>
      )}
      {creating && <CreateDialog key={creating} first={creating} onClose={() => setCreating(null)} />}
    </Page>
  );
}

/** Reads the next cards as soon as the end of those that are there comes near. */
function More({ list }: { list: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => Promise<unknown> } }) {
  const { t } = useTranslation();
  const end = useRef<HTMLDivElement>(null);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  useEffect(() => {
    if (!end.current || !hasNextPage || isFetchingNextPage || typeof IntersectionObserver === "undefined") return;
    const seen = new IntersectionObserver((all) => all.some((x) => x.isIntersecting) && void fetchNextPage(), { rootMargin: "600px" });
    seen.observe(end.current);
    return () => seen.disconnect();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  if (!hasNextPage) return null;
  return <div ref={end} className="flex justify-center pt-5"><Button variant="ghost" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>{t("apps.more")}</Button></div>;
}

function Grid({ children }: { children: React.ReactNode }) {
  return <div className="grid grid-cols-[repeat(auto-fill,minmax(272px,1fr))] gap-3">{children}</div>;
}

function AppCard({ app }: { app: AppItem }) {
  const { t } = useTranslation();
  const [asking, ask] = useState<"edit" | "delete" | "export" | "convert" | "tags" | null>(null);
  const navigate = useNavigate();
  const copy = useCommand(() => apps.copy(app.id), touches.apps, (a) => toast(t("apps.duplicated", { name: a.name })));
  const save = useCommand((b: Parameters<typeof apps.save>[1]) => apps.save(app.id, b), touches.app(app.id), () => ask(null));
  const remove = useCommand(() => apps.remove(app.id), touches.apps, () => toast(t("apps.deleted", { name: app.name })));
  const ModeIcon = modeIcons[app.mode];
  const items: MenuItem[][] = [
    [
      { id: "edit", label: t("apps.editInfo"), icon: Pencil, run: () => ask("edit") },
      { id: "tags", label: t("tag.set"), icon: TagIcon, run: () => ask("tags") },
      { id: "logs", label: t("logs.title"), icon: ScrollText, run: () => void navigate({ to: "/apps/$appId/logs", params: { appId: app.id } }) },
      { id: "copy", label: t("apps.duplicate"), icon: Copy, run: () => copy.mutate(undefined) },
      ...(isGraphMode(app.mode) ? [] : [{ id: "convert", label: t("convert.button"), icon: Workflow, run: () => ask("convert") }]),
      { id: "export", label: t("export.button"), icon: FileOutput, run: () => ask("export") },
      ...(app.published_version_id && app.site.enabled ? [{ id: "open", label: t("apps.openSite"), icon: ExternalLink, href: siteLink(app.mode, app.site.code) }] : []),
    ],
    [{ id: "delete", label: t("kit.delete"), icon: Trash2, danger: true, run: () => ask("delete") }],
  ];
  return (
    <article className="group relative flex min-h-[140px] flex-col rounded-lg border bg-surface p-4 [contain-intrinsic-size:auto_160px] [content-visibility:auto] transition-[border-color,box-shadow] focus-within:border-accent-line hover:border-line-strong hover:shadow-[0_2px_8px_rgb(0_0_0/0.05)]">
      <div className="flex items-start gap-3 pr-8">
        <AppIcon icon={app.icon} color={app.icon_color} />
        <div className="min-w-0 flex-1">
          <h2 className="truncate font-semibold" title={app.name}>
            <Link to="/apps/$appId/edit" params={{ appId: app.id }} aria-label={t("apps.open", { name: app.name })} className="after:absolute after:inset-0 after:rounded-lg focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-accent">
              {app.name}
            </Link>
          </h2>
          <p className="flex items-center gap-1 truncate text-xs text-faint"><ModeIcon size={12} aria-hidden className="shrink-0" />{modeTitle(t, app.mode)}</p>
        </div>
      </div>
      <p className="mt-2 line-clamp-2 text-sm text-muted">{app.description}</p>
      {(app.tags?.length ?? 0) > 0 && <div className="mt-2 flex flex-wrap gap-1">{app.tags?.map((tag) => <Badge key={tag}>{tag}</Badge>)}</div>}
      <div className="mt-auto flex items-center justify-between gap-2 pt-3 text-xs text-faint">
        <span className="relative z-[1]">{t("apps.edited")} <Time at={app.updated_at} /></span>
        {app.published_version_id ? <Badge tone="ok">{t("apps.published")}</Badge> : <Badge>{t("apps.draft")}</Badge>}
      </div>
      <div className="absolute top-3 right-3 z-[1]">
        <Menu groups={items} trigger={<IconButton icon={MoreHorizontal} size="sm" label={t("apps.menu", { name: app.name })} tip={false} busy={copy.isPending} />} />
      </div>
      {copy.error && <div className="relative z-[1] mt-2"><ErrorNote error={copy.error} /></div>}
      {asking === "edit" && (
        <InfoDialog title={t("apps.infoTitle")} action={t("kit.save")} first={{ name: app.name, description: app.description, icon: app.icon, icon_color: app.icon_color }} busy={save.isPending} error={save.error} onClose={() => ask(null)} onSubmit={save.mutate} />
      )}
      {asking === "convert" && <ConvertDialog app={app} onClose={() => ask(null)} />}
      {asking === "tags" && <TagsDialog app={app} onClose={() => ask(null)} />}
      {asking === "export" && <ExportDialog app={app} onClose={() => ask(null)} />}
      {asking === "delete" && <Confirm open onClose={() => ask(null)} onConfirm={() => remove.mutate(undefined)} title={t("apps.deleteTitle", { name: app.name })} action={t("kit.delete")} busy={remove.isPending} error={<ErrorNote error={remove.error} />}>
        <Loss app={app.id} />
      </Confirm>}
    </article>
  );
}

/** What goes with an app when it is deleted, in numbers as soon as they are known. */
function Loss({ app }: { app: string }) {
  const { t, i18n } = useTranslation();
  const has = useRead(keys.apps.content(app), () => content(app), { stale: 0 });
  const n = (x: number): string => count(x, i18n.language);
  const c = has.data;
  return (
    <>
      <p>{t("apps.deleteText")}</p>
      <ul className="list-disc pl-5 text-text">
        <li>{c ? t("loss.versions", { count: c.versions, n: n(c.versions) }) : t("apps.deleteDraft")}</li>
        <li>{c ? t("loss.chats", { count: c.conversations, n: n(c.conversations), messages: n(c.messages) }) : t("apps.deleteChats")}</li>
        {c && c.files > 0 && <li>{t("loss.files", { count: c.files, n: n(c.files) })}</li>}
        <li>{t("apps.deleteSite")}</li>
        {c?.keys !== 0 && <li>{c ? t("loss.keys", { count: c.keys, n: n(c.keys) }) : t("apps.deleteKeys")}</li>}
      </ul>
      <p>{t("apps.deleteBackup")}</p>
    </>
  );
}

/** Leads a beginner: first a model, then an app. */
function FirstSteps({ onCreate }: { onCreate: (way: Way) => void }) {
  const { t } = useTranslation();
  const admin = useMay("admin");
  const found = useRead(keys.endpoints, models.endpoints);
  if (found.isPending) return <Loading><Skeleton height={180} /></Loading>;
  const ready = found.data?.data.some((v) => v.endpoint.protocol !== "builtin" && v.models.some((m) => m.kind === "llm")) ?? false; // the built-in one only quotes
  if (ready)
    return (
      <EmptyState icon={Boxes} title={t("apps.firstApp")} action={<><Button variant="primary" icon={Plus} onClick={() => onCreate("blank")}>{t("apps.create")}</Button><Button icon={LayoutTemplate} onClick={() => onCreate("template")}>{t("templates.title")}</Button><Button icon={FileInput} onClick={() => onCreate("import")}>{t("import.button")}</Button></>}>
        {t("apps.firstAppText")}
      </EmptyState>
    );
  return (
    <EmptyState
      icon={Plug}
      title={t("apps.firstModel")}
      action={
        <>
          {admin && <Link to="/models" search={{ add: true }} className={buttonLink}>{t("apps.connect")}</Link>}
          <Button onClick={() => onCreate("blank")}>{t("apps.create")}</Button>
          <Button icon={FileInput} onClick={() => onCreate("import")}>{t("import.button")}</Button>
        </>
      }
    >
      {t(admin ? "apps.firstModelText" : "apps.firstModelAsk")}
    </EmptyState>
  );
}
