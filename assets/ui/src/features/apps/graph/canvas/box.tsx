import type { NodeProps } from "@xyflow/react";
import { NodeResizeControl } from "@xyflow/react";
import { House, Plus } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { nodeIcon, nodeTitle } from "@/parts/flow/kinds";
import { cx } from "@/ui/cx";
import { lineWays, WAY } from "../shape";
import { useGraph } from "../store";
import { gistIn } from "../titles";
import { waysOf } from "../ways";
import { frame, Handles, Marks } from "./card";
import type { CardNode } from "./nodes";
import { tint } from "./tint";
import { useUi, useUiStore } from "./ui";

/** An iteration or a loop: a frame with its own small graph inside. */
export const BoxCard = memo(function BoxCard({ data: { node: n, holds }, selected }: NodeProps<CardNode>) {
  const { t } = useTranslation();
  const ui = useUiStore();
  const gist = useGraph((s) => gistIn(s.doc, n));
  const mark = useUi((s) => s.marks?.[n.id]);
  const problem = useUi((s) => s.problems[n.id]);
  const lit = useUi((s) => s.lit === n.id);
  const open = useGraph((s) => s.panel === n.id);
  const over = useUi((s) => s.over === n.id);
  const Icon = nodeIcon(n.type);
  const kind = nodeTitle(t, n.type);
  const empty = useGraph((s) => !s.doc.nodes.some((x) => x.parent === n.id && !x.type.endsWith("-start")));
  return (
    <div className={cx("group/card relative h-full rounded-lg border bg-sunken/70 shadow-card has-[[data-node]:focus-visible]:border-accent has-[[data-node]:focus-visible]:ring-2 has-[[data-node]:focus-visible]:ring-accent/60", frame(selected || open || lit || over, mark, problem), over && "bg-accent-soft/60")}>
      <button
        type="button"
        data-node={n.id}
        aria-pressed={open}
        aria-label={[kind, n.title, gist, mark && t(`mark.${mark.mark}`), problem].filter(Boolean).join(", ")}
        className="flex h-[39px] w-full items-center gap-2 rounded-t-lg px-2.5 text-left outline-none"
      >
        <span title={kind} className={cx("flex size-6 shrink-0 items-center justify-center rounded", tint(n.type))}><Icon size={14} aria-hidden /></span>
        <span className="max-w-[60%] truncate text-sm font-medium" title={n.title}>{n.title || t("canvas.untitled")}</span>
        <span className="min-w-0 flex-1 truncate text-xs text-muted" title={gist}>{gist}</span>
        <Marks mark={mark} problem={problem} />
      </button>
      {empty && (
        <button
          type="button"
          onClick={(e) => {
            e.stopPropagation();
            ui.getState().set({ palette: { goal: { after: { node: `${n.id}start`, handle: "source" }, parent: n.id }, screen: { x: e.clientX + 16, y: e.clientY - 24 } } });
          }}
          className="nodrag absolute top-[76px] left-24 flex h-8 items-center gap-1.5 rounded border border-dashed border-line-strong px-3 text-sm text-muted hover:border-accent hover:text-accent-text"
        >
          <Plus size={14} aria-hidden />
          {t("canvas.add")}
        </button>
      )}
      {lineWays(waysOf(n.type, n.data)).length > 0 && (
        <span className="absolute right-3 text-xs text-warn-text" style={{ top: WAY * 2.5 + 4, height: WAY }}>{t("canvas.failed")}</span>
      )}
      {(selected || open) && <NodeResizeControl position="bottom-right" className="canvas-resize" minWidth={240} minHeight={136} />}
      <Handles node={n.id} holds={holds} />
    </div>
  );
});

/** Where what is inside a container begins. */
export const Entrance = memo(function Entrance({ data: { node: n, holds } }: NodeProps<CardNode>) {
  const { t } = useTranslation();
  return (
    <div title={t("canvas.entrance")} className="group/card relative flex h-full items-center justify-center rounded-lg border border-line-strong/70 bg-surface text-faint">
      <House size={15} aria-hidden />
      <Handles node={n.id} holds={holds} />
    </div>
  );
});
