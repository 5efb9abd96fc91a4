// The languages that are spoken to and by models. Pure.

interface Voice {
  name: string;
  language: string;
}

/** What people may say that they speak, by the codes that recognisers know. */
export const spoken = ["zh", "yue", "en", "ja", "ko", "fr", "de", "es", "pt", "it", "ru", "ar", "hi", "id", "th", "vi"] as const;

/** The same language whatever its form: zh of zh-Hans, zh_CN and ZH. */
const stem = (code: string): string => code.toLowerCase().split(/[-_]/)[0] ?? "";

/** The languages of voices, each once, in their order. */
export function languagesOf(voices: Voice[]): string[] {
  const out: string[] = [];
  for (const v of voices) if (v.language !== "" && !out.includes(v.language)) out.push(v.language);
  return out;
}

/** The voices of a language, and those that tell of none; all of them if none speaks it. */
export function inLanguage(voices: Voice[], language: string): Voice[] {
  const own = voices.filter((v) => v.language === "" || stem(v.language) === stem(language));
  return language !== "" && own.some((v) => v.language !== "") ? own : voices;
}

/** A language by its name in the language of the UI; as it is where that is no code. */
export function languageName(code: string, ui: string): string {
  try {
    return new Intl.DisplayNames([ui], { type: "language" }).of(code.replaceAll("_", "-")) ?? code;
  } catch {
    return code; // a name already, such as "Chinese (Mandarin)"
  }
}
