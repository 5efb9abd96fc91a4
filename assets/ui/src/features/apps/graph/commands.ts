// Everything that can be done to a graph, once. Menus, keys and the dialog of keys are views of this list.
import type { ReactFlowInstance } from "@xyflow/react";
import type { LucideIcon } from "lucide-react";
import {
  AlignCenterHorizontal, AlignCenterVertical, AlignEndHorizontal, AlignEndVertical, AlignHorizontalDistributeCenter, AlignStartHorizontal, AlignStartVertical, AlignVerticalDistributeCenter, ArrowLeftRight, Cable, ClipboardPaste, Copy, CopyPlus, Hand, Keyboard,
  LayoutGrid, Map as MapIcon, Maximize, MousePointer2, PanelRight, Play, Plus, Redo2, Save, Scissors, Search, SquareArrowRightEnter, SquareArrowRightExit, SquareDashedMousePointer, StickyNote, Trash2, Undo2, ZoomIn, ZoomOut,
} from "lucide-react";
import type { TextKey } from "@/text";
import type { AnyNode, LineEdge } from "./canvas/nodes";
import type { Target, UiState } from "./canvas/ui";
import { absolute, isContainer, isEntrance, nodeOf, noWayOut } from "./doc";
import type { Align, Point } from "./edit";
import type { FlowNode } from "./node-view";
import type { GraphState } from "./store";

export interface Ctx {
  graph: GraphState;
  ui: UiState;
  rf: ReactFlowInstance<AnyNode, LineEdge>;
  /** What a menu was opened on; a key acts on what is chosen. */
  target: Target | null;
  /** Where on the canvas: under the pointer of a menu, else the middle of what is seen. */
  at: Point;
  look: (to: "fit" | "one" | "half") => void;
  focus: (id: string) => void;
  copy: (cut: boolean) => void;
  paste: (at: Point | null) => void;
  /** Into a container or onto the canvas, and says what did not come along. */
  rehome: (ids: readonly string[], home: string) => void;
  save: () => void;
  run: () => void;
}

export type Group = "add" | "edit" | "select" | "arrange" | "view" | "app";

export interface Command {
  id: string;
  label: TextKey;
  group: Group;
  icon?: LucideIcon;
  keys?: readonly string[];
  /** The browser's own events do it (copy, cut, paste); its keys are only told. */
  native?: boolean;
  /** Works while a field has the focus too. */
  anywhere?: boolean;
  menus?: readonly Target["kind"][];
  danger?: boolean;
  when?: (c: Ctx) => boolean;
  run: (c: Ctx) => void;
}

/** The node that a command is about: what the menu was opened on, or the only one chosen. */
export function theNode(c: Pick<Ctx, "graph" | "target">): ReturnType<typeof nodeOf> {
  const [one] = c.graph.selected;
  const id = c.target?.kind === "node" && c.graph.selected.size <= 1 ? c.target.id : c.graph.selected.size === 1 ? one : undefined;
  return id === undefined ? undefined : nodeOf(c.graph.doc, id);
}

/** The chosen nodes that may change their home. */
const movable = (c: Ctx): FlowNode[] => [...c.graph.selected].flatMap((id) => nodeOf(c.graph.doc, id) ?? []).filter((n) => !isContainer(n.type) && !isEntrance(n.type));
const any = (c: Ctx): boolean => c.graph.selected.size > 0;
const many = (n: number) => (c: Ctx): boolean => c.graph.selected.size >= n;
const has = (f: (n: NonNullable<ReturnType<typeof nodeOf>>) => boolean) => (c: Ctx): boolean => {
  const n = theNode(c);
  return n !== undefined && f(n);
};
const align = (how: Align, icon: LucideIcon, n = 2): Command => ({ id: `align-${how}`, label: `cmd.align.${how}`, group: "arrange", icon, when: many(n), run: (c) => c.graph.align(how) });
const nudge = (key: string, dx: number, dy: number): Command[] => [
  { id: `move-${key}`, label: "cmd.nudge", group: "arrange", keys: [key], when: any, run: (c) => c.graph.nudge(dx * 8, dy * 8) },
  { id: `move-far-${key}`, label: "cmd.nudgeFar", group: "arrange", keys: [`shift+${key}`], when: any, run: (c) => c.graph.nudge(dx * 40, dy * 40) },
];

