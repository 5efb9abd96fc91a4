import { ArrowRight } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { match } from "@/lib/match";
import { nodeIcon, nodeTitle } from "@/parts/flow/kinds";
import { toast } from "@/ui";
import { cx } from "@/ui/cx";
import { isAddable, kinds } from "../catalog";
import { isContainer, nodeOf } from "../doc";
import { reading } from "../order";
import { refuses } from "../rules";
import { useGraph, useGraphStore } from "../store";
import { gistIn } from "../titles";
import { waysOf } from "../ways";
import { tellHome } from "./tell";
import { tint } from "./tint";
import { useUi, useUiStore } from "./ui";

interface Line {
  id: string;
  node: string;
  type: string;
  title: string;
  /** Of an edge to be: the way out. */
  handle?: string;
  way?: string;
  more: string;
}

/** Nodes by name: to go to one, or to lead an edge to one. */
export function Finder({ onGo }: { onGo: (id: string) => void }) {
  const { t } = useTranslation();
  const graph = useGraphStore();
  const ui = useUiStore();
  const finder = useUi((s) => s.finder);
  const doc = useGraph((s) => s.doc);
  const box = useRef<HTMLDivElement>(null);
  const [q, setQ] = useState("");
  const [on, setOn] = useState(0);
  const close = (): void => ui.getState().set({ finder: null });
  const from = finder?.kind === "connect" ? nodeOf(doc, finder.from) : undefined;
  const guests = finder?.kind === "into" ? finder.ids : null;

  const lines = useMemo((): Line[] => {
    const nodes = reading(doc).flatMap((id) => nodeOf(doc, id) ?? []);
    if (guests) return nodes.filter((n) => isContainer(n.type) && !guests.includes(n.id)).map((n): Line => ({ id: n.id, node: n.id, type: n.type, title: n.title, more: gistIn(doc, n) }));
    if (!from) {
      const notes = doc.notes.map((n): Line => ({ id: n.id, node: n.id, type: "note", title: n.text.split("\n")[0] || t("cmd.note"), more: n.text }));
      return [...nodes.map((n): Line => ({ id: n.id, node: n.id, type: n.type, title: n.title, more: gistIn(doc, n) })), ...notes];
    }
    const ways = waysOf(from.type, from.data);
    const label = (w: (typeof ways)[number]): string => w.label || (w.tone === "fail" ? t("canvas.failed") : w.tone === "timeout" ? t("canvas.timeout") : "");
    return ways.flatMap((w) => nodes.filter((n) => refuses(doc, from.id, w.id, n.id) === null).map((n): Line => ({ id: `${w.id} ${n.id}`, node: n.id, type: n.type, title: n.title, handle: w.id, way: ways.length > 1 ? label(w) : "", more: gistIn(doc, n) })));
  }, [doc, from, guests, t]);
  const found = lines.filter((l) => match(q.trim(), l.title, l.way, nodeTitle(t, l.type), l.more, isAddable(l.type) ? kinds[l.type].find : ""));
  const at = Math.min(on, found.length - 1);

  const pick = (l: Line): void => {
    close();
    if (guests) {
      tellHome(t, graph.getState().rehome(guests, l.node));
      return guests[0] ? onGo(guests[0]) : undefined;
    }
    if (!from || l.handle === undefined) return onGo(l.node);
    const why = graph.getState().connect(from.id, l.handle, l.node);
    if (why) toast(t(`refused.${why}`));
    onGo(from.id);
  };
  const cancel = (): void => {
    close();
    const back = from?.id ?? guests?.[0];
    if (back) onGo(back);
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

  const title = from ? t("find.connect", { name: from.title }) : guests ? t("cmd.into") : t("cmd.find");
  return (
    <div ref={box} role="dialog" aria-label={title} className="anim-rise absolute top-3 left-1/2 z-20 flex max-h-[60%] w-[360px] max-w-[calc(100%-96px)] -translate-x-1/2 flex-col overflow-hidden rounded-lg border bg-raised shadow-float">
      <input
        autoFocus
        role="combobox"
        aria-expanded
        aria-controls="canvas-finder"
        aria-activedescendant={found[at] ? `canvas-found-${at}` : undefined}
        aria-label={title}
        placeholder={title}
        value={q}
        onChange={(e) => {
          setQ(e.target.value);
          setOn(0);
        }}
        onKeyDown={(e) => {
          const l = found[at];
          if (e.key === "ArrowDown") setOn(Math.min(found.length - 1, at + 1));
          else if (e.key === "ArrowUp") setOn(Math.max(0, at - 1));
          else if (e.key === "Enter" && l && !e.nativeEvent.isComposing) pick(l);
          else if (e.key === "Escape") cancel();
          else return;
          e.preventDefault();
          e.stopPropagation();
        }}
        className="h-10 shrink-0 border-b bg-transparent px-3 outline-none"
      />
      <div id="canvas-finder" role="listbox" aria-label={title} className="min-h-0 flex-1 overflow-y-auto p-1">
        {found.map((l, i) => {
          const Icon = nodeIcon(l.type);
          return (
            <div key={l.id} id={`canvas-found-${i}`} role="option" aria-selected={i === at} onPointerMove={() => i !== at && setOn(i)} onClick={() => pick(l)} className={cx("flex h-9 cursor-pointer items-center gap-2 rounded px-2 text-sm", i === at && "bg-hover")}>
              {l.way && <span className="flex max-w-[40%] shrink-0 items-center gap-1 text-muted"><span className="truncate">{l.way}</span><ArrowRight size={13} aria-hidden /></span>}
              <span className={cx("flex size-6 shrink-0 items-center justify-center rounded", tint(l.type))}><Icon size={14} aria-hidden /></span>
              <span className="shrink-0 truncate">{l.title}</span>
              <span className="min-w-0 truncate text-xs text-faint">{l.more}</span>
            </div>
          );
        })}
        {found.length === 0 && <p className="px-3 py-6 text-center text-sm text-faint">{t("kinds.none")}</p>}
      </div>
    </div>
  );
}
