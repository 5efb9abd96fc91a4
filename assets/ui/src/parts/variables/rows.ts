// The tree of a picker as the rows that are shown: what fits, what is searched for, what is open. Pure.
import type { Scope, ScopeGroup, ScopeVar, VarType } from "@/lib/scope";
import { fits } from "@/lib/scope";

export interface Row {
  id: string;
  group: ScopeGroup;
  var: ScopeVar;
  selector: string[];
  depth: number;
  /** Whether it may be chosen; else it only leads to one below it that may. */
  fits: boolean;
  /** Undefined where there is nothing below. */
  open: boolean | undefined;
}

const key = (selector: readonly string[]): string => selector.join("\u0000");

/** open and shut are what the person did to the rows, by key; a row that only leads on is open by itself. */
export function pickerRows(scope: Scope, accepts: readonly VarType[] | undefined, query: string, toggled: ReadonlyMap<string, boolean>, titleOf: (g: ScopeGroup) => string): Row[] {
  const q = query.trim().toLowerCase();
  const out: Row[] = [];
  const leads = (v: ScopeVar): boolean => (v.children ?? []).some((c) => fits(c.type, accepts) || leads(c));
  const hit = (v: ScopeVar): boolean => `${v.name} ${v.label ?? ""}`.toLowerCase().includes(q);
  const hitsBelow = (v: ScopeVar): boolean => (v.children ?? []).some((c) => hit(c) || hitsBelow(c));
  const walk = (group: ScopeGroup, vars: readonly ScopeVar[], path: string[], depth: number, all: boolean): void => {
    for (const v of vars) {
      const ok = fits(v.type, accepts);
      const below = leads(v);
      if (!ok && !below) continue;
      const mine = all || hit(v);
      if (!mine && !(below && hitsBelow(v))) continue;
      const selector = [...path, v.name];
      const id = key(selector);
      const open = below ? (toggled.get(id) ?? ((!ok && v.minor !== true) || (q !== "" && !mine))) : undefined;
      out.push({ id, group, var: v, selector, depth, fits: ok, open });
      if (open) walk(group, v.children ?? [], selector, depth + 1, mine);
    }
  };
  for (const g of scope) walk(g, g.vars, [g.node], 0, q === "" || titleOf(g).toLowerCase().includes(q));
  return out;
}

/** The next row that can be stood on; rows that only lead on count as well, for opening them. */
export function step(rows: readonly Row[], at: number, by: 1 | -1): number {
  if (rows.length === 0) return -1;
  return at < 0 ? (by > 0 ? 0 : rows.length - 1) : (at + by + rows.length) % rows.length;
}
