import { Handle, Position } from "@xyflow/react";
import type { NodeProps } from "@xyflow/react";
import { TriangleAlert } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { duration } from "@/lib/format";
import type { NodeMark } from "@/parts/flow/flow";
import { nodeIcon, nodeTitle } from "@/parts/flow/kinds";
import { MarkIcon, useTicking } from "@/parts/flow/mark";
import { cx } from "@/ui/cx";
import { isAddable } from "../catalog";
import type { FlowNode, Way } from "../node-view";
import type { Hold } from "../shape";
import { lineWays } from "../shape";
import { useGraph } from "../store";
import { gistIn } from "../titles";
import { waysOf } from "../ways";
import type { CardNode } from "./nodes";
import { tint } from "./tint";
import { useUi, useUiStore } from "./ui";

/** One node: what it is, what it is called, the line that matters, its ways out, and how a run stands with it. */
export const Card = memo(function Card({ data: { node: n, holds }, selected }: NodeProps<CardNode>) {
  const { t } = useTranslation();
  const gist = useGraph((s) => gistIn(s.doc, n));
  const mark = useUi((s) => s.marks?.[n.id]);
  const problem = useUi((s) => s.problems[n.id]);
  const lit = useUi((s) => s.lit === n.id);
  const open = useGraph((s) => s.panel === n.id);
  const ways = lineWays(waysOf(n.type, n.data));
  return (
    <div className={cx("group/card relative h-full rounded-lg border bg-surface shadow-card transition-[border-color,box-shadow,opacity] has-[[data-node]:focus-visible]:border-accent has-[[data-node]:focus-visible]:ring-2 has-[[data-node]:focus-visible]:ring-accent/60", frame(selected || open || lit, mark, problem))}>
      <Main n={n} gist={gist} mark={mark} problem={problem} open={open} />
      {ways.length > 0 && (
        <ul className="canvas-near absolute inset-x-0 bottom-[7px] flex flex-col" aria-label={t("canvas.ways")}>
          {ways.map((w) => <WayLine key={w.id} way={w} />)}
        </ul>
      )}
      <Handles node={n.id} holds={holds} />
    </div>
  );
});

function Main({ n, gist, mark, problem, open }: { n: FlowNode; gist: string; mark: NodeMark | undefined; problem: string | undefined; open: boolean }) {
  const { t } = useTranslation();
  const Icon = nodeIcon(n.type);
  const kind = nodeTitle(t, n.type);
  const about = gist || (typeof n.data["desc"] === "string" && n.data["desc"]) || (isAddable(n.type) ? t(`kinds.about.${n.type}`) : kind);
  return (
    <button
      type="button"
      data-node={n.id}
      aria-pressed={open}
      aria-label={[kind, n.title, gist, mark && t(`mark.${mark.mark}`), problem].filter(Boolean).join(", ")}
      className="flex h-[62px] w-full flex-col justify-start rounded-lg px-2.5 pt-[7px] text-left outline-none"
    >
      <span className="flex h-6 w-full items-center gap-2">
        <span title={kind} className={cx("flex size-6 shrink-0 items-center justify-center rounded", tint(n.type))}><Icon size={14} aria-hidden /></span>
        <span className="canvas-near min-w-0 flex-1 truncate text-sm font-medium" title={n.title}>{n.title || t("canvas.untitled")}</span>
        <Marks mark={mark} problem={problem} />
      </span>
      <span className={cx("canvas-near mt-1 block w-full truncate text-xs leading-5", gist ? "text-muted" : "text-faint")} title={about}>{about}</span>
    </button>
  );
}

function WayLine({ way: w }: { way: Way }) {
  const { t } = useTranslation();
  const label = w.label || (w.tone === "fail" ? t("canvas.failed") : w.tone === "timeout" ? t("canvas.timeout") : w.id);
  return (
    <li className="flex h-6 items-center justify-end gap-1 pr-3 pl-8 text-xs">
      <span className={cx("truncate", w.tone === "fail" ? "text-warn-text" : "text-muted")} title={label}>{label}</span>
    </li>
  );
}

const borders: { [mark: string]: string } = { running: "border-accent", paused: "border-warn-text", done: "border-ok-line", failed: "border-danger", exception: "border-warn-text" };

export function frame(on: boolean, mark: NodeMark | undefined, problem: string | undefined): string {
  return cx(
    on ? "border-accent ring-2 ring-accent/25" : (mark && borders[mark.mark]) || (problem ? "border-warn-line" : "border-line-strong/70 hover:border-line-strong"),
    mark?.mark === "skipped" && !on && "opacity-55",
  );
}

/** The dots that edges hang on. One of a way out adds what comes next when it is clicked, and an edge when it is dragged. */
export function Handles({ node, holds }: { node: string; holds: readonly Hold[] }) {
  const { t } = useTranslation();
  const ui = useUiStore();
  return holds.map((h) =>
    h.side === "in" ? (
      <Handle key={h.id} id={h.id} type="target" position={Position.Left} style={{ top: h.y }} className="canvas-in" />
    ) : (
      <Handle
        key={h.id}
        id={h.id}
        type="source"
        position={Position.Right}
        style={{ top: h.y }}
        className="canvas-out"
        title={t("canvas.addAfter")}
        onClick={(e) => {
          e.stopPropagation();
          ui.getState().set({ palette: { goal: { after: { node, handle: h.id } }, screen: { x: e.clientX + 16, y: e.clientY - 24 } } });
        }}
      />
    ),
  );
}

export function Marks({ mark: m, problem }: { mark: NodeMark | undefined; problem: string | undefined }) {
  const { t, i18n } = useTranslation();
  const on = m?.mark === "running";
  const ticking = useTicking(m?.exec?.at ?? "", on);
  if (!m) return problem ? <span title={problem} className="shrink-0 text-warn-text"><TriangleAlert size={14} aria-hidden /></span> : null;
  const x = m.exec;
  const elapsed = on ? Math.floor(ticking * 10) / 10 : (x?.elapsed ?? 0);
  const rounds = x && x.length > 0 && on ? `${Math.max(0, x.now) + (x.type === "iteration" ? 1 : 0)}/${x.length}` : m.runs > 1 ? `×${m.runs}` : "";
  return (
    <span className="flex shrink-0 items-center gap-1 text-xs text-faint tabular-nums">
      {m.retries > 0 && <span className="text-warn-text" title={t("trace.retries", { count: m.retries })}>↻{m.retries}</span>}
      {rounds && <span>{rounds}</span>}
      {x && m.mark !== "paused" && (on || elapsed >= 0.1) && <span>{duration(elapsed < 10 ? Math.round(elapsed * 10) / 10 : elapsed, i18n.language)}</span>}
      <MarkIcon mark={m.mark} size={14} />
    </span>
  );
}
