import { Calculator, ChartColumn, Clock, FileJson, FileText, Globe, LibraryBig, Plug, SquareTerminal, Wrench } from "lucide-react";
import type { LucideIcon } from "lucide-react";
import { AppIcon } from "@/ui";
import { cx } from "@/ui/cx";

const builtin: { [provider: string]: LucideIcon } = { time: Clock, calculator: Calculator, code: SquareTerminal, webscraper: Globe, knowledge: LibraryBig, chart: ChartColumn, document: FileText };
const boxes = { xs: "size-5 rounded-sm", sm: "size-7 rounded", md: "size-9 rounded-md" } as const;
const sizes = { xs: 13, sm: 15, md: 18 } as const;

/** The picture of a tool or of where it comes from: an emoji where people chose one, else a sign of its kind. */
export function ToolIcon({ type, provider, icon, color, size = "sm" }: { type: string; provider: string; icon: string; color: string; size?: keyof typeof sizes }) {
  if (icon) return <AppIcon icon={icon} color={color} size={size} />;
  const Icon = type === "mcp" ? Plug : type === "api" ? FileJson : (builtin[provider.split("/").at(-1) ?? ""] ?? Wrench);
  return (
    <span aria-hidden className={cx("flex shrink-0 items-center justify-center bg-accent-soft text-accent-text", boxes[size])}>
      <Icon size={sizes[size]} />
    </span>
  );
}
