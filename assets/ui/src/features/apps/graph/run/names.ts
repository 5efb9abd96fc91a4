import type { TFunction } from "i18next";
import { spaceOf } from "@/lib/scope";

/** How people know a node or one of the groups that are no nodes. */
export function groupTitle(t: TFunction, node: string, title: string): string {
  const space = spaceOf(node);
  return space ? t(`tried.${space}`) : title || node;
}
