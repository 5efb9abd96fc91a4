// What an open canvas knows: the graph with its history, what is chosen, and whose panel is open. One store per editor.
import { createContext, useContext } from "react";
import type { StoreApi } from "zustand";
import { createStore, useStore } from "zustand";
import type { Doc, Viewport } from "./doc";
import { isEntrance, newNote, nextId, nodeOf, readDoc } from "./doc";
import type { Adding, Align, Point } from "./edit";
import * as edit from "./edit";
import { copy, paste, readClip } from "./clip";
import type { Data, Place } from "./node-view";
import { arrange } from "./arrange";
import { renameVariable } from "./reference";
import type { Refusal } from "./rules";
import { rehome } from "./rehome";
import { refuses } from "./rules";
import { waysOf } from "./ways";

export type StepName = "open" | "add" | "remove" | "move" | "connect" | "edit" | "title" | "paste" | "duplicate" | "align" | "layout" | "resize" | "type" | "note" | "home";

export interface Step {
  name: StepName;
  /** What it was done to, as people call it. */
  what: string;
  doc: Doc;
}

const STEPS = 50;
const QUICK = 1200; // milliseconds in which repetitions of one change are one step

export interface Words {
  mode: Place["mode"];
  /** The name of a kind of node, which its first node is called by. */
  title: (type: string) => string;
  blank: (type: string) => Data;
  author: () => string;
  now: () => number;
}

export interface GraphState {
  doc: Doc;
  steps: readonly Step[];
  /** Which of the steps is shown; what is behind it can be done again. */
  at: number;
  /** Nodes and notes. */
  selected: ReadonlySet<string>;
  edges: ReadonlySet<string>;
  /** The node whose panel is open. */
  panel: string | null;
  /** Where the person looks, once they moved; no step, but it goes into the file with the next change. */
  view: Viewport | null;
  /** Counts what came from outside, so that who has something of the old graph can drop it. */
  loads: number;

  load: (raw: unknown) => void;
  setData: (id: string, part: Data) => void;
  /** A variable of a node, of "env" or "conversation" under its new name, wherever it is read; part is set on the node in the same step. */
  renameVariable: (node: string, from: string, to: string, part?: Data) => void;
  setTitle: (id: string, title: string) => void;
  setNote: (id: string, part: { text?: string; theme?: string; showAuthor?: boolean }) => void;
  addNode: (type: string, at?: Point, how?: Pick<Adding, "after" | "before" | "edge" | "parent">) => string;
  addNote: (at: Point) => string;
  remove: (ids: readonly string[]) => void;
  connect: (from: string, handle: string, to: string) => Refusal | null;
  /** Leads an edge elsewhere. */
  reconnect: (edge: string, from: string, handle: string, to: string) => Refusal | null;
  changeType: (id: string, type: string) => void;
  select: (ids: readonly string[], edges?: readonly string[]) => void;
  open: (id: string | null) => void;
  /** While something is dragged: shown, but no step yet. */
  live: (to: ReadonlyMap<string, Point>) => void;
  resizing: (id: string, width: number, height: number) => void;
  /** Makes a step of what was dragged. */
  settle: (name: "move" | "resize") => void;
  nudge: (dx: number, dy: number) => void;
  align: (how: Align) => void;
  layout: (within?: string) => void;
  copy: () => string | null;
  /** How many nodes may not stand here; null: there was nothing to paste. */
  paste: (s: string, at: Point | null) => { made: number; left: number } | null;
  duplicate: () => void;
  /** Into a container, or onto the canvas (""): how many may not go there, and how many lines were cut. */
  rehome: (ids: readonly string[], home: string) => { left: number; cut: number };
  look: (v: Viewport) => void;
  /** A way out of the node that leads nowhere yet; else its first. */
  freeWay: (id: string) => string | undefined;
  undo: () => void;
  redo: () => void;
  jump: (step: number) => void;
  forget: () => void;
}

export type GraphStore = StoreApi<GraphState>;

