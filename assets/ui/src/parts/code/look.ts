// How CodeMirror looks here: all of it from tokens.css, so that light and dark need no second theme.
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags as t } from "@lezer/highlight";

const highlight = HighlightStyle.define([
  { tag: [t.keyword, t.operatorKeyword, t.modifier, t.controlKeyword, t.definitionKeyword, t.moduleKeyword], color: "var(--hl-key)" },
  { tag: [t.string, t.special(t.string), t.regexp], color: "var(--hl-str)" },
  { tag: [t.number, t.bool, t.null, t.atom], color: "var(--hl-num)" },
  { tag: [t.comment, t.meta], color: "var(--hl-com)" },
  { tag: [t.function(t.variableName), t.function(t.propertyName), t.definition(t.function(t.variableName)), t.className, t.propertyName], color: "var(--hl-fn)" },
  { tag: t.invalid, color: "var(--danger-text)" },
]);

const base = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "transparent", fontSize: "14px" },
  "&.cm-focused": { outline: "none" },
  ".cm-content": { caretColor: "var(--text)", padding: "6px 0", fontFamily: "inherit" },
  ".cm-line": { padding: "0 10px" },
  ".cm-scroller": { fontFamily: "inherit", lineHeight: "22px", overflow: "auto" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground, .cm-content ::selection": { backgroundColor: "color-mix(in srgb, var(--accent) 26%, transparent)" },
  ".cm-placeholder": { color: "var(--faint)" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--faint)", border: "none", fontSize: "12px" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
  "&.cm-focused .cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--hover) 60%, transparent)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-soft)", outline: "1px solid var(--accent-line)" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", border: "1px solid var(--line)", borderRadius: "6px", boxShadow: "var(--float)", color: "var(--text)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: "13px", maxHeight: "14em", padding: "4px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "2px 8px", borderRadius: "4px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent-soft)", color: "var(--text)" },
  ".cm-completionDetail": { color: "var(--faint)", fontStyle: "normal", marginLeft: "12px" },
  ".cm-completionMatchedText": { textDecoration: "none", color: "var(--accent-text)" },
  ".cm-diagnostic": { padding: "3px 8px", fontSize: "12px" },
  ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--text)", borderColor: "var(--line)" },
  ".cm-panels input": { backgroundColor: "var(--surface)", color: "var(--text)", border: "1px solid var(--line-strong)", borderRadius: "4px" },
  ".cm-panels button": { backgroundImage: "none", backgroundColor: "var(--surface)", color: "var(--text)", border: "1px solid var(--line-strong)", borderRadius: "4px" },
  ".cm-searchMatch": { backgroundColor: "var(--warn-soft)", outline: "1px solid var(--warn-line)" },
  ".cm-jinja": { color: "var(--accent-text)", backgroundColor: "var(--accent-soft)", borderRadius: "3px" },
  ".cm-jinja-lost": { color: "var(--warn-text)", backgroundColor: "var(--warn-soft)", borderRadius: "3px" },
  ".cm-chip": { display: "inline-flex", maxWidth: "100%", verticalAlign: "bottom", height: "20px", margin: "1px", lineHeight: "18px", fontSize: "12.5px", borderRadius: "4px", border: "1px solid var(--accent-line)", backgroundColor: "var(--accent-soft)", padding: "0 5px", gap: "3px", cursor: "default", whiteSpace: "nowrap", overflow: "hidden" },
  ".cm-chip-title": { color: "var(--muted)", overflow: "hidden", textOverflow: "ellipsis", maxWidth: "150px" },
  ".cm-chip-sep": { color: "var(--faint)" },
  ".cm-chip-name": { color: "var(--accent-text)", fontFamily: "var(--mono)", fontSize: "12px", overflow: "hidden", textOverflow: "ellipsis", maxWidth: "180px" },
  ".cm-chip-broken": { borderColor: "var(--warn-line)", backgroundColor: "var(--warn-soft)" },
  ".cm-chip-broken .cm-chip-name, .cm-chip-broken .cm-chip-title": { color: "var(--warn-text)" },
  ".cm-chip-on": { outline: "2px solid var(--accent)", outlineOffset: "0px" },
});

export const look: Extension = [base, syntaxHighlighting(highlight)];
