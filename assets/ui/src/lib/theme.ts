// The theme that a person chose, kept in this browser; "system" follows the machine as it changes.
import { useEffect, useState } from "react";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const KEY = "islet.theme";
const media = () => window.matchMedia("(prefers-color-scheme: dark)");

export function isTheme(v: unknown): v is Theme {
  return themes.some((t) => t === v);
}

export function theme(): Theme {
  try {
    const v = localStorage.getItem(KEY);
    return isTheme(v) ? v : "system";
  } catch {
    return "system";
  }
}

export function setTheme(next: Theme): void {
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // storage is off: the choice lasts until the page is closed
  }
  paint(next);
}

function paint(t: Theme): void {
  document.documentElement.dataset["theme"] = t === "dark" || (t === "system" && media().matches) ? "dark" : "light";
}

/** Keeps "system" in step with the machine. Call once. */
export function watchTheme(): void {
  paint(theme());
  media().addEventListener("change", () => paint(theme()));
}

/** Whether dark is what is on the screen now. */
export function isDark(): boolean {
  return document.documentElement.dataset["theme"] === "dark";
}

/** Whether it is dark now, while one looks. */
export function useDark(): boolean {
  const [dark, setDark] = useState(isDark);
  useEffect(() => {
    const seen = new MutationObserver(() => setDark(isDark()));
    seen.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    return () => seen.disconnect();
  }, []);
  return dark;
}
