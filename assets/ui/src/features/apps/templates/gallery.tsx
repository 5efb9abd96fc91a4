import { useNavigate } from "@tanstack/react-router";
import { ArrowLeft, BookOpen, FileText, LayoutTemplate, Plug, SearchX, TerminalSquare, UserPen, Wrench } from "lucide-react";
import type { LucideIcon } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys, touches } from "@/api/keys";
import type { Template } from "@/api/make";
import { templates } from "@/api/make";
import { useCommand, useRead } from "@/api/use";
import { ofVariable, startFields } from "@/lib/fields";
import { match } from "@/lib/match";
import { pieces } from "@/lib/variables";
import { AppIcon, Badge, Button, EmptyState, ErrorNote, ErrorState, Loading, SearchInput, Segmented, Skeleton } from "@/ui";
import { isGraphMode } from "../graph/graph";
import { modeIcons, modeTitle } from "../modes";
import { Sketch } from "./sketch";

const categories = ["office", "knowledge", "writing", "data", "process", "development"] as const;

const needs = { model: Plug, dataset: BookOpen, document: FileText, tools: Wrench, person: UserPen, sandbox: TerminalSquare } as const satisfies { [need: string]: LucideIcon };
type Need = keyof typeof needs;
const known = (list: string[]): Need[] => ["model", ...list].flatMap((n) => Object.keys(needs).filter((k): k is Need => k === n));

/** The templates, searched and filtered; one of them with what it is made of; and the button that makes an app of it. */
export function Gallery({ compact }: { compact?: boolean }) {
  const { t, i18n } = useTranslation();
  const list = useRead(keys.templates.list(i18n.language), templates.list, { stale: Infinity });
  const [q, setQ] = useState("");
  const [category, setCategory] = useState<"all" | (typeof categories)[number]>("all");
  const [picked, pick] = useState<Template | null>(null);
  if (picked) return <Preview of={picked} onBack={() => pick(null)} />;
  const shown = (list.data?.data ?? []).filter((x) => (category === "all" || x.category === category) && (q.trim() === "" || match(q.trim(), x.name, x.description, x.tags.join(" "), x.id)));
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-2">
        <SearchInput value={q} onChange={setQ} label={t("templates.search")} />
        <Segmented label={t("templates.category")} value={category} onChange={setCategory} options={[{ value: "all", label: t("apps.all") }, ...categories.map((c) => ({ value: c, label: t(`templates.category.${c}`) }))]} />
      </div>
      {list.isPending ? (
        <Loading><div className="grid gap-3 sm:grid-cols-2">{Array.from({ length: 6 }, (_, i) => <Skeleton key={i} height={120} />)}</div></Loading>
      ) : list.isError ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : shown.length === 0 ? (
        <EmptyState compact icon={SearchX} title={t("templates.none")} action={<Button onClick={() => { setQ(""); setCategory("all"); }}>{t("apps.clearFilters")}</Button>} />
      ) : (
        <ul aria-label={t("templates.title")} className={compact ? "grid gap-3 sm:grid-cols-2" : "grid grid-cols-[repeat(auto-fill,minmax(280px,1fr))] gap-3"}>
          {shown.map((x) => <li key={x.id}><TemplateCard of={x} onPick={() => pick(x)} /></li>)}
        </ul>
      )}
    </div>
  );
}

function TemplateCard({ of: x, onPick }: { of: Template; onPick: () => void }) {
  const { t } = useTranslation();
  const ModeIcon = modeIcons[x.mode];
  return (
    <article className="relative flex h-full flex-col rounded-lg border bg-surface p-4 transition-[border-color,box-shadow] focus-within:border-accent-line hover:border-line-strong hover:shadow-[0_2px_8px_rgb(0_0_0/0.05)]">
      <div className="flex items-start gap-3">
        <AppIcon icon={x.icon} color={x.icon_color} />
        <div className="min-w-0 flex-1">
          <h2 className="truncate font-semibold" title={x.name}>
            <button type="button" onClick={onPick} className="max-w-full truncate text-left after:absolute after:inset-0 after:rounded-lg focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-accent">{x.name}</button>
          </h2>
          <p className="flex items-center gap-1 text-xs text-faint"><ModeIcon size={12} aria-hidden className="shrink-0" />{modeTitle(t, x.mode)}</p>
        </div>
      </div>
      <p className="mt-2 line-clamp-3 text-sm text-muted">{x.description}</p>
      <div className="mt-auto flex flex-wrap gap-1 pt-3">{x.tags.map((tag) => <Badge key={tag}>{tag}</Badge>)}</div>
    </article>
  );
}

