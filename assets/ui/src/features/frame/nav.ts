// The places of the left rail, as data. The palette shows the same list.
import type { LucideIcon } from "lucide-react";
import { Archive, BookOpen, Boxes, Cpu, Settings, Users, Wrench } from "lucide-react";
import type { Role } from "@/api/types";
import type { TextKey } from "@/text";

export interface Place {
  to: "/apps" | "/knowledge" | "/tools" | "/models" | "/members" | "/backups" | "/settings";
  title: TextKey;
  icon: LucideIcon;
  role: Role;
  group: "work" | "system";
  /** Letters that lead there, one after the other. */
  keys?: string;
}

export const places: Place[] = [
  { to: "/apps", keys: "g a", title: "nav.studio", icon: Boxes, role: "editor", group: "work" },
  { to: "/knowledge", keys: "g k", title: "nav.knowledge", icon: BookOpen, role: "editor", group: "work" },
  { to: "/tools", keys: "g o", title: "nav.tools", icon: Wrench, role: "editor", group: "work" },
  { to: "/models", keys: "g m", title: "nav.models", icon: Cpu, role: "editor", group: "work" },
  { to: "/members", title: "nav.members", icon: Users, role: "editor", group: "system" },
  { to: "/backups", title: "nav.backups", icon: Archive, role: "admin", group: "system" },
  { to: "/settings", keys: "g s", title: "nav.settings", icon: Settings, role: "admin", group: "system" },
];
