// What is open on the canvas beside the graph itself: the palette, menus, the way of pointing. Nothing of it is a step.
import { createContext, useContext } from "react";
import type { StoreApi } from "zustand";
import { createStore, useStore } from "zustand";
import type { NodeMark } from "@/parts/flow/flow";
import type { Point } from "../edit";

/** Where a node goes that is chosen in the palette. */
export interface Goal {
  /** On the canvas; without it beside what it is connected to, or into the middle of what is seen. */
  at?: Point;
  after?: { node: string; handle: string };
  before?: string;
  edge?: string;
  parent?: string;
  /** The node that becomes another kind. */
  change?: string;
}

export type Target = { kind: "node"; id: string } | { kind: "edge"; id: string } | { kind: "pane" };

export interface UiState {
  pointing: "pointer" | "hand";
  minimap: boolean;
  /** Where it opens on the screen; null is under the bar. */
  palette: { goal: Goal; screen: Point | null } | null;
  menu: { target: Target; screen: Point; at: Point } | null;
  finder: { kind: "find" } | { kind: "connect"; from: string } | { kind: "into"; ids: readonly string[] } | null;
  /** The container into which what is dragged would fall. */
  over: string | null;
  dialog: "keys" | null;
  /** How a run stands with each node; null while nothing was run. */
  marks: { [node: string]: NodeMark } | null;
  /** What is wrong with a node, in a sentence. */
  problems: { readonly [node: string]: string };
  /** Pointed at from elsewhere, as from a trace. */
  lit: string | null;
  /** A node to bring into sight and to open; counted, so that the same can be asked for twice. */
  go: { id: string; open: boolean; n: number } | null;
  set: (part: Partial<Omit<UiState, "set">>) => void;
}

export type UiStore = StoreApi<UiState>;

const remembered = "islet.canvas.pointing";

export const createUi = (): UiStore =>
  createStore<UiState>((set) => ({
    pointing: localStorage.getItem(remembered) === "hand" ? "hand" : "pointer",
    minimap: false,
    palette: null,
    menu: null,
    finder: null,
    over: null,
    dialog: null,
    marks: null,
    problems: {},
    lit: null,
    go: null,
    set: (part) => {
      if (part.pointing) localStorage.setItem(remembered, part.pointing);
      set(part);
    },
  }));

let asked = 0;
export const goTo = (ui: UiStore, id: string, open: boolean): void => ui.getState().set({ go: { id, open, n: ++asked } });

export const UiContext = createContext<UiStore | null>(null);

export function useUiStore(): UiStore {
  const store = useContext(UiContext);
  if (!store) throw new Error("outside of a canvas");
  return store;
}

export function useUi<T>(selector: (s: UiState) => T): T {
  return useStore(useUiStore(), selector);
}