function Preview({ of: x, onBack }: { of: Template; onBack: () => void }) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const one = useRead(keys.templates.one(x.id, i18n.language), () => templates.one(x.id), { stale: Infinity });
  const use = useCommand(() => templates.use(x.id, {}), touches.apps, (a) => void navigate({ to: "/apps/$appId/edit", params: { appId: a.id } }));
  const ModeIcon = modeIcons[x.mode];
  const settings = one.data?.settings;
  const example = Object.entries(one.data?.example.inputs ?? {});
  const query = one.data?.example.query ?? "";
  const fields = settings ? (isGraphMode(x.mode) ? startFields(settings.graph) : (settings.variables ?? []).map(ofVariable)) : [];
  const label = (name: string): string => fields.find((f) => f.name === name)?.label ?? name;
  return (
    <article aria-label={x.name} className="flex flex-col gap-5">
      <div><Button size="sm" variant="ghost" icon={ArrowLeft} onClick={onBack}>{t("templates.back")}</Button></div>
      <header className="flex flex-wrap items-start gap-4">
        <AppIcon icon={x.icon} color={x.icon_color} />
        <div className="min-w-0 flex-1 basis-64">
          <h2 className="text-lg font-semibold">{x.name}</h2>
          <p className="flex items-center gap-1 text-xs text-faint"><ModeIcon size={12} aria-hidden className="shrink-0" />{modeTitle(t, x.mode)}</p>
          <p className="mt-1 text-muted">{x.description}</p>
        </div>
        <Button variant="primary" icon={LayoutTemplate} busy={use.isPending} onClick={() => use.mutate(undefined)}>{t("templates.use")}</Button>
      </header>
      <ErrorNote error={use.error} />
      <section aria-label={t("templates.needs")}>
        <h3 className="mb-1.5 font-medium">{t("templates.needs")}</h3>
        <ul className="flex flex-col gap-1.5 text-sm text-muted">
          {known(x.needs).map((n) => {
            const Icon = needs[n];
            return <li key={n} className="flex items-start gap-2"><Icon size={15} aria-hidden className="mt-[3px] shrink-0 text-faint" />{t(`templates.need.${n}`)}</li>;
          })}
        </ul>
      </section>
      {one.isPending ? (
        <Skeleton height={220} />
      ) : one.isError ? (
        <ErrorState compact error={one.error} onRetry={() => void one.refetch()} />
      ) : (
        settings && (
          <>
            <section aria-label={t(isGraphMode(x.mode) ? "templates.graph" : "templates.prompt")}>
              <h3 className="mb-1.5 font-medium">{t(isGraphMode(x.mode) ? "templates.graph" : "templates.prompt")}</h3>
              {isGraphMode(x.mode) ? <Sketch graph={settings.graph} label={t("templates.graphOf", { name: x.name })} /> : <PromptText text={settings.prompt} />}
            </section>
            {(example.length > 0 || query !== "") && (
              <section aria-label={t("templates.example")}>
                <h3 className="mb-1.5 font-medium">{t("templates.example")}</h3>
                <dl className="divide-y rounded-md border">
                  {example.map(([k, v]) => (
                    <div key={k} className="flex gap-3 px-3 py-2 text-sm"><dt className="w-32 shrink-0 text-faint">{label(k)}</dt><dd className="min-w-0 flex-1 whitespace-pre-wrap [overflow-wrap:anywhere]">{String(v)}</dd></div>
                  ))}
                  {query !== "" && <div className="flex gap-3 px-3 py-2 text-sm"><dt className="w-32 shrink-0 text-faint">{t("templates.question")}</dt><dd className="min-w-0 flex-1">{query}</dd></div>}
                </dl>
              </section>
            )}
          </>
        )
      )}
    </article>
  );
}

/** A prompt to read, its variables marked. */
export function PromptText({ text }: { text: string }) {
  return (
    <pre tabIndex={0} className="max-h-80 overflow-auto rounded-md border bg-sunken/50 px-3 py-2.5 font-sans text-sm leading-6 whitespace-pre-wrap [overflow-wrap:anywhere]">
      {pieces(text).map((p, i) => (p.name === undefined ? p.text : <mark key={i} className="rounded-sm bg-accent-soft px-0.5 text-accent-text">{p.text}</mark>))}
    </pre>
  );
}
