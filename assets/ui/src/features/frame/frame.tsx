import { Link, Outlet, useMatches, useNavigate, useRouterState } from "@tanstack/react-router";
import { ChevronsUpDown, Languages, Lock, LogOut, Menu as MenuIcon, Monitor, Moon, Search, Sun, UserRound } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { auth } from "@/api/console";
import type { Me } from "@/api/types";
import { atLeast } from "@/lib/role";
import { opened, subject } from "@/lib/recent";
import { useReachable } from "@/lib/reach";
import { isTheme, setTheme, theme, themes } from "@/lib/theme";
import { useMe } from "@/parts/me";
import { chooseLang, chooseTheme } from "@/parts/preferences";
import { queries } from "@/queries";
import { isLang, langNames, langs, setLang } from "@/text";
import { Avatar, EmptyState, IconButton, Kbd, Menu, Tooltip } from "@/ui";
import { cx } from "@/ui/cx";
import { Logo } from "@/parts/logo";
import { places } from "./nav";
import { Palette } from "./palette";
import { paletteKeys, ShortcutsDialog, useShortcuts } from "./shortcuts";

export function Frame() {
  const me = useMe();
  const match = useMatches({ select: (all) => all[all.length - 1]?.staticData });
  const [palette, setPalette] = useState(false);
  const [open, setOpen] = useState(false);
  const [help, setHelp] = useState(false);
  const showHelp = useCallback(() => setHelp(true), []);
  useShortcuts(me ?? null, showHelp);
  const path = useRouterState({ select: (s) => s.location.pathname });
  const { t, i18n } = useTranslation();

  useEffect(() => {
    if (!me) return;
    if (isLang(me.user.language) && me.user.language !== i18n.language) void setLang(me.user.language);
    if (isTheme(me.user.theme) && me.user.theme !== theme()) setTheme(me.user.theme);
  }, [me, i18n]);

  useEffect(() => setOpen(false), [path]);
  useEffect(() => {
    const what = subject(path);
    if (what) opened(what);
  }, [path]);

  useEffect(() => {
    const onKey = (e: KeyboardEvent): void => {
      if ((e.ctrlKey || e.metaKey) && !e.shiftKey && !e.altKey && e.key.toLowerCase() === "k") {
        e.preventDefault();
        setPalette((p) => !p);
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);

  if (!me) return null;
  const slim = match?.wide === true;
  const allowed = !match?.role || atLeast(me.user.role, match.role);
  return (
    <div className="flex h-full flex-col md:flex-row">
      <a href="#main" className="sr-only focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:z-70 focus:rounded focus:bg-raised focus:px-3 focus:py-1">{t("nav.skip")}</a>
      <header className="flex h-12 shrink-0 items-center gap-2 border-b bg-surface px-3 md:hidden">
        <IconButton icon={MenuIcon} label={t("nav.menu")} aria-expanded={open} onClick={() => setOpen(!open)} />
        <Logo />
        <span className="truncate font-medium">{me.workspace.name}</span>
        <div className="ml-auto"><IconButton icon={Search} label={t("palette.title")} onClick={() => setPalette(true)} /></div>
      </header>
      {open && <button type="button" aria-label={t("kit.close")} onClick={() => setOpen(false)} className="fixed inset-0 z-20 bg-scrim md:hidden" />}
      <nav
        aria-label={t("nav.label")}
        className={cx(
          "z-30 flex-col gap-0.5 border-r bg-bg p-2 max-md:fixed max-md:inset-y-0 max-md:left-0 max-md:w-64 max-md:bg-surface",
          slim ? "md:w-14" : "md:w-52",
          open ? "flex" : "hidden md:flex",
        )}
      >
        <div className={cx("flex h-10 items-center gap-2", slim ? "justify-center" : "px-2")}>
          <Logo />
          {!slim && <span className="font-semibold tracking-tight">islet</span>}
        </div>
        <PaletteButton slim={slim} onClick={() => setPalette(true)} />
        <Places me={me} slim={slim} group="work" />
        {atLeast(me.user.role, "editor") && (slim ? <div className="mx-2 my-2 h-px bg-line" /> : <div className="px-2 pt-4 pb-1 text-xs text-faint">{t("nav.system")}</div>)}
        <Places me={me} slim={slim} group="system" />
        <div className="mt-auto"><Person me={me} slim={slim} /></div>
      </nav>
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <Unreachable />
        <main id="main" tabIndex={-1} className="min-h-0 flex-1 overflow-y-auto focus:outline-none">
          {allowed ? <Outlet /> : <EmptyState page icon={Lock} title={t("frame.forbidden")}>{t(me.user.role === "member" ? "frame.member" : "frame.forbiddenText")}</EmptyState>}
        </main>
      </div>
      {palette && <Palette me={me} onClose={() => setPalette(false)} onKeys={showHelp} />}
      {help && <ShortcutsDialog me={me} onClose={() => setHelp(false)} />}
    </div>
  );
}

function PaletteButton({ slim, onClick }: { slim: boolean; onClick: () => void }) {
  const { t } = useTranslation();
  if (slim) return <div className="flex justify-center pb-1"><IconButton icon={Search} label={t("palette.title")} onClick={onClick} /></div>;
  return (
    <button type="button" onClick={onClick} aria-description={t("palette.title")} className="mb-2 flex h-8 items-center gap-2 rounded border bg-surface px-2 text-sm text-faint transition-colors hover:border-line-strong">
      <Search size={14} aria-hidden />
      <span className="min-w-0 flex-1 truncate text-left">{t("palette.short")}</span>
      <Kbd>{paletteKeys}</Kbd>
    </button>
  );
}

function Places({ me, slim, group }: { me: Me; slim: boolean; group: "work" | "system" }) {
  const { t } = useTranslation();
  return places.filter((p) => p.group === group && atLeast(me.user.role, p.role)).map(({ to, title, icon: Icon }) => {
    const link = (
      <Link
        key={to}
        to={to}
        activeProps={{ "data-on": true, "aria-current": "page" }}
        aria-label={slim ? t(title) : undefined}
        className={cx(
          "flex h-8 items-center gap-2.5 rounded text-muted transition-colors hover:bg-hover hover:text-text data-on:bg-accent-soft data-on:font-medium data-on:text-accent-text",
          slim ? "w-10 justify-center" : "px-2",
        )}
      >
        <Icon size={17} aria-hidden />
        {!slim && t(title)}
      </Link>
    );
    return slim ? <Tooltip key={to} text={t(title)} side="right">{link}</Tooltip> : link;
  });
}

function Person({ me, slim }: { me: Me; slim: boolean }) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const now = isTheme(me.user.theme) ? me.user.theme : theme();
  const icons = { system: Monitor, light: Sun, dark: Moon } as const;
  const signOut = async (): Promise<void> => {
    await auth.signOut().catch(() => undefined); // a session that is gone is signed out too
    queries.clear();
    await navigate({ to: "/signin", search: {} });
  };
  return (
    <Menu
      label={t("nav.person")}
      side="top"
      align="start"
      trigger={
        <button type="button" aria-label={slim ? t("nav.personOf", { name: me.user.name }) : undefined} className={cx("flex w-full items-center gap-2 rounded p-1.5 text-left transition-colors hover:bg-hover", slim && "justify-center")}>
          <Avatar name={me.user.name} />
          {!slim && (
            <>
              <span className="min-w-0 flex-1">
                <span className="block truncate text-sm leading-4.5">{me.user.name}</span>
                <span className="block truncate text-xs text-faint">{me.workspace.name}</span>
              </span>
              <ChevronsUpDown size={14} aria-hidden className="text-faint" />
            </>
          )}
        </button>
      }
      groups={[
        [{ id: "profile", label: t("nav.profile"), icon: UserRound, run: () => void navigate({ to: "/profile" }) }],
        themes.map((x) => ({ id: x, label: t(`theme.${x}`), icon: icons[x], checked: x === now, run: () => chooseTheme(x) })),
        langs.map((l) => ({ id: l, label: langNames[l], icon: Languages, checked: l === i18n.language, run: () => chooseLang(l) })),
        [{ id: "out", label: t("nav.signOut"), icon: LogOut, run: () => void signOut() }],
      ]}
    />
  );
}

/** A line while the server is away; it looks again by itself and then reloads what is on the screen. */
function Unreachable() {
  const { t } = useTranslation();
  const ok = useReachable();
  useEffect(() => {
    if (ok) return;
    const timer = setInterval(() => void auth.setup().then(() => queries.invalidateQueries()).catch(() => undefined), 3000);
    return () => clearInterval(timer);
  }, [ok]);
  if (ok) return null;
  return <div role="alert" className="border-b border-warn-line bg-warn-soft px-4 py-1.5 text-center text-sm text-warn-text">{t("frame.unreachable")}</div>;
}
