import type { TFunction } from "i18next";
import { toast } from "@/ui";

/** Says what did not come along into a container or out of it. */
export function tellHome(t: TFunction, { left, cut }: { left: number; cut: number }): void {
  if (left > 0) toast(t("canvas.homeLeft", { count: left }));
  else if (cut > 0) toast(t("canvas.homeCut", { count: cut }));
}
