import type { CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { javascript, localCompletionSource as jsLocals } from "@codemirror/lang-javascript";
import { json, jsonParseLinter } from "@codemirror/lang-json";
import { globalCompletion, localCompletionSource as pyLocals, python } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, LanguageSupport } from "@codemirror/language";
import type { Diagnostic } from "@codemirror/lint";
import { linter, lintGutter, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import type { Extension, Range } from "@codemirror/state";
import { Compartment, EditorState, RangeSet } from "@codemirror/state";
import type { DecorationSet, ViewUpdate } from "@codemirror/view";
import { Decoration, drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers, placeholder as placeholderOf, ViewPlugin } from "@codemirror/view";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "@/ui/cx";
import type { useField } from "@/ui/field";
import type { CodeLanguage, CodeProps } from "./code-editor";
import { CodeBar } from "./code-editor";
import { jinja } from "./jinja";
import { look } from "./look";

type Names = NonNullable<CodeProps["names"]>;

const codeLook = EditorView.theme({
  "&": { fontSize: "13px" },
  ".cm-content, .cm-scroller": { fontFamily: "var(--mono)" },
  ".cm-scroller": { lineHeight: "20px" },
  ".cm-line": { padding: "0 10px 0 4px" },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "28px", padding: "0 6px 0 4px" },
});

