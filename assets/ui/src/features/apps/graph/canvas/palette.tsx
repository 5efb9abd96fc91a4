import { useReactFlow } from "@xyflow/react";
import { StickyNote } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { nodeIcon, nodeTitle } from "@/parts/flow/kinds";
import { cx } from "@/ui/cx";
import type { Addable } from "../catalog";
import { addable, begins, finds, kinds, shelves } from "../catalog";
import { nodeOf, noWayIn, noWayOut } from "../doc";
import type { Point } from "../edit";
import type { Place } from "../node-view";
import { barred } from "../rules";
import { useGraph, useGraphStore } from "../store";
import { tint } from "./tint";
import type { Goal } from "./ui";
import { useUiStore } from "./ui";

const SIZE = { width: 296, height: 420 } as const;

/** The kinds of node that can come to a place, searchable, with the keyboard too. */
export function Palette({ goal, screen, mode, onAdded }: { goal: Goal; screen: Point | null; mode: Place["mode"]; onAdded: (id: string) => void }) {
  const { t } = useTranslation();
  const graph = useGraphStore();
  const ui = useUiStore();
  const rf = useReactFlow();
  const doc = useGraph((s) => s.doc);
  const box = useRef<HTMLDivElement>(null);
  const [q, setQ] = useState("");
  const [on, setOn] = useState<number | null>(null); // null until the person moves: the likeliest
  const close = (): void => ui.getState().set({ palette: null });

  const shown = useMemo(() => {
    const neighbour = nodeOf(doc, goal.after?.node ?? goal.before ?? goal.change ?? doc.edges.find((e) => e.id === goal.edge)?.from ?? "");
    const parent = nodeOf(doc, goal.parent ?? neighbour?.parent ?? "");
    const without = goal.change ? { ...doc, nodes: doc.nodes.filter((n) => n.id !== goal.change) } : doc;
    const may = (k: Addable): boolean => {
      if (barred(without, k, mode, parent) !== null) return false;
      if (goal.change) return k !== neighbour?.type;
      if (goal.edge) return !noWayIn(k) && !noWayOut(k);
      return !(goal.after && noWayIn(k)) && !(goal.before && noWayOut(k));
    };
    const found = addable.filter((k) => may(k) && finds(t, k, q));
    return shelves.map((s) => ({ shelf: s, kinds: found.filter((k) => kinds[k].shelf === s) })).filter((s) => s.kinds.length > 0);
  }, [doc, goal, mode, q, t]);
  const flat = shown.flatMap((s) => s.kinds);
  const at = Math.min(on ?? Math.max(0, flat.findIndex((k) => begins(t, k, q))), flat.length - 1);
  const note = !goal.after && !goal.before && !goal.edge && !goal.change && !goal.parent && q === "";

  const middle = (): Point => {
    const view = document.querySelector(".react-flow")?.getBoundingClientRect();
    return view ? rf.screenToFlowPosition({ x: view.x + view.width / 2 - 120, y: view.y + view.height / 3 }) : { x: 0, y: 0 };
  };
  const pick = (k: Addable): void => {
    close();
    const s = graph.getState();
    if (goal.change) {
      s.changeType(goal.change, k);
      return onAdded(goal.change);
    }
    const connected = goal.after ?? goal.before ?? goal.edge;
    onAdded(s.addNode(k, goal.at ?? (connected ? undefined : middle()), goal));
  };

  useEffect(() => {
    const away = (e: PointerEvent): void => {
      if (e.target instanceof Node && !box.current?.contains(e.target)) close();
    };
    window.addEventListener("pointerdown", away, true);
    return () => window.removeEventListener("pointerdown", away, true);
  });
  useEffect(() => {
    box.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [at]);

  const place = screen ?? { x: 64, y: 112 };
  const left = Math.max(8, Math.min(place.x, window.innerWidth - SIZE.width - 8));
  const top = Math.max(8, Math.min(place.y, window.innerHeight - SIZE.height - 8));
  return (
    <div ref={box} role="dialog" aria-label={t(goal.change ? "kinds.change" : "kinds.title")} style={{ left, top, width: SIZE.width, maxHeight: SIZE.height }} className="anim-rise fixed z-50 flex flex-col overflow-hidden rounded-lg border bg-raised shadow-float">
      <input
        autoFocus
        role="combobox"
        aria-expanded
        aria-controls="canvas-palette"
        aria-activedescendant={flat[at] ? `canvas-kind-${flat[at]}` : undefined}
        aria-label={t("kinds.search")}
        placeholder={t("kinds.search")}
        value={q}
        onChange={(e) => {
          setQ(e.target.value);
          setOn(null);
        }}
        onKeyDown={(e) => {
          const k = flat[at];
          if (e.key === "ArrowDown") setOn(Math.min(flat.length - 1, at + 1));
          else if (e.key === "ArrowUp") setOn(Math.max(0, at - 1));
          else if (e.key === "Enter" && k && !e.nativeEvent.isComposing) pick(k);
          else if (e.key === "Escape") close();
          else return;
          e.preventDefault();
          e.stopPropagation();
        }}
        className="h-10 shrink-0 border-b bg-transparent px-3 outline-none"
      />
      <div id="canvas-palette" role="listbox" aria-label={t("kinds.title")} className="min-h-0 flex-1 overflow-y-auto p-1">
        {shown.map((s) => (
          <div key={s.shelf} role="group" aria-label={t(`shelf.${s.shelf}`)}>
            <p aria-hidden className="px-2 pt-2 pb-1 text-xs text-faint">{t(`shelf.${s.shelf}`)}</p>
            {s.kinds.map((k) => {
              const Icon = nodeIcon(k);
              const i = flat.indexOf(k);
              return (
                <div
                  key={k}
                  id={`canvas-kind-${k}`}
                  role="option"
                  aria-selected={i === at}
                  onPointerMove={() => i !== at && setOn(i)}
                  onClick={() => pick(k)}
                  className={cx("flex h-11 cursor-pointer items-center gap-2.5 rounded px-2", i === at && "bg-hover")}
                >
                  <span className={cx("flex size-7 shrink-0 items-center justify-center rounded", tint(k))}><Icon size={15} aria-hidden /></span>
                  <span className="min-w-0 flex-1">
                    <span className="block truncate text-sm leading-[18px] font-medium">{nodeTitle(t, k)}</span>
                    <span className="block truncate text-xs text-faint">{t(`kinds.about.${k}`)}</span>
                  </span>
                </div>
              );
            })}
          </div>
        ))}
        {flat.length === 0 && <p className="px-3 py-6 text-center text-sm text-faint">{t("kinds.none")}</p>}
      </div>
      {note && (
        <button
          type="button"
          onClick={() => {
            close();
            onAdded(graph.getState().addNote(goal.at ?? middle()));
          }}
          className="flex h-10 shrink-0 items-center gap-2.5 border-t px-3 text-sm text-muted hover:bg-hover hover:text-text"
        >
          <StickyNote size={15} aria-hidden />
          {t("cmd.note")}
        </button>
      )}
    </div>
  );
}
