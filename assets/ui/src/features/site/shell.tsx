import { Languages, Monitor, Moon, Settings2, Sun } from "lucide-react";
import type { ReactNode } from "react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Site, SiteView } from "@/api/types";
import type { Field } from "@/lib/fields";
import { ofStart, ofVariable } from "@/lib/fields";
import { setTheme, theme, themes } from "@/lib/theme";
import { langNames, langs, setLang } from "@/text";
import { AppIcon, IconButton, Menu } from "@/ui";
import { headerStyle } from "./look";
import { PersonMenu } from "./person";

/** What a visitor fills in before the run or the first message, whatever kind of app it is. */
export function fieldsOf(view: SiteView): Field[] {
  const graph = view.app.mode === "workflow" || view.app.mode === "advanced-chat";
  return graph ? (view.fields ?? []).map(ofStart) : (view.variables ?? []).map(ofVariable);
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
export function Foot({ site }: { site: Pick<Site, "disclaimer" | "copyright" | "privacy_url"> }) {
  const { t } = useTranslation();
  const parts: ReactNode[] = [];
  if (site.disclaimer) parts.push(site.disclaimer);
  if (site.copyright) parts.push(`© ${site.copyright}`);
  if (site.privacy_url) parts.push(<a className="underline underline-offset-2 hover:text-text" href={site.privacy_url} target="_blank" rel="noopener noreferrer">{t("site.privacy")}</a>);
  if (parts.length === 0) return null;
  return <p className="pt-1.5 text-center text-xs text-faint">{parts.map((p, i) => <span key={i}>{i > 0 && " · "}{p}</span>)}</p>;
}

/** The page of an app that does one thing at a time: what it is on top, then form and result. */
export function SingleSite({ code, view, tabs, children }: { code: string; view: SiteView; tabs?: ReactNode; children: ReactNode }) {
  const name = view.site.title || view.app.name;
  const description = view.site.description || view.app.description;
  return (
    <div className="flex min-h-dvh flex-col bg-bg">
      <header className="sticky top-0 z-20 flex h-12 shrink-0 items-center gap-1.5 border-b bg-surface px-4 max-md:px-3" style={headerStyle(view.site.inverted)}>
        <AppIcon icon={view.app.icon} color={view.app.icon_color} size="sm" />
        <h1 className="min-w-0 flex-1 truncate font-semibold" title={name}>{name}</h1>
        {view.person && <PersonMenu code={code} person={view.person} />}
        <Preferences />
      </header>
      <main className="mx-auto w-full max-w-5xl flex-1 px-4 py-5">
        {description && <p className="mb-5 max-w-2xl text-muted">{description}</p>}
        {tabs}
        {children}
      </main>
      <footer className="px-4 pb-4"><Foot site={view.site} /></footer>
    </div>
  );
}