/** Offers the declared variables, before whatever the language itself offers. */
function offer(names: Names, language: CodeLanguage) {
  return (c: CompletionContext): CompletionResult | null => {
    const word = c.matchBefore(/[\p{L}_][\p{L}\p{N}_]*/u);
    if (!word && !c.explicit) return null;
    const before = c.state.sliceDoc(Math.max(0, (word?.from ?? c.pos) - 200), word?.from ?? c.pos);
    if (language === "jinja2" && !/\{[{%][^}]*$/.test(before)) return null;
    if (/\.\s*$/.test(before)) return null;
    return { from: word?.from ?? c.pos, options: names.map((n) => ({ label: n.name, type: "variable", boost: 50, ...(n.type ? { detail: n.type } : {}) })), validFor: /^[\p{L}\p{N}_]*$/u };
  };
}

/** {{ name }} of a Jinja2 text: whether the name is declared. */
function jinjaNames(names: Names): Extension {
  const declared = names.map((n) => n.name);
  const mark = (v: EditorView): DecorationSet => {
    const found: Range<Decoration>[] = [];
    // The text itself declares names too: {% for a, b in c %}, {% set x = 1 %}, {% macro m(a) %}.
    const own = Array.from(v.state.doc.toString().matchAll(/\{%-?\s*(?:for\s+([^%]+?)\s+in\b|set\s+([^=%]+)|macro\s+([^%]+))/g), (m) => m[1] ?? m[2] ?? m[3] ?? "");
    const known = new Set([...declared, "loop", ...own.flatMap((x) => x.match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? [])]);
    for (const { from, to } of v.visibleRanges) {
      for (const m of v.state.sliceDoc(from, to).matchAll(/\{\{-?\s*([\p{L}_][\p{L}\p{N}_]*)[^{}]*\}\}/gu)) {
        const lost = !known.has(m[1] ?? "");
        found.push(Decoration.mark({ class: lost ? "cm-jinja-lost" : "cm-jinja" }).range(from + m.index, from + m.index + m[0].length));
      }
    }
    return RangeSet.of(found, true);
  };
  return ViewPlugin.fromClass(
    class {
      marks: DecorationSet;
      constructor(v: EditorView) {
        this.marks = mark(v);
      }
      update(u: ViewUpdate): void {
        if (u.docChanged || u.viewportChanged) this.marks = mark(u.view);
      }
    },
    { decorations: (p) => p.marks },
  );
}

function speak(language: CodeLanguage, names: Names): Extension {
  const own = offer(names, language);
  switch (language) {
    case "python3":
      return [python(), indentUnit.of("    "), autocompletion({ override: [own, pyLocals, globalCompletion] })];
    case "javascript":
      return [javascript(), indentUnit.of("  "), autocompletion({ override: [own, jsLocals] })];
    case "json": {
      const check = jsonParseLinter();
      return [json(), indentUnit.of("  "), linter((v) => (v.state.doc.toString().trim() === "" ? [] : check(v)), { delay: 300 }), autocompletion({ override: [own] })];
    }
    case "jinja2":
      return [new LanguageSupport(jinja), indentUnit.of("  "), EditorView.lineWrapping, jinjaNames(names), autocompletion({ override: [own] })];
  }
}

const none: Names = [];

export function CodeCore({ value, onChange, language, label, names = none, problems, rows = 8, readOnly, placeholder = "", head, tools, field }: CodeProps & { field: ReturnType<typeof useField> }) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const parts = useRef({ language: new Compartment(), rest: new Compartment() });
  const told = useRef(value);
  const [focused, setFocused] = useState(false);
  const live = useRef(onChange);
  useLayoutEffect(() => {
    live.current = onChange;
  });

  useLayoutEffect(() => {
    const parent = box.current;
    if (!parent) return;
    const v = new EditorView({
      parent,
      state: EditorState.create({
        doc: told.current,
        extensions: [
          parts.current.language.of([]),
          parts.current.rest.of([]),
          codeLook, // before the common look: the first one wins
          look,
          lineNumbers(),
          lintGutter(),
          history(),
          drawSelection(),
          indentOnInput(),
          bracketMatching(),
          closeBrackets(),
          highlightActiveLine(),
          highlightSelectionMatches(),
          keymap.of([{ key: "Tab", run: acceptCompletion }, ...closeBracketsKeymap, ...defaultKeymap.filter((k) => k.key !== "Mod-Enter"), ...searchKeymap, ...historyKeymap, ...completionKeymap, indentWithTab]),
          EditorView.updateListener.of((u) => {
            if (u.focusChanged) setFocused(u.view.hasFocus);
            if (!u.docChanged) return;
            told.current = u.state.doc.toString();
            if (!u.transactions.some((x) => x.isUserEvent("outside"))) live.current(told.current);
          }),
        ],
      }),
    });
    view.current = v;
    return () => {
      view.current = null;
      v.destroy();
    };
  }, []);

  useLayoutEffect(() => {
    const v = view.current;
    if (!v || value === told.current) return;
    told.current = value;
    v.dispatch({ changes: { from: 0, to: v.state.doc.length, insert: value }, userEvent: "outside" });
  }, [value]);

  const known = names.map((n) => `${n.name}:${n.type ?? ""}`).join(" ");
  useEffect(() => {
    view.current?.dispatch({ effects: parts.current.language.reconfigure(speak(language, names)) });
    // names of the same spelling are the same names
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [language, known]);

  const id = field.id ?? "";
  const described = field["aria-describedby"] ?? "";
  useEffect(() => {
    view.current?.dispatch({
      effects: parts.current.rest.reconfigure([
        placeholderOf(placeholder),
        EditorState.readOnly.of(readOnly ?? false),
        EditorView.contentAttributes.of({ tabindex: "0", ...(id ? { id } : {}), "aria-label": label, ...(described ? { "aria-describedby": described } : {}), ...(field["aria-invalid"] ? { "aria-invalid": "true" } : {}) }),
      ]),
    });
  }, [placeholder, readOnly, label, id, described, field["aria-invalid"]]);

  useEffect(() => {
    const v = view.current;
    if (!v || !problems) return;
    const marks: Diagnostic[] = problems.map((p) => {
      const line = v.state.doc.line(Math.min(v.state.doc.lines, Math.max(1, p.line)));
      return { from: line.from, to: line.to, severity: "error", message: p.text };
    });
    v.dispatch(setDiagnostics(v.state, marks));
  }, [problems]);

  return (
    <div className={cx("relative min-w-0 overflow-hidden rounded border bg-code transition-colors focus-within:border-accent", field["aria-invalid"] ? "border-danger" : "border-line-strong hover:border-faint")}>
      <CodeBar head={head} tools={tools} />
      <div ref={box} style={{ minHeight: rows * 20 + 12, maxHeight: 532 }} className="overflow-y-auto [&_.cm-editor]:min-h-[inherit] [&_.cm-content]:min-h-[inherit]" />
      {focused && !readOnly && <p aria-hidden className="pointer-events-none absolute right-1 bottom-1 rounded-sm bg-raised/90 px-1.5 text-xs text-faint">{t("code.leave")}</p>}
    </div>
  );
}
