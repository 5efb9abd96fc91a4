import { ReactFlowProvider, useReactFlow } from "@xyflow/react";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { copyText } from "@/lib/clipboard";
import type { MenuItem } from "@/ui";
import { PointMenu, toast } from "@/ui";
import type { Command, Ctx } from "../commands";
import { commands, groups } from "../commands";
import { nodeOf } from "../doc";
import type { Point } from "../edit";
import { printed, pressed } from "../keys";
import type { Place } from "../node-view";
import { reading, whereIs } from "../order";
import { bounds } from "../shape";
import { useGraph, useGraphStore } from "../store";
import { tellHome } from "./tell";
import { Bar, Chosen } from "./bar";
import { Finder } from "./finder";
import { FlowView, ZOOM } from "./flow";
import { KeysDialog } from "./keys-dialog";
import type { AnyNode, LineEdge } from "./nodes";
import { Palette } from "./palette";
import { useUi, useUiStore } from "./ui";

interface Props {
  mode: Place["mode"];
  onSave: () => void;
  onRun: () => void;
  /** A file was dropped on the canvas. */
  onFile: (f: File) => void;
}

export function Canvas(p: Props) {
  return <ReactFlowProvider><Inner {...p} /></ReactFlowProvider>;
}

const PANEL = 432; // pixels at the right that the panel of a node covers
let lastCopied = ""; // where the browser lets nobody read the clipboard, as on plain http

function typing(e: EventTarget | null): boolean {
  return e instanceof HTMLElement && (e.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(e.tagName));
}
/** Whether keys are meant for the canvas: it has the focus, or only what is around it has, as after a click on its ground. */
function ours(e: EventTarget | null, root: HTMLElement | null): boolean {
  return root !== null && e instanceof Node && (root.contains(e) || e.contains(root));
}
const modal = (): boolean => document.querySelector('[role="dialog"][data-state="open"], [role="menu"][data-state="open"]') !== null;

