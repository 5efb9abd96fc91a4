import { ChevronRight, Search } from "lucide-react";
import { useId, useLayoutEffect, useRef, useState } from "react";
import type { KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Scope, ScopeVar, Selector, VarType } from "@/lib/scope";
import { sameSelector } from "@/lib/scope";
import { cx } from "@/ui/cx";
import { groupIcon, groupTitle } from "./names";
import type { Row } from "./rows";
import { pickerRows, step } from "./rows";

export interface PickerKeys {
  rows: Row[];
  at: number;
  /** Takes a key of whoever has the focus; true if it was one of the picker's. */
  onKey: (key: string) => boolean;
}

export interface PickerState extends PickerKeys {
  id: string;
  /** The element that stands out, for aria-activedescendant. */
  activeId: string | undefined;
  hover: (i: number) => void;
  toggle: (row: Row) => void;
  pick: (row: Row) => void;
}

/** The state of a picker whose query is typed elsewhere. first: whether its first row stands out at once. */
export function usePicker({ scope, accepts, query, onPick, first = true, value }: {
  scope: Scope;
  accepts?: readonly VarType[] | undefined;
  query: string;
  onPick: (selector: string[], v: ScopeVar) => void;
  first?: boolean;
  /** What is chosen now stands out at first. */
  value?: Selector | undefined;
}): PickerState {
  const { t } = useTranslation();
  const id = useId();
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [moved, setMoved] = useState<{ query: string; at: number } | null>(null);
  const rows = pickerRows(scope, accepts, query, toggled, (g) => groupTitle(t, g));
  const now = query === "" && value ? rows.findIndex((r) => sameSelector(r.selector, value)) : -1;
  const initial = now >= 0 ? now : first || query !== "" ? rows.findIndex((r) => r.fits) : -1;
  const at = moved?.query === query ? Math.min(moved.at, rows.length - 1) : initial;
  const active = rows[at];
  const toggle = (row: Row): void => {
    if (row.open !== undefined) setToggled(new Map(toggled).set(row.id, !row.open));
  };
  const pick = (row: Row): void => (row.fits ? onPick(row.selector, row.var) : toggle(row));
  const onKey = (key: string): boolean => {
    if (key === "ArrowDown" || key === "ArrowUp") {
      setMoved({ query, at: step(rows, at, key === "ArrowDown" ? 1 : -1) });
      return true;
    }
    if (!active) return false;
    if (key === "Enter" || key === "Tab") {
      pick(active);
      return true;
    }
    if ((key === "ArrowRight" && active.open === false) || (key === "ArrowLeft" && active.open === true)) {
      toggle(active);
      return true;
    }
    if (key === "ArrowLeft" && active.depth > 0) {
      setMoved({ query, at: rows.slice(0, at).findLastIndex((r) => r.depth < active.depth) });
      return true;
    }
    return false;
  };
  return { id, rows, at, activeId: active ? `${id}-${at}` : undefined, hover: (i) => setMoved({ query, at: i }), toggle, pick, onKey };
}

/** The tree of a picker. The focus stays where it is; what stands out is drawn only. */
export function PickerList({ state: p, value, query, bare, loose }: {
  state: PickerState;
  value?: Selector | undefined;
  query: string;
  /** Why there is nothing, where nothing is searched for. */
  bare?: string | undefined;
  /** What is typed into is no combobox, so that the list must be reached by itself. */
  loose?: boolean;
}) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    box.current?.querySelector(`[data-at="${p.at}"]`)?.scrollIntoView({ block: "nearest" });
  }, [p.at]);
  if (p.rows.length === 0) return <p className="px-3 py-4 text-center text-sm text-muted">{query.trim() === "" ? (bare ?? t("pick.none")) : t("pick.notFound")}</p>;
  const groups: { first: number; rows: Row[] }[] = [];
  p.rows.forEach((r, i) => {
    const last = groups.at(-1);
    if (last && last.rows[0]?.group === r.group) last.rows.push(r);
    else groups.push({ first: i, rows: [r] });
  });
  return (
    <div ref={box} role="tree" id={p.id} tabIndex={loose ? 0 : undefined} aria-label={t("pick.title")} className="max-h-72 overflow-y-auto p-1">
      {groups.map(({ first, rows }) => {
        const group = rows[0]?.group;
        if (!group) return null;
        const Icon = groupIcon(group);
        const title = groupTitle(t, group);
        return (
          <div key={group.node} role="group" aria-label={title}>
            <div aria-hidden className="flex items-center gap-1.5 px-2 pt-2 pb-1 text-xs text-faint"><Icon size={13} className="shrink-0" /><span className="truncate" title={title}>{title}</span></div>
            {rows.map((r, i) => <Line key={r.id} p={p} row={r} at={first + i} on={value !== undefined && sameSelector(value, r.selector)} />)}
          </div>
        );
      })}
    </div>
  );
}

