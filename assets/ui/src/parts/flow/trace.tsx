import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { count } from "@/lib/format";
import { sayText } from "@/text/say";
import { cx } from "@/ui/cx";
import { DataBlocks } from "./data";
import type { Exec, Flow, Line } from "./flow";
import { lines } from "./flow";
import { nodeIcon } from "./kinds";
import { Elapsed, MarkIcon, markOf } from "./mark";

/** The time that a waterfall covers. */
export interface Span {
  from: number;
  seconds: number;
}

interface Look {
  /** Each line opens to what its node was given and made. */
  open: boolean;
  span: Span | null;
  /** Said of a line that is clicked, beside opening it. */
  onPick?: ((node: string) => void) | undefined;
}

/** What a run did, line by line: containers hold their rounds, lines open to the data. */
export function Trace({ flow, span = null, open = true, onPick }: { flow: Flow; span?: Span | null; open?: boolean; onPick?: (node: string) => void }) {
  const { t } = useTranslation();
  return (
    <ol aria-label={t("trace.title")} className="flex flex-col">
      {lines(flow).map((l) => <Row key={l.exec.id} line={l} look={{ open, span, onPick }} depth={0} />)}
    </ol>
  );
}

function Row({ line, look, depth }: { line: Line; look: Look; depth: number }) {
  const { t, i18n } = useTranslation();
  const [on, turn] = useState(false);
  const x = line.exec;
  const Icon = nodeIcon(x.type);
  const inside = line.rounds.length > 0;
  const can = look.open || inside;
  const tokens = x.usage?.total_tokens ?? 0;
  const body = (
    <>
      {can ? <ChevronRight size={13} aria-hidden className={cx("shrink-0 text-faint transition-transform", on && "rotate-90")} /> : <span className="w-0" />}
      <MarkIcon mark={markOf[x.status]} />
      <Icon size={14} aria-hidden className="shrink-0 text-faint" />
      <span className="min-w-0 flex-1 truncate text-left" title={x.title}>{x.title}</span>
      {x.attempts.length > 0 && <span className="shrink-0 text-xs text-warn-text">{t("trace.retries", { count: x.attempts.length })}</span>}
      {inside && <span className="shrink-0 text-xs text-muted tabular-nums">{x.length > 0 ? `${line.rounds.length}/${x.length}` : `×${line.rounds.length}`}</span>}
      {tokens > 0 && <span className="shrink-0 text-xs text-muted tabular-nums max-sm:hidden">{t("chat.tokens", { count: tokens, n: count(tokens, i18n.language) })}</span>}
      <span className="w-14 shrink-0 text-right text-xs text-muted"><Elapsed exec={x} /></span>
    </>
  );
  const look2 = "flex min-h-8 w-full items-center gap-2 rounded px-1.5 text-sm";
  return (
    <li className="border-b border-line/60 py-0.5 last:border-b-0">
      {can ? (
        <button
          type="button"
          aria-expanded={on}
          onClick={() => {
            turn(!on);
            look.onPick?.(x.node);
          }}
          className={cx(look2, "hover:bg-hover")}
        >
          {body}
        </button>
      ) : (
        <div className={look2}>{body}</div>
      )}
      {look.span && <Bar exec={x} span={look.span} />}
      {x.error && (x.status === "failed" || x.status === "exception") && (
        <p className={cx("mx-1.5 mb-1 ml-7 text-xs [overflow-wrap:anywhere]", x.status === "failed" ? "text-danger-text" : "text-warn-text")}>
          {sayText(x.error.text)} <code className="font-mono">{x.error.code}</code>
        </p>
      )}
      {on && (
        <div className="mt-1 mb-2 ml-4 flex flex-col gap-2 border-l pl-3">
          {x.attempts.map((a) => (
            <p key={a.retry} className="text-xs text-warn-text [overflow-wrap:anywhere]">{t("trace.attempt", { n: a.retry })}{a.error && `: ${sayText(a.error.text)}`}</p>
          ))}
          {line.rounds.map((r) => (
            <div key={r.round} role="group" aria-label={t("trace.round", { n: r.round + (x.type === "iteration" ? 1 : 0) })}>
              <p className="px-1.5 pt-1 text-xs text-faint">{t("trace.round", { n: r.round + (x.type === "iteration" ? 1 : 0) })}</p>
              <ol>{r.lines.map((l) => <Row key={l.exec.id} line={l} look={look} depth={depth + 1} />)}</ol>
            </div>
          ))}
          {look.open && <DataBlocks data={x} />}
        </div>
      )}
    </li>
  );
}

/** When a node worked, within the time of the whole run. */
function Bar({ exec, span }: { exec: Exec; span: Span }) {
  const at = Math.max(0, (new Date(exec.at).getTime() - span.from) / 1000);
  const total = Math.max(span.seconds, 0.001);
  const left = Math.min(99.5, (at / total) * 100);
  const width = Math.max(0.5, Math.min(100 - left, (exec.elapsed / total) * 100));
  const bad = exec.status === "failed" || exec.status === "exception";
  return (
    <div aria-hidden className="mx-1.5 mb-1 ml-7 h-1 rounded-full bg-sunken">
      <div className={cx("h-1 rounded-full", bad ? "bg-danger" : "bg-accent")} style={{ marginLeft: `${left}%`, width: `${width}%` }} />
    </div>
  );
}
