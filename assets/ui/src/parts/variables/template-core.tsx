import { defaultKeymap, history, historyKeymap, insertNewline } from "@codemirror/commands";
import { Compartment, EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, keymap, placeholder as placeholderOf } from "@codemirror/view";
import { Braces } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { useTranslation } from "react-i18next";
import type { Scope, ScopeVar } from "@/lib/scope";
import { namable, reference } from "@/lib/scope";
import { look } from "@/parts/code/look";
import { IconButton, Popover } from "@/ui";
import { cx } from "@/ui/cx";
import type { useField } from "@/ui/field";
import type { ChipRules } from "./chips";
import { chipRules, chips } from "./chips";
import { nameOf, useNames } from "./names";
import { PickerList, usePicker, VariablePicker } from "./picker";
import type { TemplateProps } from "./template-editor";

/** What was typed to ask for a variable: from here to the caret. */
interface Ask {
  from: number;
  query: string;
  /** "/" and "{{" ask aloud: Enter takes the first. A single "{" may just as well begin JSON. */
  loud: boolean;
  left: number;
  top: number;
}

const asks = /(?:(\{\{#?)|(\{)|(?:^|(?<=[\s，。；：、（“]))(\/))([\p{L}\p{N}_.]{0,40})$/u;

function askOf(view: EditorView): Omit<Ask, "left" | "top"> | null {
  const sel = view.state.selection.main;
  if (!sel.empty || !view.hasFocus) return null;
  const line = view.state.doc.lineAt(sel.head);
  const m = asks.exec(line.text.slice(0, sel.head - line.from));
  if (!m) return null;
  return { from: line.from + m.index, query: m[4] ?? "", loud: m[2] === undefined };
}

/** References that texts can name: no "-" in the node's id, no long names. */
function spoken(scope: Scope): Scope {
  const keep = (path: string[], vars: ScopeVar[]): ScopeVar[] =>
    vars.flatMap((v) => {
      const at = [...path, v.name];
      return namable(at) ? [v.children ? { ...v, children: keep(at, v.children) } : v] : [];
    });
  return scope.map((g) => ({ ...g, vars: keep([g.node], g.vars) })).filter((g) => g.vars.length > 0);
}

export function TemplateCore({ scope, value, onChange, label, placeholder = "", rows = 4, accepts, literals, tools, head, mono, disabled, field }: TemplateProps & { field: ReturnType<typeof useField> }) {
  const { t } = useTranslation();
  const names = useNames();
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const parts = useRef({ rules: new Compartment(), holder: new Compartment(), lock: new Compartment() });
  const [ask, setAsk] = useState<Ask | null>(null);
  const [button, openButton] = useState(false);
  const one = rows <= 1;
  const bar = Boolean(head) || Boolean(tools);
  const said = spoken(scope);

  const insert = (text: string, from?: number): void => {
    const v = view.current;
    if (!v) return;
    const sel = v.state.selection.main;
    const start = from ?? sel.from;
    const after = from === undefined ? "" : (/^\}{1,2}/.exec(v.state.sliceDoc(sel.to, sel.to + 2))?.[0] ?? "");
    const opened = from === undefined ? 0 : (/^\{*/.exec(v.state.sliceDoc(from, from + 2))?.[0].length ?? 0);
    v.dispatch({ changes: { from: start, to: sel.to + Math.min(after.length, opened), insert: text }, selection: { anchor: start + text.length }, userEvent: "input.complete", scrollIntoView: true });
    setAsk(null);
    openButton(false);
    v.focus();
  };
  const picker = usePicker({ scope: said, accepts, query: ask?.query ?? "", first: ask?.loud ?? false, onPick: (s) => insert(reference(s), ask?.from) });
  const open = ask !== null && (picker.rows.length > 0 || ask.query === "");

  // What the editor calls back is always of the last render.
  const live = useRef({ onChange, onKey: (_: string): boolean => false });
  useLayoutEffect(() => {
    live.current = {
      onChange,
      onKey: (key) => {
        if (!open) return false;
        if (key === "Escape") {
          setAsk(null);
          return true;
        }
        return picker.onKey(key);
      },
    };
  });

  const rules: ChipRules = { nameOf: (s) => nameOf(t, scope, names, s), literals: literals ?? [] };
  const told = useRef("");

  useLayoutEffect(() => {
    const parent = box.current;
    if (!parent) return;
    const { rules: r, holder, lock } = parts.current;
    const look1 = (v: EditorView): void => {
      const a = askOf(v);
      if (!a) {
        setAsk(null);
        return;
      }
      v.requestMeasure({
        read: () => v.coordsAtPos(a.from),
        write: (c) => setAsk({ ...a, left: c?.left ?? 0, top: c?.bottom ?? 0 }),
      });
    };
    const pass = (key: string) => ({ key, run: () => live.current.onKey(key) });
    const v = new EditorView({
      parent,
      state: EditorState.create({
        doc: value,
        selection: { anchor: value.length },
        extensions: [
          r.of([]),
          holder.of([]),
          lock.of([]),
          history(),
          drawSelection(),
          EditorView.lineWrapping,
          chips,
          look,
          Prec.highest(keymap.of(["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "Enter", "Tab", "Escape"].map(pass))),
          keymap.of([...(one ? [{ key: "Enter", run: () => true }] : [{ key: "Enter", run: insertNewline }]), ...defaultKeymap.filter((k) => k.key !== "Mod-Enter" && k.key !== "Mod-/"), ...historyKeymap]),
          ...(one ? [EditorState.transactionFilter.of((tr) => (tr.newDoc.lines > 1 ? [tr, { changes: { from: 0, to: tr.newDoc.length, insert: tr.newDoc.toString().replace(/\s*\n\s*/g, " ") }, sequential: true }] : tr))] : []),
          EditorView.updateListener.of((u) => {
            if (u.docChanged) {
              told.current = u.state.doc.toString();
              if (!u.transactions.some((x) => x.isUserEvent("outside"))) live.current.onChange(told.current);
            }
            if (u.docChanged && u.transactions.some((x) => x.isUserEvent("input.type") || x.isUserEvent("delete") || x.isUserEvent("input.type.compose"))) look1(u.view);
            else if (u.docChanged || u.selectionSet || (u.focusChanged && !u.view.hasFocus)) setAsk(null);
          }),
        ],
      }),
    });
    told.current = value;
    view.current = v;
    return () => {
      view.current = null;
      v.destroy();
    };
    // the editor lives as long as the field; what changes is told to it below
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [one]);

  useLayoutEffect(() => {
    const v = view.current;
    if (!v || value === told.current) return;
    told.current = value;
    v.dispatch({ changes: { from: 0, to: v.state.doc.length, insert: value }, userEvent: "outside" });
  }, [value]);

  const id = field.id ?? "";
  const described = field["aria-describedby"] ?? "";
  useEffect(() => {
    view.current?.dispatch({
      effects: [
        parts.current.rules.reconfigure(chipRules.of(rules)),
        parts.current.holder.reconfigure(placeholderOf(placeholder)),
        parts.current.lock.reconfigure([
          EditorState.readOnly.of(disabled ?? false),
          EditorView.editable.of(!disabled),
          EditorView.contentAttributes.of({ tabindex: "0", ...(id ? { id } : {}), "aria-label": label, ...(one ? { "aria-multiline": "false" } : {}), ...(described ? { "aria-describedby": described } : {}), ...(field["aria-invalid"] ? { "aria-invalid": "true" } : {}), spellcheck: "false" }),
        ]),
      ],
    });
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [scope, names, literals, placeholder, label, disabled, id, described, field["aria-invalid"], t, one]);

  // Who hears the page is told which variable stands out while the caret stays in the text.
  const active = open ? picker.activeId : undefined;
  useEffect(() => {
    const el = view.current?.contentDOM;
    if (!el || !open) return;
    el.setAttribute("aria-controls", picker.id);
    if (active) el.setAttribute("aria-activedescendant", active);
    return () => {
      el.removeAttribute("aria-controls");
      el.removeAttribute("aria-activedescendant");
    };
  }, [open, active, picker.id]);

  const insertButton = !disabled && (
    <Popover
      flush
      label={t("pick.insert")}
      open={button}
      onOpen={openButton}
      trigger={<IconButton icon={Braces} size="sm" label={t("pick.insert")} aria-haspopup="dialog" />}
    >
      <VariablePicker scope={said} accepts={accepts} onPick={(s) => insert(reference(s))} />
      {literals && literals.length > 0 && (
        <div className="flex flex-wrap gap-1 border-t p-2">
          {literals.map((l) => <button key={l.text} type="button" onClick={() => insert(l.text)} className="rounded-sm border border-accent-line bg-accent-soft px-1.5 text-sm text-accent-text hover:bg-hover">{l.label}</button>)}
        </div>
      )}
    </Popover>
  );
  return (
    <div data-template className={cx("relative min-w-0 rounded border bg-surface transition-colors focus-within:border-accent", field["aria-invalid"] ? "border-danger" : "border-line-strong hover:border-faint", disabled && "opacity-60")}>
      {bar && <div className="flex h-8 items-center gap-1 border-b pr-0.5 pl-1">{head}<span className="ml-auto flex items-center">{insertButton}{tools}</span></div>}
      <div ref={box} style={one ? { maxHeight: 96 } : { minHeight: rows * 22 + 12, maxHeight: 452 }} className={cx("min-w-0 overflow-y-auto", one ? "[&_.cm-content]:py-1" : "[&_.cm-editor]:min-h-[inherit] [&_.cm-content]:min-h-[inherit]", !bar && "pr-7", mono && "font-mono text-sm")} />
      {!bar && insertButton && <span className="absolute top-0.5 right-0.5 z-1">{insertButton}</span>}
      {open && ask && createPortal(
        <div data-picker style={{ left: Math.max(8, Math.min(ask.left, window.innerWidth - 328)), ...(ask.top + 320 > window.innerHeight ? { bottom: window.innerHeight - ask.top + 26 } : { top: ask.top + 4 }) }} className="anim-rise pointer-events-auto fixed z-70 w-80 max-w-[94vw] overflow-hidden rounded-lg border bg-raised shadow-float">
          <PickerList loose state={picker} query={ask.query} />
        </div>,
        document.body,
      )}
    </div>
  );
}
