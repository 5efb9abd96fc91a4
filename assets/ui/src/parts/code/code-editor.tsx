import { lazy, Suspense } from "react";
import type { ReactNode } from "react";
import { useField } from "@/ui/field";

export const codeLanguages = ["python3", "javascript", "json", "jinja2"] as const;
export type CodeLanguage = (typeof codeLanguages)[number];

export interface CodeProps {
  value: string;
  onChange: (v: string) => void;
  language: CodeLanguage;
  label: string;
  /** Names that are offered while typing: the declared input variables. */
  names?: readonly { name: string; type?: string }[] | undefined;
  /** Marks of errors, by line from 1. JSON marks its own mistakes. */
  problems?: readonly { line: number; text: string }[] | undefined;
  rows?: number | undefined;
  readOnly?: boolean | undefined;
  placeholder?: string | undefined;
  /** A bar above the text with this at its left and tools at its right. */
  head?: ReactNode;
  tools?: ReactNode;
}

const Core = lazy(() => import("./code-core").then((m) => ({ default: m.CodeCore })));

/** An editor of code. Tab indents; Esc and then Tab leaves it. */
export function CodeEditor(props: CodeProps) {
  const field = useField();
  return (
    <Suspense
      fallback={
        <div aria-busy="true" role="group" aria-label={props.label} className="overflow-hidden rounded border border-line-strong bg-code">
          <CodeBar head={props.head} tools={props.tools} />
          <pre style={{ minHeight: (props.rows ?? 8) * 20 + 12, maxHeight: 532 }} className="overflow-hidden py-1.5 pl-11 font-mono text-sm text-muted">{props.value}</pre>
        </div>
      }
    >
      <Core {...props} field={field} />
    </Suspense>
  );
}

export function CodeBar({ head, tools }: Pick<CodeProps, "head" | "tools">) {
  if (!head && !tools) return null;
  return <div className="flex h-8 items-center gap-1 border-b bg-surface pr-0.5 pl-1">{head}<span className="ml-auto flex items-center">{tools}</span></div>;
}
