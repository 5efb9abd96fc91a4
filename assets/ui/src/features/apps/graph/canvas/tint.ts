import { isAddable, kinds } from "../catalog";
import type { Shelf } from "../node-view";

const tints: Record<Shelf, string> = {
  entry: "bg-ok-soft text-ok-text",
  model: "bg-accent-soft text-accent-text",
  knowledge: "bg-accent-soft text-accent-text",
  logic: "bg-warn-soft text-warn-text",
  transform: "bg-sunken text-muted",
  act: "bg-danger-soft text-danger-text",
  out: "bg-ok-soft text-ok-text",
};

/** The colours of a kind's icon, by its part of the palette. */
export const tint = (type: string): string => (isAddable(type) ? tints[kinds[type].shelf] : "bg-sunken text-muted");
