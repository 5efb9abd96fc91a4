import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { ChevronDown, CircleOff, Languages, Menu as MenuIcon, Monitor, Moon, Settings2, SquarePen, Sun } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useQueryClient } from "@tanstack/react-query";
import { asApiError } from "@/api/client";
import { keys } from "@/api/keys";
import { site, siteDoor } from "@/api/site";
import type { Attachment, Conversation, SiteView } from "@/api/types";
import { useRead } from "@/api/use";
import { setTheme, theme, themes } from "@/lib/theme";
import type { ValueProblem } from "@/lib/variables";
import { defaults, fill, valueProblems } from "@/lib/variables";
import type { ComposerHandle } from "@/parts/chat/composer";
import { InputsForm } from "@/parts/chat/inputs-form";
import { ChatPane } from "@/parts/chat/pane";
import { useChat } from "@/parts/chat/use-chat";
import { chosenLang, isLang, langNames, langs, setLang } from "@/text";
import { AppIcon, EmptyState, ErrorState, IconButton, Menu, Spinner } from "@/ui";
import { cx } from "@/ui/cx";
import { ConversationList } from "./conversations";

const route = getRouteApi("/chat/$code");

/** The published web app. */
export function SitePage() {
  const { t, i18n } = useTranslation();
  const { code } = route.useParams();
  const view = useRead(keys.site.view(code), () => site.view(code), { stale: 60_000 });
  const wanted = view.data?.site.language;
  const name = view.data ? view.data.site.title || view.data.app.name : "";

  // The language is the one chosen in this browser, else the site's.
  useEffect(() => {
    if (!chosenLang() && isLang(wanted) && wanted !== i18n.language) void setLang(wanted, false);
  }, [wanted, i18n]);
  useEffect(() => {
    if (name) document.title = name;
  }, [name]);

  if (view.isPending) return <div className="flex h-full items-center justify-center"><Spinner size={22} /></div>;
  if (view.isError && !view.data)
    return (
      <main className="flex h-full items-center justify-center p-6">
        {view.error.status === 404 ? <EmptyState page icon={CircleOff} title={t("site.off")}>{t("site.offText")}</EmptyState> : <ErrorState error={view.error} onRetry={() => void view.refetch()} />}
      </main>
    );
  return <WebApp key={code} code={code} view={view.data} />;
}

