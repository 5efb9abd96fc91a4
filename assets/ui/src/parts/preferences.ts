// Language and theme: kept in this browser at once, and with the person where somebody is signed in.
import { auth } from "@/api/console";
import { keys } from "@/api/keys";
import type { Lang, Me } from "@/api/types";
import type { Theme } from "@/lib/theme";
import { setTheme } from "@/lib/theme";
import { queries } from "@/queries";
import { setLang } from "@/text";

function save(b: { language?: Lang; theme?: Theme }): void {
  const me = queries.getQueryData<Me>(keys.me);
  if (!me) return;
  queries.setQueryData<Me>(keys.me, { ...me, user: { ...me.user, ...b } });
  auth.saveMe(b).catch(() => undefined); // this browser remembers it; the next change tries again
}

export function chooseLang(l: Lang): void {
  void setLang(l).then(() => save({ language: l }));
}

export function chooseTheme(t: Theme): void {
  setTheme(t);
  save({ theme: t });
}
