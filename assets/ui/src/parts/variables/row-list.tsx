import { GripVertical, Plus, X } from "lucide-react";
import { useId, useRef, useState } from "react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Scope, ScopeVar, Selector, VarType } from "@/lib/scope";
import { readSelector } from "@/lib/scope";
import { Button, IconButton, Input, Select } from "@/ui";
import { cx } from "@/ui/cx";
import { SelectorField } from "./selector-field";

export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const next = [...list];
  const [x] = next.splice(from, 1);
  if (x !== undefined) next.splice(to, 0, x);
  return next;
}

/** Rows that are added, removed and put in order, by pointer or by Alt+Up and Alt+Down on the handle. What a row holds is the caller's. */
export function RowList<T>({ rows, onChange, label, add, blank, nameOf, children, min = 0, max = Infinity, empty, roomy, inside }: {
  rows: readonly T[];
  onChange: (rows: T[]) => void;
  label: string;
  /** The text of the button that adds a row; absent: rows are added elsewhere. */
  add?: string | undefined;
  blank?: (() => T) | undefined;
  /** What a row is called when it is moved or removed. */
  nameOf: (row: T, i: number) => string;
  /** handle is what moves the row, to be shown by the caller if `inside` is set. */
  children: (row: T, set: (next: T) => void, i: number, handle: ReactNode) => ReactNode;
  min?: number;
  max?: number;
  /** Said where there are no rows. */
  empty?: string | undefined;
  /** Rows with more than one line: the handles stand at the top. */
  roomy?: boolean;
  /** The caller shows the handle and removes rows. */
  inside?: boolean;
}) {
  const { t } = useTranslation();
  const id = useId();
  const list = useRef<HTMLUListElement>(null);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const [said, say] = useState("");
  // Rows have no ids; numbers that move with them keep the focus and the editors of each.
  const ids = useRef<number[]>([]);
  const nextId = useRef(0);
  while (ids.current.length < rows.length) ids.current.push(nextId.current++);
  ids.current.length = rows.length;

  const move = (from: number, to: number): void => {
    const row = rows[from];
    if (row === undefined || to < 0 || to >= rows.length || to === from) return;
    ids.current = moved(ids.current, from, to);
    onChange(moved(rows, from, to));
    say(t("rows.moved", { name: nameOf(row, from), n: to + 1 }));
    requestAnimationFrame(() => {
      const handle = list.current?.children[to]?.querySelector("[data-handle]");
      if (handle instanceof HTMLElement) handle.focus();
    });
  };
  const over = (y: number): number => {
    const items = Array.from(list.current?.children ?? []);
    const at = items.findIndex((el) => {
      const r = el.getBoundingClientRect();
      return y < r.top + r.height / 2;
    });
    return at < 0 ? items.length - 1 : drag && at > drag.from ? at - 1 : at;
  };
  return (
    <div className="flex flex-col gap-1.5">
      {rows.length === 0 && empty && <p className="rounded border border-dashed px-3 py-2.5 text-center text-sm text-faint">{empty}</p>}
      <ul ref={list} aria-label={label} className="flex flex-col gap-1.5 empty:hidden">
        {rows.map((row, i) => {
          const name = nameOf(row, i);
          const handle = rows.length > 1 && (
            <button
              type="button"
              data-handle
              aria-label={t("rows.move", { name })}
              aria-describedby={`${id}-how`}
              title={t("rows.how")}
              onKeyDown={(e) => {
                if (!e.altKey || (e.key !== "ArrowUp" && e.key !== "ArrowDown")) return;
                e.preventDefault();
                e.stopPropagation();
                move(i, i + (e.key === "ArrowDown" ? 1 : -1));
              }}
              onPointerDown={(e) => {
                if (e.button !== 0) return;
                e.currentTarget.setPointerCapture(e.pointerId);
                setDrag({ from: i, to: i });
              }}
              onPointerMove={(e) => drag && setDrag({ ...drag, to: over(e.clientY) })}
              onPointerUp={() => {
                if (drag) move(drag.from, drag.to);
                setDrag(null);
              }}
              onPointerCancel={() => setDrag(null)}
              className="flex h-8 w-4 shrink-0 cursor-grab touch-none items-center justify-center rounded-sm text-faint hover:text-text active:cursor-grabbing"
            >
              <GripVertical size={14} aria-hidden />
            </button>
          );
          return (
            <li key={ids.current[i]} className={cx("group/row flex min-w-0 items-start gap-1 rounded", drag && drag.to === i && drag.from !== i && "outline-2 outline-accent", drag?.from === i && "opacity-50")}>
              {!inside && handle}
              <div className="min-w-0 flex-1">{children(row, (next) => onChange(rows.map((x, j) => (j === i ? next : x))), i, handle)}</div>
              {!inside && rows.length > min && (
                <div className={roomy ? "" : "flex h-8 items-center"}>
                  <IconButton
                    icon={X}
                    size="sm"
                    tip={false}
                    label={t("rows.remove", { name })}
                    onClick={() => {
                      ids.current = ids.current.filter((_, j) => j !== i);
                      onChange(rows.filter((_, j) => j !== i));
                    }}
                  />
                </div>
              )}
            </li>
          );
        })}
      </ul>
      <span id={`${id}-how`} className="sr-only">{t("rows.how")}</span>
      <span role="status" className="sr-only">{said}</span>
      {add && blank && rows.length < max && <div><Button size="sm" variant="ghost" icon={Plus} onClick={() => onChange([...rows, blank()])}>{add}</Button></div>}
    </div>
  );
}