function Inner({ mode, onSave, onRun, onFile }: Props) {
  const { t } = useTranslation();
  const graph = useGraphStore();
  const ui = useUiStore();
  const rf = useReactFlow<AnyNode, LineEdge>();
  const root = useRef<HTMLDivElement>(null);
  const palette = useUi((s) => s.palette);
  const menu = useUi((s) => s.menu);
  const finder = useUi((s) => s.finder);
  const dialog = useUi((s) => s.dialog);

  const middle = useCallback((): Point => {
    const r = root.current?.getBoundingClientRect();
    return r ? rf.screenToFlowPosition({ x: r.x + r.width / 2 - 120, y: r.y + r.height / 3 }) : { x: 0, y: 0 };
  }, [rf]);

  /** Brings a node into sight, if it is not, and gives it the focus. */
  const focus = useCallback(
    (id: string): void => {
      const r = root.current?.getBoundingClientRect();
      const at = whereIs(graph.getState().doc, id);
      if (r && at) {
        const p = rf.flowToScreenPosition({ x: at.x, y: at.y });
        const z = rf.getZoom();
        const panel = graph.getState().panel ? PANEL : 0;
        const inside = p.x >= r.x + 56 && p.x + at.width * z <= r.right - panel && p.y >= r.y && p.y + Math.min(at.height, 96) * z <= r.bottom - 48;
        if (!inside) void rf.setCenter(at.x + Math.min(at.width, 400) / 2 + panel / 2 / z, at.y + Math.min(at.height, 200) / 2, { zoom: Math.max(z, 0.6), duration: 160 });
      }
      // A node out of sight is not drawn; it is in a moment.
      const tryFocus = (left: number): void => {
        const el = root.current?.querySelector(`[data-node="${CSS.escape(id)}"]`);
        if (el instanceof HTMLElement) el.focus({ preventScroll: true });
        else if (left > 0) setTimeout(() => tryFocus(left - 1), 30);
      };
      requestAnimationFrame(() => tryFocus(12));
    },
    [graph, rf],
  );

  const look = useCallback(
    (to: "fit" | "one" | "half"): void => {
      if (to === "fit") return void rf.fitView({ padding: 0.12, maxZoom: 1, duration: 160 });
      void rf.zoomTo(to === "one" ? 1 : 0.5, { duration: 160 });
    },
    [rf],
  );

  const paste = useCallback(
    (s: string, at: Point | null): boolean => {
      const out = graph.getState().paste(s, at);
      if (!out) return false;
      if (out.left > 0) toast(t("canvas.pastedSome", { count: out.left }));
      return true;
    },
    [graph, t],
  );

  const ctx = useCallback((): Ctx => {
    const u = ui.getState();
    return {
      graph: graph.getState(),
      ui: u,
      rf,
      target: u.menu?.target ?? null,
      at: u.menu?.at ?? middle(),
      look,
      focus,
      copy: (cut) => {
        const s = graph.getState().copy();
        if (s === null) return;
        lastCopied = s;
        const ids = [...graph.getState().selected];
        void copyText(s);
        if (cut) graph.getState().remove(ids);
      },
      paste: (at) => {
        const read = window.isSecureContext ? navigator.clipboard.readText().catch(() => lastCopied) : Promise.resolve(lastCopied);
        void read.then((s) => paste(s, at) || paste(lastCopied, at) || toast(t("canvas.nothingToPaste")));
      },
      rehome: (ids, home) => tellHome(t, graph.getState().rehome(ids, home)),
      save: onSave,
      run: onRun,
    };
  }, [focus, graph, look, middle, onRun, onSave, paste, rf, t, ui]);

  const perform = useCallback(
    (c: Command): void => {
      const x = ctx();
      if (!c.when || c.when(x)) c.run(x);
    },
    [ctx],
  );

  useEffect(() => {
    const onKey = (e: KeyboardEvent): void => {
      if (e.defaultPrevented || e.isComposing) return;
      const free = !typing(e.target) && !modal();
      for (const c of commands) {
        if (c.native || !c.keys?.some((k) => pressed(k, e))) continue;
        const own = ours(e.target, root.current);
        if (!c.anywhere && !(free && (own || e.ctrlKey || e.metaKey))) continue;
        if (c.anywhere && modal()) continue;
        const x = ctx();
        if (c.when && !c.when(x)) continue;
        // A button under the focus is pressed by Enter; on a card that opens its panel, elsewhere it is the button's own.
        if (c.id === "open" && e.target instanceof HTMLButtonElement && e.target.dataset["node"] === undefined) continue;
        if (c.id === "none" && !own) continue;
        e.preventDefault();
        c.run(x);
        return;
      }
    };
    const onTab = (e: KeyboardEvent): void => {
      if (e.key !== "Tab" || e.ctrlKey || e.altKey || e.metaKey || !(e.target instanceof HTMLElement)) return;
      const here = e.target.dataset["node"];
      if (here === undefined || !root.current?.contains(e.target)) return;
      const order = reading(graph.getState().doc);
      const next = order[order.indexOf(here) + (e.shiftKey ? -1 : 1)];
      if (next === undefined) return void root.current.querySelector<HTMLElement>(e.shiftKey ? "[data-before]" : "[data-after]")?.focus(); // and on from there
      e.preventDefault();
      graph.getState().select([next]);
      focus(next);
    };
    window.addEventListener("keydown", onKey);
    window.addEventListener("keydown", onTab);
    return () => {
      window.removeEventListener("keydown", onKey);
      window.removeEventListener("keydown", onTab);
    };
  }, [ctx, focus, graph]);

  useEffect(() => {
    const quiet = (e: Event): boolean => typing(e.target) || modal() || !ours(e.target, root.current) || (window.getSelection()?.toString() ?? "") !== "";
    const onCopy = (e: ClipboardEvent): void => {
      if (quiet(e)) return;
      const s = graph.getState().copy();
      if (s === null || !e.clipboardData) return;
      lastCopied = s;
      e.clipboardData.setData("text/plain", s);
      e.preventDefault();
      if (e.type === "cut") graph.getState().remove([...graph.getState().selected]);
      else toast(t("canvas.copied", { count: graph.getState().selected.size }));
    };
    const onPaste = (e: ClipboardEvent): void => {
      if (quiet(e) || !e.clipboardData) return;
      if (paste(e.clipboardData.getData("text/plain"), pointer.current ? rf.screenToFlowPosition(pointer.current) : middle())) e.preventDefault();
    };
    document.addEventListener("copy", onCopy);
    document.addEventListener("cut", onCopy);
    document.addEventListener("paste", onPaste);
    return () => {
      document.removeEventListener("copy", onCopy);
      document.removeEventListener("cut", onCopy);
      document.removeEventListener("paste", onPaste);
    };
  }, [graph, middle, paste, rf, t]);

  // Opens with everything in sight, or with its beginning where that would be too small to read.
  const first = useRef(true);
  const loads = useRef(-1);
  useEffect(() => {
    const home = (): void => {
      const s = graph.getState();
      if (loads.current === s.loads) return;
      loads.current = s.loads;
      const r = root.current?.getBoundingClientRect();
      const rects = [...s.doc.nodes.filter((n) => n.parent === ""), ...s.doc.notes].flatMap((n) => whereIs(s.doc, n.id) ?? []);
      if (!r || rects.length === 0) return;
      const b = bounds(rects);
      const room = { width: r.width - 128, height: r.height - 112 };
      const whole = Math.min(1, room.width / b.width, room.height / b.height);
      const zoom = Math.max(0.5, whole);
      const start = whole >= 0.5 ? undefined : whereIs(s.doc, reading(s.doc)[0] ?? "");
      const x = start ? r.width * 0.12 - start.x * zoom : 88 + (room.width - b.width * zoom) / 2 - b.x * zoom;
      const y = start ? r.height * 0.42 - start.y * zoom : 56 + (room.height - b.height * zoom) / 2 - b.y * zoom;
      void rf.setViewport({ x, y, zoom: Math.max(ZOOM.min, zoom) });
    };
    if (first.current) requestAnimationFrame(home);
    first.current = false;
    return graph.subscribe((s, before) => s.loads !== before.loads && requestAnimationFrame(home));
  }, [graph, rf]);

  // A panel does not cover the node that it is of: the canvas makes room, as little as it takes.
  const panel = useGraph((s) => s.panel);
  useEffect(() => {
    const r = root.current?.getBoundingClientRect();
    const at = panel === null ? null : whereIs(graph.getState().doc, panel);
    if (!r || !at || ui.getState().go?.id === panel) return; // who goes there is brought there
    const v = rf.getViewport();
    const room = r.width - PANEL - 96;
    const over = at.x * v.zoom + v.x + Math.min(at.width * v.zoom, room) - (r.width - PANEL - 16);
    if (over > 0) void rf.setViewport({ ...v, x: v.x - over }, { duration: 160 });
  }, [panel, graph, rf, ui]);

  const go = useUi((s) => s.go);
  useEffect(() => {
    if (!go || !whereIs(graph.getState().doc, go.id)) return;
    graph.getState().select([go.id]);
    if (go.open) graph.getState().open(go.id);
    focus(go.id);
  }, [go, focus, graph]);

  const pointer = useRef<Point | null>(null);
  const onAdded = useCallback((id: string) => {
    if (nodeOf(graph.getState().doc, id)) graph.getState().open(id);
    focus(id);
  }, [focus, graph]);

  const items = useMemo((): MenuItem[][] => {
    if (!menu) return [];
    const x = ctx();
    return groups.map((g) =>
      commands
        .filter((c) => c.group === g && (c.menus?.includes(menu.target.kind) || (menu.target.kind === "node" && c.id.startsWith("align-"))) && (!c.when || c.when(x)))
        .map((c): MenuItem => ({ id: c.id, label: t(c.label), icon: c.icon, danger: c.danger, keys: c.keys?.[0] ? printed(c.keys[0]) : undefined, run: () => c.run(x) })),
    );
  }, [menu, ctx, t]);

  return (
    <div
      ref={root}
      role="application"
      aria-label={t("graph.title")}
      className="relative h-full min-h-0 overflow-hidden"
      onPointerMove={(e) => {
        pointer.current = { x: e.clientX, y: e.clientY };
      }}
      onPointerLeave={() => {
        pointer.current = null;
      }}
      onDragOver={(e) => {
        if (e.dataTransfer.types.includes("Files")) e.preventDefault();
      }}
      onDrop={(e) => {
        const f = e.dataTransfer.files[0];
        if (!f) return;
        e.preventDefault();
        onFile(f);
      }}
    >
      <span data-before tabIndex={-1} className="sr-only" />
      <FlowView />
      <span data-after tabIndex={-1} className="sr-only" />
      <Bar onDo={perform} ctx={ctx} />
      <Chosen onDo={perform} />
      {palette && <Palette key={JSON.stringify(palette)} goal={palette.goal} screen={palette.screen} mode={mode} onAdded={onAdded} />}
      {finder && (
        <Finder
          key={JSON.stringify(finder)}
          onGo={(id) => {
            graph.getState().select([id]);
            focus(id);
          }}
        />
      )}
      {menu && <PointMenu at={menu.screen} groups={items} label={t("canvas.menu")} onClose={() => ui.getState().set({ menu: null })} />}
      {dialog === "keys" && <KeysDialog onClose={() => ui.getState().set({ dialog: null })} />}
    </div>
  );
}