export const commands: readonly Command[] = [
  {
    id: "add", label: "canvas.add", group: "add", icon: Plus, keys: ["n"], menus: ["pane"],
    run: (c) => {
      const n = theNode(c);
      const way = n && c.target?.kind !== "pane" && !noWayOut(n.type) ? c.graph.freeWay(n.id) : undefined;
      c.ui.set({ menu: null, palette: { goal: n && way ? { after: { node: n.id, handle: way } } : { at: c.at }, screen: c.target ? c.rf.flowToScreenPosition(c.at) : null } });
    },
  },
  {
    id: "add-inside", label: "cmd.addInside", group: "add", icon: Plus, menus: ["node"], when: has((n) => isContainer(n.type)),
    run: (c) => {
      const n = theNode(c);
      if (n) c.ui.set({ palette: { goal: { parent: n.id, at: c.at }, screen: c.rf.flowToScreenPosition(c.at) } });
    },
  },
  {
    id: "connect", label: "cmd.connect", group: "add", icon: Cable, keys: ["c"], menus: ["node"], when: has((n) => !noWayOut(n.type)),
    run: (c) => {
      const n = theNode(c);
      if (n) c.ui.set({ finder: { kind: "connect", from: n.id } });
    },
  },
  {
    id: "into", label: "cmd.into", group: "arrange", icon: SquareArrowRightEnter, menus: ["node"],
    when: (c) => movable(c).some((n) => n.parent === "") && c.graph.doc.nodes.some((n) => isContainer(n.type) && !c.graph.selected.has(n.id)),
    run: (c) => c.ui.set({ finder: { kind: "into", ids: movable(c).map((n) => n.id) } }),
  },
  {
    id: "out", label: "cmd.outOf", group: "arrange", icon: SquareArrowRightExit, menus: ["node"], when: (c) => movable(c).some((n) => n.parent !== ""),
    run: (c) => c.rehome(movable(c).map((n) => n.id), ""),
  },
  {
    id: "change", label: "cmd.change", group: "add", icon: ArrowLeftRight, menus: ["node"], when: has((n) => !isEntrance(n.type)),
    run: (c) => {
      const n = theNode(c);
      if (!n) return;
      const abs = absolute(c.graph.doc, n);
      c.ui.set({ palette: { goal: { change: n.id, ...(n.parent ? { parent: n.parent } : {}) }, screen: c.rf.flowToScreenPosition({ x: abs.x + 24, y: abs.y + 48 }) } });
    },
  },
  {
    id: "insert", label: "canvas.insert", group: "add", icon: Plus, menus: ["edge"], when: (c) => c.target?.kind === "edge",
    run: (c) => c.target?.kind === "edge" && c.ui.set({ palette: { goal: { edge: c.target.id }, screen: c.rf.flowToScreenPosition(c.at) } }),
  },
  {
    id: "note", label: "cmd.note", group: "add", icon: StickyNote, menus: ["pane"], keys: ["m"],
    run: (c) => c.focus(c.graph.addNote(c.at)),
  },
  { id: "open", label: "cmd.open", group: "edit", icon: PanelRight, keys: ["enter"], menus: ["node"], when: has((n) => !isEntrance(n.type)), run: (c) => c.graph.open(theNode(c)?.id ?? null) },
  { id: "copy", label: "cmd.copy", group: "edit", icon: Copy, keys: ["mod+c"], native: true, menus: ["node"], when: any, run: (c) => c.copy(false) },
  { id: "cut", label: "cmd.cut", group: "edit", icon: Scissors, keys: ["mod+x"], native: true, menus: ["node"], when: any, run: (c) => c.copy(true) },
  { id: "paste", label: "cmd.paste", group: "edit", icon: ClipboardPaste, keys: ["mod+v"], native: true, menus: ["pane"], run: (c) => c.paste(c.target?.kind === "pane" ? c.at : null) },
  { id: "duplicate", label: "cmd.duplicate", group: "edit", icon: CopyPlus, keys: ["mod+d"], menus: ["node"], when: any, run: (c) => c.graph.duplicate() },
  { id: "remove", label: "cmd.remove", group: "edit", icon: Trash2, keys: ["delete", "backspace"], menus: ["node", "edge"], danger: true, when: (c) => c.graph.selected.size + c.graph.edges.size > 0, run: (c) => c.graph.remove([...c.graph.selected, ...c.graph.edges]) },
  { id: "undo", label: "cmd.undo", group: "edit", icon: Undo2, keys: ["mod+z"], when: (c) => c.graph.at > 0, run: (c) => c.graph.undo() },
  { id: "redo", label: "cmd.redo", group: "edit", icon: Redo2, keys: ["mod+y", "mod+shift+z"], when: (c) => c.graph.at < c.graph.steps.length - 1, run: (c) => c.graph.redo() },
  { id: "all", label: "cmd.all", group: "select", icon: SquareDashedMousePointer, keys: ["mod+a"], menus: ["pane"], run: (c) => c.graph.select([...c.graph.doc.nodes.filter((n) => !isEntrance(n.type)), ...c.graph.doc.notes].map((n) => n.id)) },
  {
    id: "none", label: "cmd.none", group: "select", keys: ["escape"],
    run: (c) => {
      if (c.ui.palette || c.ui.menu || c.ui.finder) return c.ui.set({ palette: null, menu: null, finder: null });
      if (c.graph.panel) return c.graph.open(null);
      c.graph.select([]);
    },
  },
  { id: "find", label: "cmd.find", group: "select", icon: Search, keys: ["mod+f"], anywhere: true, run: (c) => c.ui.set({ finder: { kind: "find" } }) },
  { id: "layout", label: "cmd.layout", group: "arrange", icon: LayoutGrid, keys: ["mod+o"], menus: ["pane"], run: (c) => { c.graph.layout(); requestAnimationFrame(() => c.look("fit")); } },
  { id: "layout-inside", label: "cmd.layoutInside", group: "arrange", icon: LayoutGrid, menus: ["node"], when: has((n) => isContainer(n.type)), run: (c) => c.graph.layout(theNode(c)?.id) },
  align("left", AlignStartVertical), align("center", AlignCenterVertical), align("right", AlignEndVertical),
  align("top", AlignStartHorizontal), align("middle", AlignCenterHorizontal), align("bottom", AlignEndHorizontal),
  align("across", AlignHorizontalDistributeCenter, 3), align("down", AlignVerticalDistributeCenter, 3),
  ...nudge("arrowleft", -1, 0), ...nudge("arrowright", 1, 0), ...nudge("arrowup", 0, -1), ...nudge("arrowdown", 0, 1),
  { id: "fit", label: "cmd.fit", group: "view", icon: Maximize, keys: ["1", "mod+1"], menus: ["pane"], run: (c) => c.look("fit") },
  { id: "one", label: "cmd.one", group: "view", keys: ["shift+1"], run: (c) => c.look("one") },
  { id: "half", label: "cmd.half", group: "view", keys: ["shift+5"], run: (c) => c.look("half") },
  { id: "in", label: "graph.larger", group: "view", icon: ZoomIn, keys: ["=", "mod+="], run: (c) => void c.rf.zoomIn({ duration: 120 }) },
  { id: "out", label: "graph.smaller", group: "view", icon: ZoomOut, keys: ["-", "mod+-"], run: (c) => void c.rf.zoomOut({ duration: 120 }) },
  { id: "pointer", label: "cmd.pointer", group: "view", icon: MousePointer2, keys: ["v"], run: (c) => c.ui.set({ pointing: "pointer" }) },
  { id: "hand", label: "cmd.hand", group: "view", icon: Hand, keys: ["h"], run: (c) => c.ui.set({ pointing: "hand" }) },
  { id: "minimap", label: "canvas.minimap", group: "view", icon: MapIcon, keys: ["shift+m"], run: (c) => c.ui.set({ minimap: !c.ui.minimap }) },
  { id: "save", label: "cmd.save", group: "app", icon: Save, keys: ["mod+s"], anywhere: true, run: (c) => c.save() },
  { id: "run", label: "cmd.run", group: "app", icon: Play, keys: ["alt+r"], anywhere: true, run: (c) => c.run() },
  { id: "keys", label: "cmd.keys", group: "app", icon: Keyboard, keys: ["?"], run: (c) => c.ui.set({ dialog: "keys" }) },
];

export const command = (id: string): Command | undefined => commands.find((c) => c.id === id);
export const groups = ["add", "edit", "select", "arrange", "view", "app"] as const satisfies readonly Group[];