function WebApp({ code, view }: { code: string; view: SiteView }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { c: wanted } = route.useSearch();
  const door = useMemo(() => siteDoor(code), [code]);
  const vars = useMemo(() => (view.variables ?? []).filter((v) => !v.hidden), [view.variables]);
  const [typed, setTyped] = useState<{ [k: string]: unknown }>(() => defaults(vars));
  const [problems, setProblems] = useState<{ [name: string]: ValueProblem }>({});
  const [drawer, setDrawer] = useState(false);
  const [folded, fold] = useState(false);
  const [loading, setLoading] = useState(false);
  const [failed, setFailed] = useState<Parameters<typeof ErrorState>[0]["error"] | null>(null);
  const composer = useRef<ComposerHandle>(null);
  const open = useRef<string | null>(null); // the conversation that the thread holds
  const refresh = useCallback(() => void client.invalidateQueries({ queryKey: keys.site.conversations(code) }), [client, code]);
  const go = useCallback((c: string | null, replace = false) => void navigate({ to: "/chat/$code", params: { code }, search: c ? { c } : {}, replace }), [navigate, code]);

  const chat = useChat({
    door,
    followUp: view.follow_up,
    onStarted: (c: Conversation) => {
      if (open.current === c.id) return;
      open.current = c.id;
      go(c.id, true);
      refresh();
    },
    onFinished: refresh,
  });
  const { load } = chat.verbs;

  // The address says which conversation is open, so that a reload and the back button find it again.
  const read = useCallback(
    async (id: string): Promise<void> => {
      setLoading(true);
      setFailed(null);
      try {
        const [list, found] = await Promise.all([site.messages(code, id), conversationOf(code, id)]);
        if (open.current !== id) return;
        load(found, list.data ?? []);
        setTyped(found?.inputs ?? {});
        fold(true);
      } catch (err) {
        const e = asApiError(err);
        if (e.status === 404 || e.status === 400) {
          open.current = null;
          load(null, []);
          go(null, true);
        } else setFailed(e);
      } finally {
        setLoading(false);
      }
    },
    [code, load, go],
  );
  useEffect(() => {
    const id = wanted ?? null;
    if (open.current === id) return;
    open.current = id;
    if (id) void read(id);
    else {
      load(null, []);
      setTyped(defaults(vars));
      setProblems({});
      setFailed(null);
    }
  }, [wanted, read, load, vars]);

  const name = view.site.title || view.app.name;
  const fresh = chat.steps.length === 0;
  const values = typed;
  const onSend = (query: string, files: Attachment[]): boolean => {
    if (fresh) {
      const wrong = valueProblems(vars, values);
      setProblems(wrong);
      if (Object.keys(wrong).length > 0) return false;
      fold(true);
    }
    chat.verbs.send(query, values, files);
    return true;
  };
  const startNew = (): void => {
    setDrawer(false);
    go(null);
    composer.current?.focus();
  };
  const icon = useMemo(() => <AppIcon icon={view.app.icon} color={view.app.icon_color} size="sm" />, [view.app.icon, view.app.icon_color]);
  const opening = chat.thread.conversation?.opening || fill(view.opening, values);

  return (
    <div className="flex h-dvh bg-surface">
      <ConversationList code={code} title={name} icon={icon} current={chat.thread.conversation?.id ?? wanted ?? null} open={drawer} onClose={() => setDrawer(false)} onPick={(id) => { setDrawer(false); go(id); }} onNew={startNew} onGone={() => go(null, true)} />
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <header className="flex h-12 shrink-0 items-center gap-1.5 border-b px-2 md:px-4">
          <span className="md:hidden"><IconButton icon={MenuIcon} size="lg" label={t("site.openList")} aria-expanded={drawer} onClick={() => setDrawer(true)} tip={false} /></span>
          <h1 className="min-w-0 flex-1 truncate font-semibold max-md:text-center">{chat.thread.conversation?.name || name}</h1>
          <Preferences />
          <IconButton icon={SquarePen} size="lg" label={t("site.new")} onClick={startNew} />
        </header>
        <main className="min-h-0 flex-1">
          {failed ? (
            <ErrorState error={failed} onRetry={() => open.current && void read(open.current)} />
          ) : loading && fresh ? (
            <div className="flex h-full items-center justify-center"><Spinner size={20} /></div>
          ) : (
            <ChatPane
              chat={chat}
              door={door}
              files={view.files}
              icon={icon}
              opening={opening}
              suggested={view.suggested ?? []}
              composer={composer}
              onSend={onSend}
              placeholder={view.site.placeholder}
              form={
                vars.length > 0 && (
                  <section aria-label={t(fresh ? "inputs.title" : "inputs.shown")} className="mb-2 rounded-lg border bg-bg">
                    <button type="button" aria-expanded={fresh || !folded} disabled={fresh} onClick={() => fold(!folded)} className="flex h-10 w-full items-center gap-1.5 px-4 text-sm font-medium text-muted">
                      {!fresh && <ChevronDown size={14} aria-hidden className={cx("transition-transform", folded && "-rotate-90")} />}
                      {t(fresh ? "inputs.title" : "inputs.shown")}
                    </button>
                    {fresh ? (
                      <div className="px-4 pb-4"><InputsForm vars={vars} values={values} problems={problems} onChange={(v) => { setTyped(v); if (Object.keys(problems).length > 0) setProblems(valueProblems(vars, v)); }} /></div>
                    ) : (
                      !folded && (
                        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 px-4 pb-3 text-sm">
                          {vars.map((v) => (
                            <div key={v.name} className="contents"><dt className="text-faint">{v.label || v.name}</dt><dd className="[overflow-wrap:anywhere]">{shown(values[v.name])}</dd></div>
                          ))}
                        </dl>
                      )
                    )}
                  </section>
                )
              }
              empty={
                <div className="flex flex-col items-center pt-[14vh] text-center">
                  <AppIcon icon={view.app.icon} color={view.app.icon_color} size="lg" />
                  <h2 className="mt-4 text-xl font-semibold">{name}</h2>
                  <p className="mt-1 max-w-md text-muted">{view.site.description || view.app.description || t("site.empty")}</p>
                </div>
              }
              foot={
                (view.site.disclaimer || view.site.copyright) && (
                  <p className="pt-1.5 text-center text-xs text-faint">{view.site.disclaimer}{view.site.disclaimer && view.site.copyright && " · "}{view.site.copyright && `© ${view.site.copyright}`}</p>
                )
              }
            />
          )}
        </main>
      </div>
    </div>
  );
}

function shown(v: unknown): string {
  if (v === true) return "✓";
  if (v === false || v === undefined || v === null || v === "") return "–";
  return String(v);
}

/** One conversation; the list is the only way to read it. */
async function conversationOf(code: string, id: string): Promise<Conversation | null> {
  const { data } = await site.conversations(code, "");
  return (data ?? []).find((c) => c.id === id) ?? null;
}

function Preferences() {
  const { t, i18n } = useTranslation();
  const [now, setNow] = useState(theme());
  const icons = { system: Monitor, light: Sun, dark: Moon } as const;
  return (
    <Menu
      label={t("site.settings")}
      trigger={<IconButton icon={Settings2} size="lg" label={t("site.settings")} tip={false} />}
      groups={[
        langs.map((l) => ({ id: l, label: langNames[l], icon: Languages, checked: l === i18n.language, run: () => void setLang(l) })),
        themes.map((x) => ({ id: x, label: t(`theme.${x}`), icon: icons[x], checked: x === now, run: () => { setTheme(x); setNow(x); } })),
      ]}
    />
  );
}
