import type { EdgeProps } from "@xyflow/react";
import { BaseEdge, EdgeLabelRenderer, getBezierPath } from "@xyflow/react";
import { Plus, X } from "lucide-react";
import { memo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { NodeMark } from "@/parts/flow/flow";
import { useGraph } from "../store";
import type { LineEdge } from "./nodes";
import { useUi, useUiStore } from "./ui";

const passed = (m: NodeMark | undefined): boolean => m !== undefined && m.mark !== "waiting" && m.mark !== "skipped";

/** The way from a node to the next. Pointed at, it offers to take a node in. */
export const Line = memo(function Line({ id, source, target, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, selected, data }: EdgeProps<LineEdge>) {
  const { t } = useTranslation();
  const ui = useUiStore();
  const remove = useGraph((s) => s.remove);
  const [over, setOver] = useState(false);
  const leaving = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const done = useUi((s) => s.marks !== null && passed(s.marks[source]) && passed(s.marks[target]));
  const [path, x, y] = getBezierPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition });
  const enter = (): void => {
    clearTimeout(leaving.current);
    setOver(true);
  };
  const leave = (): void => {
    leaving.current = setTimeout(() => setOver(false), 120);
  };
  const look = selected || over ? "canvas-line-on" : done ? "canvas-line-done" : data?.fail ? "canvas-line-fail" : "canvas-line";
  return (
    <g onPointerEnter={enter} onPointerLeave={leave}>
      <BaseEdge path={path} interactionWidth={20} className={look} />
      {(over || selected) && (
        <EdgeLabelRenderer>
          <div onPointerEnter={enter} onPointerLeave={leave} className="nodrag nopan pointer-events-auto absolute z-10 flex gap-0.5" style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}>
            <button type="button" aria-label={t("canvas.insert")} title={t("canvas.insert")} onClick={(e) => ui.getState().set({ palette: { goal: { edge: id }, screen: { x: e.clientX + 16, y: e.clientY - 24 } } })} className="flex size-5 items-center justify-center rounded-full bg-accent text-on-accent shadow-card">
              <Plus size={13} aria-hidden />
            </button>
            <button type="button" aria-label={t("canvas.cut")} title={t("canvas.cut")} onClick={() => remove([id])} className="flex size-5 items-center justify-center rounded-full border bg-raised text-muted shadow-card hover:border-danger hover:text-danger-text">
              <X size={12} aria-hidden />
            </button>
          </div>
        </EdgeLabelRenderer>
      )}
    </g>
  );
});
