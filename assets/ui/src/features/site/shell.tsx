import { Languages, Monitor, Moon, Settings2, Sun } from "lucide-react";
import type { ReactNode } from "react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Lang, Site, SiteView } from "@/api/types";
import type { Field } from "@/lib/fields";
import { ofStart, ofVariable } from "@/lib/fields";
import { setTheme, theme, themes } from "@/lib/theme";
import { chosenLang, isLang, langNames, langs, setLang } from "@/text";
import { AppIcon, IconButton, Menu } from "@/ui";

/** What a visitor fills in before the run or the first message, whatever kind of app it is. */
export function fieldsOf(view: SiteView): Field[] {
  const graph = view.app.mode === "workflow" || view.app.mode === "advanced-chat";
  return graph ? (view.fields ?? []).map(ofStart) : (view.variables ?? []).map(ofVariable);
}

/** The language is the one chosen in this browser, else the site's. */
export function useSiteLanguage(wanted: Lang | undefined): void {
  const { i18n } = useTranslation();
  useEffect(() => {
    if (!chosenLang() && isLang(wanted) && wanted !== i18n.language) void setLang(wanted, false);
  }, [wanted, i18n]);
}

export function Preferences() {
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

/** The small print. */
export function Foot({ site }: { site: Pick<Site, "disclaimer" | "copyright"> }) {
  if (!site.disclaimer && !site.copyright) return null;
  return (
    <p className="pt-1.5 text-center text-xs text-faint">
      {site.disclaimer}
      {site.disclaimer && site.copyright && " · "}
      {site.copyright && `© ${site.copyright}`}
    </p>
  );
}

/** The page of an app that does one thing at a time: what it is on top, then form and result. */
export function SingleSite({ icon, color, name, description, site, children }: { icon: string; color: string; name: string; description: string; site: Pick<Site, "disclaimer" | "copyright">; children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col bg-bg">
      <header className="sticky top-0 z-20 flex h-12 shrink-0 items-center gap-2 border-b bg-surface px-4">
        <AppIcon icon={icon} color={color} size="sm" />
        <h1 className="min-w-0 flex-1 truncate font-semibold" title={name}>{name}</h1>
        <Preferences />
      </header>
      <main className="mx-auto w-full max-w-5xl flex-1 px-4 py-5">
        {description && <p className="mb-5 max-w-2xl text-muted">{description}</p>}
        {children}
      </main>
      <footer className="px-4 pb-4"><Foot site={site} /></footer>
    </div>
  );
}
