import { Languages, Moon, Sun } from "lucide-react";
import type { ReactNode } from "react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Logo } from "@/parts/logo";
import { isDark, setTheme } from "@/lib/theme";
import { langNames, langs, setLang } from "@/text";
import { Button, IconButton, Menu } from "@/ui";

/** The one card of a page before the frame: who we are, what is wanted, and the two things one may want to change first. */
export function AuthCard({ title, text, children, aside }: { title: string; text?: ReactNode; children: ReactNode; aside?: ReactNode }) {
  const { t, i18n } = useTranslation();
  const [dark, setDark] = useState(isDark);
  return (
    <div className="flex min-h-full flex-col">
      <header className="flex items-center justify-between p-4">
        <span className="flex items-center gap-2"><Logo /><span className="font-semibold tracking-tight">islet</span></span>
        <div className="flex items-center gap-1">
          <Menu
            label={t("profile.language")}
            trigger={<Button variant="ghost" size="sm" icon={Languages}>{langNames[i18n.language === "en" ? "en" : "zh-CN"]}</Button>}
            groups={[langs.map((l) => ({ id: l, label: langNames[l], checked: l === i18n.language, run: () => void setLang(l) }))]}
          />
          <IconButton
            icon={dark ? Sun : Moon}
            label={t(dark ? "theme.toLight" : "theme.toDark")}
            onClick={() => {
              setTheme(dark ? "light" : "dark");
              setDark(!dark);
            }}
          />
        </div>
      </header>
      <main className="flex flex-1 items-start justify-center px-4 pt-[6vh] pb-16">
        <div className="w-full max-w-[400px]">
          <h1 className="text-2xl font-semibold">{title}</h1>
          {text && <div className="mt-1 text-muted">{text}</div>}
          <div className="mt-6">{children}</div>
          {aside && <div className="mt-6 text-sm text-muted">{aside}</div>}
        </div>
      </main>
    </div>
  );
}
