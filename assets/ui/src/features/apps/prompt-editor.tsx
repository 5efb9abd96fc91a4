import { Plus, Variable as VariableIcon } from "lucide-react";
import { useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Variable } from "@/api/types";
import { pieces } from "@/lib/variables";
import { cx } from "@/ui/cx";

interface Ask {
  start: number;
  query: string;
  left: number;
  top: number;
}

const opens = /(?:\{\{\s*|(?:^|(?<=\s))\/)([\p{L}\p{N}_]{0,40})$/u;
const shared = "col-start-1 row-start-1 w-full px-3 py-2.5 text-base leading-6 whitespace-pre-wrap [overflow-wrap:anywhere] [tab-size:4]";

/**
 * A textarea over a mirror of itself: the mirror paints the variables, the textarea does the typing, so that every input method,
 * the undo history and screen readers work as they do anywhere. "/" or "{{" offers the variables.
 */
export function PromptEditor({ value, onChange, vars, onDeclare, label, placeholder, rows = 10 }: {
  value: string;
  onChange: (v: string) => void;
  vars: Variable[];
  onDeclare: (name: string) => void;
  label: string;
  placeholder: string;
  rows?: number;
}) {
  const { t } = useTranslation();
  const area = useRef<HTMLTextAreaElement>(null);
  const mirror = useRef<HTMLDivElement>(null);
  const [ask, setAsk] = useState<Ask | null>(null);
  const [at, setAt] = useState(0);
  const known = new Set(vars.map((v) => v.name));
  const found = ask ? vars.filter((v) => `${v.name} ${v.label}`.toLowerCase().includes(ask.query.toLowerCase())) : [];
  const fresh = ask && ask.query !== "" && /^[\p{L}_]/u.test(ask.query) && !known.has(ask.query) ? ask.query : null;
  const total = found.length + (fresh ? 1 : 0);

  const look = (): void => {
    const el = area.current;
    if (!el || el.selectionStart !== el.selectionEnd) {
      setAsk(null);
      return;
    }
    const before = el.value.slice(0, el.selectionStart);
    const m = opens.exec(before);
    if (!m) {
      setAsk(null);
      return;
    }
    const place = caret(mirror.current, m.index);
    setAsk({ start: m.index, query: m[1] ?? "", ...place });
    setAt(0);
  };

  useLayoutEffect(() => {
    if (at >= total && total > 0) setAt(total - 1);
  }, [at, total]);

  const insert = (name: string): void => {
    const el = area.current;
    if (!el || !ask) return;
    const rest = el.value.slice(el.selectionStart);
    const end = el.selectionStart + (/^\s*\}\}/.exec(rest)?.[0].length ?? 0);
    el.focus();
    el.setSelectionRange(ask.start, end);
    const text = `{{${name}}}`;
    if (!document.execCommand("insertText", false, text)) {
      el.setRangeText(text, ask.start, end, "end"); // no undo step there, but the text is right
      onChange(el.value);
    }
    if (!known.has(name)) onDeclare(name);
    setAsk(null);
  };
  const choose = (i: number): void => {
    const name = found[i]?.name ?? fresh;
    if (name) insert(name);
  };
  const open = ask !== null && total > 0;

  return (
    <div className="relative rounded-md border border-line-strong bg-surface transition-colors focus-within:border-accent">
      <div className="grid max-h-[52vh] overflow-y-auto" style={{ minHeight: rows * 24 + 20 }}>
        <div ref={mirror} aria-hidden className={cx(shared, "pointer-events-none")}>
          {pieces(value).map((p, i) =>
            p.name === undefined ? (
              <span key={i}>{p.text}</span>
            ) : (
              <span key={i} className={cx("rounded-sm", known.has(p.name) ? "bg-accent-soft text-accent-text" : "bg-warn-soft text-warn-text")}>{p.text}</span>
            ),
          )}
          {"\n"}
        </div>
        <textarea
          ref={area}
          value={value}
          aria-label={label}
          placeholder={placeholder}
          spellCheck={false}
          aria-autocomplete="list"
          onChange={(e) => {
            onChange(e.target.value);
            requestAnimationFrame(look);
          }}
          onClick={look}
          onBlur={() => setTimeout(() => setAsk(null), 120)}
          onKeyUp={(e) => (e.key === "ArrowLeft" || e.key === "ArrowRight") && look()}
          onKeyDown={(e) => {
            if (!open || e.nativeEvent.isComposing || e.keyCode === 229) return;
            if (e.key === "ArrowDown" || e.key === "ArrowUp") {
              e.preventDefault();
              setAt((at + (e.key === "ArrowDown" ? 1 : total - 1)) % total);
            } else if (e.key === "Enter" || e.key === "Tab") {
              e.preventDefault();
              choose(at);
            } else if (e.key === "Escape") {
              e.stopPropagation();
              setAsk(null);
            }
          }}
          className={cx(shared, "resize-none overflow-hidden bg-transparent text-transparent caret-text outline-none selection:text-transparent")}
        />
      </div>
      {open && (
        <ul role="listbox" aria-label={t("edit.variables")} style={{ left: Math.max(4, ask.left), top: ask.top }} className="anim-rise absolute z-30 max-h-56 w-60 overflow-y-auto rounded-md border bg-raised p-1 shadow-float">
          {found.map((v, i) => (
            <Option key={v.name} on={i === at} onPick={() => insert(v.name)} icon={<VariableIcon size={14} aria-hidden className="text-accent-text" />}>
              <span className="truncate font-mono text-sm">{v.name}</span>
              {v.label !== v.name && <span className="truncate text-xs text-faint">{v.label}</span>}
            </Option>
          ))}
          {fresh && (
            <Option on={at === found.length} onPick={() => insert(fresh)} icon={<Plus size={14} aria-hidden />}>
              <span className="truncate">{t("edit.newVariable", { name: fresh })}</span>
            </Option>
          )}
        </ul>
      )}
    </div>
  );
}

function Option({ on, onPick, icon, children }: { on: boolean; onPick: () => void; icon: React.ReactNode; children: React.ReactNode }) {
  return (
    <li
      role="option"
      aria-selected={on}
      onMouseDown={(e) => {
        e.preventDefault(); // the caret stays where it is
        onPick();
      }}
      className={cx("flex h-8 cursor-default items-center gap-2 rounded-sm px-2", on ? "bg-accent-soft" : "hover:bg-hover")}
    >
      {icon}
      {children}
    </li>
  );
}

/** Where the character at an offset stands, relative to the editor. */
function caret(mirror: HTMLElement | null, offset: number): { left: number; top: number } {
  const frame = mirror?.parentElement?.parentElement?.getBoundingClientRect();
  if (!mirror || !frame) return { left: 8, top: 32 };
  const walk = document.createTreeWalker(mirror, NodeFilter.SHOW_TEXT);
  let rest = offset;
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const size = node.textContent?.length ?? 0;
    if (rest <= size) {
      const range = document.createRange();
      range.setStart(node, rest);
      range.collapse(true);
      const box = range.getBoundingClientRect();
      return { left: Math.min(box.left - frame.left, frame.width - 248), top: box.bottom - frame.top + 4 };
    }
    rest -= size;
  }
  return { left: 8, top: 32 };
}