type Loose = { readonly [k: string]: unknown };
const text = (v: unknown): string => (typeof v === "string" ? v : "");

/** Names bound to variables: [{variable, value_selector}], as code, templates and outputs have them. Other fields of a row stay. */
export function BindingRows({ rows, onChange, scope, label, add, accepts, withType, empty }: {
  rows: readonly Loose[];
  onChange: (rows: Loose[]) => void;
  scope: Scope;
  label: string;
  add: string;
  accepts?: readonly VarType[] | undefined;
  /** Writes the type of the chosen variable into this field of the row. */
  withType?: string | undefined;
  empty?: string | undefined;
}) {
  const { t } = useTranslation();
  const names = rows.map((r) => text(r["variable"]));
  return (
    <RowList
      rows={rows}
      onChange={onChange}
      label={label}
      add={add}
      empty={empty}
      blank={() => ({ variable: "", value_selector: [] })}
      nameOf={(r, i) => text(r["variable"]) || String(i + 1)}
    >
      {(row, set, i) => {
        const name = text(row["variable"]);
        const twice = name !== "" && names.indexOf(name) !== i;
        const pick = (selector: Selector, v: ScopeVar | undefined): void =>
          set({ ...row, value_selector: selector, ...(v && withType ? { [withType]: v.type } : {}), ...(v && name === "" ? { variable: free(v.name, names) } : {}) });
        return (
          <div>
            <div className="grid grid-cols-[minmax(84px,2fr)_3fr] gap-1">
              <Input mono label={t("rows.name", { n: i + 1 })} placeholder={t("kit.name")} value={name} onChange={(s) => set({ ...row, variable: s.replace(/[^\p{L}\p{N}_]/gu, "_") })} maxLength={30} />
              <SelectorField scope={scope} label={t("rows.variableOf", { name: name || i + 1 })} value={readSelector(row["value_selector"])} accepts={accepts} onChange={pick} />
            </div>
            {twice && <p role="alert" className="mt-1 text-xs text-danger-text">{t("rows.twice", { name })}</p>}
          </div>
        );
      }}
    </RowList>
  );
}

/** The name, or the name with the first number behind it that nobody has. */
export function free(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name;
  for (let n = 2; ; n++) if (!taken.includes(`${name}_${n}`)) return `${name}_${n}`;
}

export interface NameType {
  name: string;
  type: string;
}

/** Names with their types, such as the outputs of code. extra stands below a row; more of a row than these two stays. */
export function TypedListEditor<T extends NameType>({ rows, onChange, types, label, add, blank, empty, extra, typeLabel, around = (_row, field) => field }: {
  rows: readonly T[];
  onChange: (rows: T[]) => void;
  types: readonly string[];
  label: string;
  add: string;
  blank: () => T;
  empty?: string | undefined;
  extra?: ((row: T, set: (next: T) => void) => ReactNode) | undefined;
  typeLabel?: ((type: string) => string) | undefined;
  /** What stands around the field of a name. */
  around?: ((row: T, field: ReactNode) => ReactNode) | undefined;
}) {
  const { t } = useTranslation();
  const names = rows.map((r) => r.name);
  return (
    <RowList rows={rows} onChange={onChange} label={label} add={add} blank={blank} empty={empty} nameOf={(r, i) => r.name || String(i + 1)}>
      {(row, set, i) => (
        <div className="flex flex-col gap-1">
          <div className="grid grid-cols-[1fr_148px] gap-1">
            {around(row, <Input mono label={t("rows.name", { n: i + 1 })} placeholder={t("kit.name")} value={row.name} onChange={(s) => set({ ...row, name: s.replace(/[^\p{L}\p{N}_-]/gu, "_") })} maxLength={60} />)}
            <Select label={t("rows.typeOf", { name: row.name || i + 1 })} value={row.type} onChange={(type) => set({ ...row, type })} options={[...types, ...(types.includes(row.type) || row.type === "" ? [] : [row.type])].map((v) => ({ value: v, label: typeLabel ? typeLabel(v) : v }))} />
          </div>
          {row.name !== "" && names.indexOf(row.name) !== i && <p role="alert" className="text-xs text-danger-text">{t("rows.twice", { name: row.name })}</p>}
          {extra?.(row, set)}
        </div>
      )}
    </RowList>
  );
}
