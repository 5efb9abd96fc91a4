import { useEffect, useSyncExternalStore } from "react";
import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import type { Lang } from "@/api/types";
import { shades } from "@/lib/accent";
import { isDark } from "@/lib/theme";
import { chosenLang, isLang, setLang } from "@/text";

/** The language is the one chosen in this browser, else the site's. */
export function useSiteLanguage(wanted: Lang | undefined): void {
  const { i18n } = useTranslation();
  useEffect(() => {
    if (!chosenLang() && isLang(wanted) && wanted !== i18n.language) void setLang(wanted, false);
  }, [wanted, i18n]);
}

function watchTheme(changed: () => void): () => void {
  const o = new MutationObserver(changed);
  o.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return () => o.disconnect();
}

/** Paints the page, with what opens above it, in the colour of its app. */
export function useAccent(color: string | undefined): void {
  const dark = useSyncExternalStore(watchTheme, isDark);
  useEffect(() => {
    const set = shades(color ?? "", dark);
    if (!set) return;
    const root = document.documentElement;
    for (const [k, v] of Object.entries(set)) root.style.setProperty(k, v);
    return () => {
      for (const k of Object.keys(set)) root.style.removeProperty(k);
    };
  }, [color, dark]);
}

/** The tokens of a header in the app's colour. */
const mixed = (part: number): string => `color-mix(in srgb, var(--on-accent) ${part}%, transparent)`;
const onAccent: { [token: string]: string } = { "--text": "var(--on-accent)", "--muted": "var(--on-accent)", "--faint": "var(--on-accent)", "--hover": mixed(18), "--line": "transparent", "--surface": "var(--accent)", color: "var(--on-accent)" };

/** How a header looks; inverted it has the app's colour. */
export function headerStyle(inverted: boolean): CSSProperties {
  return inverted ? onAccent : {};
}
