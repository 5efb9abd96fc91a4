import type { TFunction } from "i18next";

/** The types of app that this release can make. */
export const modes = ["chat"] as const;

const known = ["chat", "completion", "agent-chat", "advanced-chat", "workflow"] as const;

export function modeTitle(t: TFunction, mode: string): string {
  const k = known.find((m) => m === mode);
  return k ? t(`apps.mode.${k}`) : mode;
}