export function createGraph(raw: unknown, words: Words): GraphStore {
  let merged = { key: "", at: 0 };
  return createStore<GraphState>((set, get) => {
    /** Shows a graph and makes a step of it. Repetitions with the same key are one. */
    const commit = (doc: Doc, name: StepName, what: string, key = "", part: Partial<GraphState> = {}): void => {
      const s = get();
      if (doc === s.steps[s.at]?.doc) return void set({ doc, ...part });
      const now = words.now();
      const again = key !== "" && key === merged.key && now - merged.at < QUICK && s.at > 0 && s.at === s.steps.length - 1;
      merged = { key, at: now };
      const before = s.steps.slice(0, again ? s.at : s.at + 1);
      const steps = [...before, { name, what, doc }].slice(-STEPS - 1);
      set({ doc, steps, at: steps.length - 1, ...part });
    };
    const show = (at: number): void => {
      const s = get();
      const step = s.steps[at];
      if (!step) return;
      merged = { key: "", at: 0 };
      const has = (id: string): boolean => step.doc.nodes.some((n) => n.id === id) || step.doc.notes.some((n) => n.id === id);
      set({ doc: step.doc, at, selected: new Set([...s.selected].filter(has)), edges: new Set([...s.edges].filter((id) => step.doc.edges.some((e) => e.id === id))), panel: s.panel && has(s.panel) ? s.panel : null });
    };
    const titleOf = (id: string): string => nodeOf(get().doc, id)?.title ?? "";
    const titles = (ids: Iterable<string>): string => [...ids].map(titleOf).filter(Boolean).slice(0, 3).join(", ");
    const first = readDoc(raw);
    return {
      doc: first,
      steps: [{ name: "open", what: "", doc: first }],
      at: 0,
      selected: new Set(),
      edges: new Set(),
      panel: null,
      view: null,
      loads: 0,

      load: (r) => {
        const doc = readDoc(r);
        const s = get();
        merged = { key: "", at: 0 };
        set({ doc, steps: [{ name: "open", what: "", doc }], at: 0, selected: new Set(), edges: new Set(), panel: s.panel && nodeOf(doc, s.panel) ? s.panel : null, loads: s.loads + 1 });
      },
      setData: (id, part) => commit(edit.setData(get().doc, id, part), "edit", titleOf(id), `data ${id} ${Object.keys(part).join(" ")}`),
      renameVariable: (node, from, to, part) => {
        let doc = part ? edit.setData(get().doc, node, part) : get().doc;
        for (const n of doc.nodes) {
          const data = renameVariable(n.data, node, from, to);
          if (data !== n.data) doc = edit.setData(doc, n.id, data);
        }
        commit(doc, "edit", titleOf(node) || to);
      },
      setTitle: (id, title) => commit(edit.mapNode(get().doc, id, (n) => ({ ...n, title, data: { ...n.data, title } })), "title", title, `title ${id}`),
      setNote: (id, part) => {
        const { doc } = get();
        commit({ ...doc, notes: doc.notes.map((n) => (n.id === id ? { ...n, ...part } : n)) }, "note", "", `note ${id} ${Object.keys(part).join(" ")}`);
      },
      addNode: (type, at, how = {}) => {
        const made = edit.add(get().doc, { type, title: words.title(type), data: words.blank(type), at, ...how }, words.now());
        commit(made.doc, "add", nodeOf(made.doc, made.id)?.title ?? "", "", { selected: new Set([made.id]), edges: new Set() });
        return made.id;
      },
      addNote: (at) => {
        const { doc } = get();
        const id = nextId(doc, words.now());
        commit({ ...doc, notes: [...doc.notes, newNote(id, edit.free(doc, { x: edit.snap(at.x), y: edit.snap(at.y), width: 240, height: 88 }, ""), words.author())] }, "note", "", "", { selected: new Set([id]), edges: new Set() });
        return id;
      },
      remove: (ids) => {
        const s = get();
        const doc = edit.remove(s.doc, ids);
        if (doc.nodes === s.doc.nodes && doc.notes.length === s.doc.notes.length && doc.edges.length === s.doc.edges.length) return;
        const gone = new Set(ids);
        const panel = s.panel && nodeOf(doc, s.panel) ? s.panel : null;
        commit(doc, "remove", titles(ids), "", { selected: new Set([...s.selected].filter((id) => !gone.has(id))), edges: new Set(), panel });
      },
      connect: (from, handle, to) => {
        const why = refuses(get().doc, from, handle, to);
        if (why === null) commit(edit.link(get().doc, from, handle, to), "connect", titles([from, to]));
        return why;
      },
      reconnect: (id, from, handle, to) => {
        const { doc } = get();
        const without = { ...doc, edges: doc.edges.filter((e) => e.id !== id) };
        const why = refuses(without, from, handle, to);
        if (why === null) commit(edit.link(without, from, handle, to), "connect", titles([from, to]));
        return why;
      },
      changeType: (id, type) => {
        const n = nodeOf(get().doc, id);
        if (!n) return;
        const own = n.title !== "" && n.title.replace(/ \d+$/, "") !== words.title(n.type);
        commit(edit.changeType(get().doc, id, type, words.title(type), words.blank(type), own), "type", titleOf(id));
      },
      select: (ids, edges = []) => {
        const s = get();
        const same = (a: ReadonlySet<string>, b: readonly string[]): boolean => a.size === b.length && b.every((x) => a.has(x));
        if (!same(s.selected, ids) || !same(s.edges, edges)) set({ selected: new Set(ids), edges: new Set(edges) });
      },
      open: (id) => {
        const n = id === null ? undefined : nodeOf(get().doc, id);
        const panel = n && !isEntrance(n.type) ? n.id : null;
        if (panel !== get().panel) set({ panel });
      },
      live: (to) => set({ doc: edit.grown(edit.place(get().doc, to)) }),
      resizing: (id, width, height) => set({ doc: edit.resize(get().doc, id, width, height) }),
      settle: (name) => commit(get().doc, name, titles(get().selected)),
      nudge: (dx, dy) => {
        const s = get();
        if (s.selected.size > 0) commit(edit.shift(s.doc, s.selected, dx, dy), "move", titles(s.selected), `nudge ${[...s.selected].join(" ")}`);
      },
      align: (how) => commit(edit.align(get().doc, get().selected, how), "align", titles(get().selected)),
      layout: (within) => commit(arrange(get().doc, within), "layout", within ? titleOf(within) : ""),
      copy: () => copy(get().doc, get().selected),
      paste: (s, at) => {
        const clip = readClip(s);
        if (!clip) return null;
        const { doc, selected } = get();
        const [one] = selected;
        const box = selected.size === 1 && one !== undefined ? nodeOf(doc, one) : undefined;
        const into = box && (box.type === "iteration" || box.type === "loop") && !clip.nodes.some((n) => n.id === box.id) ? box.id : "";
        const out = paste(doc, clip, words.mode, words.now(), into ? null : at, into);
        if (out.ids.length > 0) commit(out.doc, "paste", "", "", { selected: new Set(out.ids), edges: new Set() });
        return { made: out.ids.length, left: out.left };
      },
      duplicate: () => {
        const s = get();
        const own = copy(s.doc, s.selected);
        const clip = own === null ? null : readClip(own);
        if (!clip) return;
        const out = paste(s.doc, clip, words.mode, words.now(), null);
        if (out.ids.length > 0) commit(out.doc, "duplicate", titles(s.selected), "", { selected: new Set(out.ids), edges: new Set() });
      },
      rehome: (ids, home) => {
        const out = rehome(get().doc, ids, home, words.mode);
        if (out.moved.length > 0) commit(out.doc, "home", titles(out.moved), "", { selected: new Set(out.moved), edges: new Set() });
        return out;
      },
      look: (view) => set({ view }),
      freeWay: (id) => {
        const { doc } = get();
        const n = nodeOf(doc, id);
        const ways = n ? waysOf(n.type, n.data) : [];
        return (ways.find((w) => !doc.edges.some((e) => e.from === id && e.handle === w.id)) ?? ways[0])?.id;
      },
      undo: () => show(get().at - 1),
      redo: () => show(get().at + 1),
      jump: (step) => show(step),
      forget: () => {
        const s = get();
        const now = s.steps[s.at];
        if (now) set({ steps: [{ ...now, name: "open", what: "" }], at: 0 });
      },
    };
  });
}

export const GraphContext = createContext<GraphStore | null>(null);

export function useGraphStore(): GraphStore {
  const store = useContext(GraphContext);
  if (!store) throw new Error("outside of an editor of a graph");
  return store;
}

export function useGraph<T>(selector: (s: GraphState) => T): T {
  return useStore(useGraphStore(), selector);
}
