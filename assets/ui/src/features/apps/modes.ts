import type { TFunction } from "i18next";
import type { LucideIcon } from "lucide-react";
import { Bot, MessageCircle, MessagesSquare, TextCursorInput, Workflow } from "lucide-react";
import type { Mode } from "@/api/types";

/** The types of app, in the order in which they are offered. */
export const modes = ["chat", "agent-chat", "completion", "advanced-chat", "workflow"] as const satisfies readonly Mode[];

export const modeIcons: Record<Mode, LucideIcon> = { chat: MessageCircle, "agent-chat": Bot, completion: TextCursorInput, "advanced-chat": MessagesSquare, workflow: Workflow };

export function modeTitle(t: TFunction, mode: string): string {
  const k = modes.find((m) => m === mode);
  return k ? t(`apps.mode.${k}`) : mode;
}
