// The types of node that are drawn, with their icons and names. A type that is not here is drawn as a box under its own name.
import type { TFunction } from "i18next";
import type { LucideIcon } from "lucide-react";
import { Bot, Box, Braces, Brain, CalendarClock, CornerDownLeft, FileText, Filter, Globe, GitBranch, Infinity as InfinityIcon, ListFilter, LogOut, Merge, MessageSquareReply, PencilLine, Play, Puzzle, Repeat, ScanText, Search, Split, UserPen, Variable, Webhook, Wrench } from "lucide-react";

const icons = {
  start: Play, end: LogOut, answer: MessageSquareReply, llm: Brain, agent: Bot, tool: Wrench, code: Braces, "if-else": GitBranch, "question-classifier": Split, "human-input": UserPen,
  "http-request": Globe, "template-transform": FileText, "variable-aggregator": Merge, assigner: PencilLine, "parameter-extractor": ScanText, "knowledge-retrieval": Search, "document-extractor": FileText,
  "list-operator": ListFilter, iteration: Repeat, loop: InfinityIcon, "loop-end": CornerDownLeft, "trigger-webhook": Webhook, "trigger-schedule": CalendarClock, "trigger-plugin": Puzzle,
} as const satisfies { [type: string]: LucideIcon };

type Known = keyof typeof icons;
const same: { [type: string]: Known } = { "variable-assigner": "variable-aggregator", "iteration-start": "start", "loop-start": "start" };

function known(type: string): Known | undefined {
  const t = same[type] ?? type;
  return Object.keys(icons).find((k): k is Known => k === t);
}

export function nodeIcon(type: string): LucideIcon {
  const k = known(type);
  return k ? icons[k] : type.startsWith("variable") ? Variable : type.includes("filter") ? Filter : Box;
}

export function nodeTitle(t: TFunction, type: string): string {
  const k = known(type);
  return k ? t(`node.${k}`) : type;
}
