import { lazy, Suspense } from "react";
import type { ReactNode } from "react";
import type { Scope, VarType } from "@/lib/scope";
import { useField } from "@/ui/field";
import type { Literal } from "./chips";

export interface TemplateProps {
  scope: Scope;
  value: string;
  onChange: (v: string) => void;
  label: string;
  placeholder?: string | undefined;
  /** How many lines it is high when empty; it grows to about 20 and then scrolls. One line is an input: no line breaks. */
  rows?: number | undefined;
  /** The types that are offered; absent: all. Whatever stands in the text already is shown all the same. */
  accepts?: readonly VarType[] | undefined;
  /** Words like {{#context#}} that mean something here. */
  literals?: readonly Literal[] | undefined;
  /** Controls in a bar above the text, at its right. Without these two there is no bar. */
  tools?: ReactNode;
  /** What stands in that bar at the left, such as the role of a message. */
  head?: ReactNode;
  mono?: boolean | undefined;
  disabled?: boolean | undefined;
}

export type { Literal } from "./chips";

const Core = lazy(() => import("./template-core").then((m) => ({ default: m.TemplateCore })));

/** A text with variables: references are chips, "/" or "{" offers what can be read. CodeMirror is loaded when it is first shown. */
export function TemplateEditor(props: TemplateProps) {
  const field = useField();
  return (
    <Suspense fallback={<Waiting {...props} />}>
      <Core {...props} field={field} />
    </Suspense>
  );
}

/** The same box with the bare text, so that nothing jumps. */
function Waiting({ value, rows = 4, head, tools, label }: TemplateProps) {
  return (
    <div aria-busy="true" aria-label={label} role="group" className="overflow-hidden rounded border border-line-strong bg-surface">
      {(head || tools) && <div className="flex h-8 items-center gap-1 border-b px-2">{head}<span className="ml-auto flex items-center">{tools}</span></div>}
      <div style={{ minHeight: rows > 1 ? rows * 22 + 12 : 30, maxHeight: rows > 1 ? 452 : 30 }} className={rows > 1 ? "overflow-hidden px-2.5 py-1.5 whitespace-pre-wrap text-muted" : "overflow-hidden px-2.5 py-1 whitespace-nowrap text-muted"}>{value}</div>
    </div>
  );
}
