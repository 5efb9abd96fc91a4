// References in a text of CodeMirror as chips. The text itself is not touched: copying a chip copies {{#node.name#}}.
import type { Extension, Range } from "@codemirror/state";
import { Facet, RangeSet } from "@codemirror/state";
import type { DecorationSet, ViewUpdate } from "@codemirror/view";
import { Decoration, EditorView, ViewPlugin, WidgetType } from "@codemirror/view";
import { REFERENCE } from "@/lib/scope";

export interface ChipLook {
  title: string;
  name: string;
  broken: string | undefined;
}

/** A word in braces that is no reference and yet means something where it stands, such as {{#context#}}. */
export interface Literal {
  text: string;
  label: string;
}

export interface ChipRules {
  nameOf: (selector: string[]) => ChipLook;
  literals: readonly Literal[];
}

export const chipRules = Facet.define<ChipRules, ChipRules>({
  combine: (all) => all[0] ?? { nameOf: (s) => ({ title: s[0] ?? "", name: s.slice(1).join("."), broken: undefined }), literals: [] },
});

class Chip extends WidgetType {
  constructor(readonly look: ChipLook, readonly text: string, readonly on: boolean) {
    super();
  }

  override eq(o: Chip): boolean {
    return o.text === this.text && o.on === this.on && o.look.title === this.look.title && o.look.name === this.look.name && o.look.broken === this.look.broken;
  }

  override toDOM(): HTMLElement {
    const part = (name: string, text: string): HTMLElement => {
      const el = document.createElement("span");
      el.className = name;
      el.textContent = text;
      return el;
    };
    const el = part(`cm-chip${this.look.broken ? " cm-chip-broken" : ""}${this.on ? " cm-chip-on" : ""}`, "");
    el.title = this.look.broken ?? this.text;
    if (this.look.title !== "") el.append(part("cm-chip-title", this.look.title), part("cm-chip-sep", "/"));
    el.append(part("cm-chip-name", this.look.name));
    return el;
  }

  override ignoreEvent(e: Event): boolean {
    return e.type !== "mousedown";
  }
}

function chipsOf(view: EditorView): DecorationSet {
  const rules = view.state.facet(chipRules);
  const found: Range<Decoration>[] = [];
  const sel = view.state.selection.main;
  const put = (from: number, text: string, look: ChipLook): void => {
    const to = from + text.length;
    const on = view.hasFocus && !sel.empty && sel.from <= from && sel.to >= to;
    found.push(Decoration.replace({ widget: new Chip(look, text, on) }).range(from, to));
  };
  for (const { from, to } of view.visibleRanges) {
    const text = view.state.sliceDoc(from, to);
    for (const m of text.matchAll(REFERENCE)) put(from + m.index, m[0], rules.nameOf((m[1] ?? "").split(".")));
    for (const l of rules.literals) {
      for (let i = text.indexOf(l.text); i >= 0; i = text.indexOf(l.text, i + l.text.length)) put(from + i, l.text, { title: "", name: l.label, broken: undefined });
    }
  }
  return RangeSet.of(found, true);
}

const plugin = ViewPlugin.fromClass(
  class {
    chips: DecorationSet;
    constructor(view: EditorView) {
      this.chips = chipsOf(view);
    }
    update(u: ViewUpdate): void {
      if (u.docChanged || u.viewportChanged || u.selectionSet || u.focusChanged || u.startState.facet(chipRules) !== u.state.facet(chipRules)) this.chips = chipsOf(u.view);
    }
  },
  {
    decorations: (p) => p.chips,
    provide: (p) => EditorView.atomicRanges.of((view) => view.plugin(p)?.chips ?? Decoration.none),
    eventHandlers: {
      // A click on a chip takes it as a whole, to be replaced, copied or deleted.
      mousedown(e, view) {
        const chip = e.target instanceof Element ? e.target.closest(".cm-chip") : null;
        if (!chip || e.button !== 0 || e.shiftKey) return false;
        const at = view.posAtDOM(chip);
        let done = false;
        this.chips.between(at, at, (from, to) => {
          if (done || from !== at) return;
          done = true;
          view.focus();
          view.dispatch({ selection: { anchor: from, head: to } });
        });
        if (done) e.preventDefault();
        return done;
      },
    },
  },
);

export const chips: Extension = plugin;
