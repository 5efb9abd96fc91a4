// Every text of the UI, in both languages, with keys that the compiler knows. One language is loaded at a time.
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type { Lang } from "@/api/types";
import type { en } from "./en";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en };
    keySeparator: false;
    nsSeparator: false;
    returnNull: false;
  }
}

/** A key that can be used without parameters, for tables of texts. */
export type TextKey = keyof typeof en;

export const langs = ["zh-CN", "en"] as const satisfies readonly Lang[];
export const langNames: Record<Lang, string> = { "zh-CN": "简体中文", en: "English" };

const KEY = "islet.lang";

const packs: Record<Lang, () => Promise<{ [key: string]: string }>> = {
  en: async () => (await import("./en")).en,
  "zh-CN": async () => (await import("./zh")).zh,
};

export function isLang(v: unknown): v is Lang {
  return langs.some((l) => l === v);
}

/** The language that was chosen in this browser, null if nobody ever chose. */
export function chosenLang(): Lang | null {
  try {
    const v = localStorage.getItem(KEY);
    return isLang(v) ? v : null;
  } catch {
    return null;
  }
}

/** What the browser asks for; Chinese of any kind is ours. */
export function browserLang(): Lang {
  const list = navigator.languages.length > 0 ? navigator.languages : [navigator.language];
  const first = list.find((l) => /^(zh|en)\b/i.test(l));
  return first && /^en/i.test(first) ? "en" : "zh-CN";
}

export function lang(): Lang {
  return isLang(i18next.language) ? i18next.language : "zh-CN";
}

export async function startText(first: Lang): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: first,
    fallbackLng: false,
    resources: { [first]: { translation: await packs[first]() } },
    keySeparator: false,
    nsSeparator: false,
    returnNull: false,
    interpolation: { escapeValue: false }, // React escapes
    react: { useSuspense: false },
  });
  document.documentElement.lang = first;
}

/** Switches the whole UI. remember keeps it for this browser. */
export async function setLang(next: Lang, remember = true): Promise<void> {
  if (remember) {
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // storage is off: the choice lasts until the page is closed
    }
  }
  if (!i18next.hasResourceBundle(next, "translation")) i18next.addResourceBundle(next, "translation", await packs[next]());
  if (i18next.language !== next) await i18next.changeLanguage(next);
  document.documentElement.lang = next;
}
