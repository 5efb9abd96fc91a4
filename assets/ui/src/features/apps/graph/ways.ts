// The ways out of a node as the canvas has them: those of its kind, and fail-branch where its errors go their own way.
import { list, noWayOut, rec, text } from "./doc";
import type { Data, Way } from "./node-view";
import { viewOf } from "./nodes";

const one: readonly Way[] = [{ id: "source", label: "" }];
const none: readonly Way[] = [];

export function waysOf(type: string, data: Data): readonly Way[] {
  if (noWayOut(type)) return none;
  const own = viewOf(type).ways?.(data) ?? kindWays(type, data);
  return text(data["error_strategy"]) === "fail-branch" ? [...own, { id: "fail-branch", label: "", tone: "fail" }] : own;
}

function kindWays(type: string, d: Data): readonly Way[] {
  switch (type) {
    case "if-else": {
      const cases = list(d["cases"]).map(rec);
      const first = cases.length === 0 ? [{ id: "true", label: "IF" }] : [];
      return [...first, ...cases.map((c, i) => ({ id: text(c["case_id"]) || text(c["id"]), label: i === 0 ? "IF" : `ELIF ${i}` })), { id: "false", label: "ELSE" }];
    }
    case "question-classifier":
      return list(d["classes"]).map(rec).map((c, i) => ({ id: text(c["id"]), label: text(c["name"]) || text(c["label"]) || String(i + 1) }));
    case "human-input":
      return [...list(d["user_actions"]).map(rec).map((a) => ({ id: text(a["id"]), label: text(a["title"]) || text(a["id"]) })), { id: "__timeout", label: "", tone: "timeout" }];
    default:
      return one;
  }
}
