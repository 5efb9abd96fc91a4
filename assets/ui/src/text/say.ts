import type { Text } from "@/api/types";
import { lang } from ".";

/** A sentence of the server in the language of the page. */
export function sayText(text: Text): string {
  return lang() === "zh-CN" && text.zh ? text.zh : text.en;
}
