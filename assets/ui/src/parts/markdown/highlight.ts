// Loaded with the first finished block of code.
import type { Root } from "hast";
import { common, createLowlight } from "lowlight";

const low = createLowlight(common);

export function highlight(language: string, text: string): Root | null {
  if (!language || !low.registered(language)) return null;
  return low.highlight(language, text);
}
