// The ways out of a node as the canvas has them: those of its kind, and fail-branch where its errors go their own way.
import { noWayOut, text } from "./doc";
import type { Data, Way } from "./node-view";
import { viewOf } from "./nodes";

const one: readonly Way[] = [{ id: "source", label: "" }];
const none: readonly Way[] = [];

export function waysOf(type: string, data: Data): readonly Way[] {
  if (noWayOut(type)) return none;
  const own = viewOf(type).ways?.(data) ?? one;
  return text(data["error_strategy"]) === "fail-branch" ? [...own, { id: "fail-branch", label: "", tone: "fail" }] : own;
}