function Line({ p, row: r, at, on }: { p: PickerState; row: Row; at: number; on: boolean }) {
  const { t } = useTranslation();
  return (
    <div
      role="treeitem"
      id={`${p.id}-${at}`}
      data-at={at}
      aria-level={r.depth + 1}
      aria-selected={on}
      {...(r.open === undefined ? {} : { "aria-expanded": r.open })}
      {...(r.fits ? {} : { "aria-disabled": true })}
      onMouseMove={() => at !== p.at && p.hover(at)}
      onMouseDown={(e) => {
        e.preventDefault(); // the caret stays where it is
        if (e.button === 0) p.pick(r);
      }}
      style={{ paddingLeft: 6 + r.depth * 14 }}
      className={cx("flex h-7 cursor-default items-center gap-1 rounded-sm pr-2 select-none", at === p.at && "bg-hover", on && "bg-accent-soft")}
    >
      {r.open === undefined ? (
        <span className="w-4 shrink-0" />
      ) : (
        <span
          aria-hidden
          title={t(r.open ? "pick.shut" : "pick.open")}
          onMouseDown={(e) => {
            e.preventDefault();
            e.stopPropagation();
            p.toggle(r);
          }}
          className="flex size-4 shrink-0 items-center justify-center rounded-sm text-faint hover:text-text"
        >
          <ChevronRight size={13} className={cx("transition-transform", r.open && "rotate-90")} />
        </span>
      )}
      <span className={cx("max-w-[60%] shrink-0 truncate font-mono text-sm", r.fits ? "text-text" : "text-muted")} title={r.var.name}>{r.var.name}</span>
      <span className="min-w-0 flex-1 truncate text-xs text-muted" title={r.var.label}>{r.var.label !== r.var.name && r.var.label}</span>
      <span className="shrink-0 text-xs text-muted">{r.var.type}</span>
    </div>
  );
}

/** Chooses a variable from all that a node can read: search above, tree below. It is the inside of a popover. */
export function VariablePicker({ scope, accepts, value, onPick }: {
  scope: Scope;
  accepts?: readonly VarType[] | undefined;
  value?: Selector | undefined;
  onPick: (selector: string[], v: ScopeVar) => void;
}) {
  const { t } = useTranslation();
  const [query, setQuery] = useState("");
  const p = usePicker({ scope, accepts, query, onPick, value });
  const onKeyDown = (e: KeyboardEvent<HTMLInputElement>): void => {
    if (e.nativeEvent.isComposing) return;
    const edge = (e.key === "ArrowLeft" || e.key === "ArrowRight") && query !== "" && e.currentTarget.selectionStart !== (e.key === "ArrowLeft" ? 0 : query.length);
    if (edge || e.key === "Tab") return;
    if (p.onKey(e.key)) e.preventDefault();
    else if (e.key === "Escape" && query !== "") {
      e.stopPropagation();
      setQuery("");
    }
  };
  const why = accepts && accepts.length > 0 && scope.some((g) => g.vars.length > 0) ? t("pick.noneOf", { types: accepts.join(", ") }) : undefined;
  return (
    <div className="flex min-h-0 flex-col">
      <div className="relative border-b">
        <Search size={15} aria-hidden className="pointer-events-none absolute top-1/2 left-3 -translate-y-1/2 text-faint" />
        <input
          role="combobox"
          aria-expanded
          aria-haspopup="tree"
          aria-controls={p.id}
          aria-activedescendant={p.activeId}
          aria-label={t("pick.search")}
          placeholder={t("pick.search")}
          autoComplete="off"
          spellCheck={false}
          value={query}
          onChange={(e) => setQuery(e.target.value)}
          onKeyDown={onKeyDown}
          className="h-9 w-full bg-transparent pr-3 pl-9 outline-none"
        />
      </div>
      <PickerList state={p} value={value} query={query} bare={why} />
    </div>
  );
}
