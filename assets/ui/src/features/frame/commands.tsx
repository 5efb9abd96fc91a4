// Commands as data; the palette is one view of them.
import type { useNavigate } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import type { LucideIcon } from "lucide-react";
import { BookPlus, FileJson, FileInput, Languages, LayoutTemplate, Monitor, Moon, PackagePlus, Plug, Sun, UserRound, Wrench } from "lucide-react";
import type { ReactNode } from "react";
import type { Role } from "@/api/types";
import { chooseLang, chooseTheme } from "@/parts/preferences";
import { langNames, langs } from "@/text";
import { places } from "./nav";

export interface Command {
  id: string;
  group: "recent" | "apps" | "knowledge" | "pages" | "commands";
  title: string;
  /** A word behind the title. */
  note?: string;
  /** More words to be found by, never shown. */
  words?: string;
  icon?: LucideIcon;
  mark?: ReactNode;
  /** Letters that run it, outside of fields and of the canvas. */
  keys?: string;
  role: Role;
  run: () => void;
}

export function commands(t: TFunction, go: ReturnType<typeof useNavigate>): Command[] {
  return [
    ...places.map((p): Command => ({ id: p.to, group: "pages", title: t(p.title), words: p.to, icon: p.icon, role: p.role, ...(p.keys ? { keys: p.keys } : {}), run: () => void go({ to: p.to }) })),
    { id: "profile", group: "pages", title: t("nav.profile"), words: "profile password", icon: UserRound, role: "member", run: () => void go({ to: "/profile" }) },
    { id: "create-app", group: "commands", title: t("apps.create"), words: "new create app", keys: "c", icon: PackagePlus, role: "editor", run: () => void go({ to: "/apps", search: { create: "blank" } }) },
    { id: "templates", group: "pages", title: t("templates.title"), words: "templates gallery examples", keys: "g t", icon: LayoutTemplate, role: "editor", run: () => void go({ to: "/templates" }) },
    { id: "import-app", group: "commands", title: t("import.button"), words: "import dsl yaml dify", keys: "i", icon: FileInput, role: "editor", run: () => void go({ to: "/apps", search: { create: "import" } }) },
    { id: "create-knowledge", group: "commands", title: t("know.new"), words: "new create knowledge dataset documents", icon: BookPlus, role: "editor", run: () => void go({ to: "/knowledge/new" }) },
    { id: "add-openapi", group: "commands", title: t("toolbox.addApi"), words: "tool openapi swagger", icon: FileJson, role: "editor", run: () => void go({ to: "/tools", search: { add: "api" } }) },
    { id: "add-mcp", group: "commands", title: t("toolbox.addMcp"), words: "tool mcp server", icon: Wrench, role: "editor", run: () => void go({ to: "/tools", search: { add: "mcp" } }) },
    { id: "add-endpoint", group: "commands", title: t("models.add"), words: "connect model endpoint", icon: Plug, role: "admin", run: () => void go({ to: "/models", search: { add: true } }) },
    { id: "theme-light", group: "commands", title: t("palette.theme", { name: t("theme.light") }), words: "theme light", icon: Sun, role: "member", run: () => chooseTheme("light") },
    { id: "theme-dark", group: "commands", title: t("palette.theme", { name: t("theme.dark") }), words: "theme dark", icon: Moon, role: "member", run: () => chooseTheme("dark") },
    { id: "theme-system", group: "commands", title: t("palette.theme", { name: t("theme.system") }), words: "theme system", icon: Monitor, role: "member", run: () => chooseTheme("system") },
    ...langs.map((l): Command => ({ id: `lang-${l}`, group: "commands", title: t("palette.language", { name: langNames[l] }), words: `language ${l}`, icon: Languages, role: "member", run: () => chooseLang(l) })),
  ];
}
