import { Maximize, Minus, Plus, TriangleAlert } from "lucide-react";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { duration } from "@/lib/format";
import type { NodeMark } from "@/parts/flow/flow";
import { nodeIcon, nodeTitle } from "@/parts/flow/kinds";
import { MarkIcon, useTicking } from "@/parts/flow/mark";
import { IconButton } from "@/ui";
import { cx } from "@/ui/cx";
import type { Graph, GraphNode } from "./graph";
import { isContainer, isEntrance } from "./graph";
import type { Box, Place } from "./layout";
import { curve, layout } from "./layout";

const WIDTH = 196;
const HEIGHT = 40; // of a node with its title only
const GIST = 20; // its one line
const HEAD = 34; // of a container
const EDGE = 32; // room around the whole
const PANEL = 384; // of the picked node, which lies over the drawing at the right
const LEAST = 0.72; // of what fits by itself: below, titles cannot be read, and one scrolls instead
const ZOOMS = [0.3, 0.4, 0.5, 0.65, 0.8, 1, 1.25, 1.5];

/** The graph as it is, read-only: a click on a node tells which. Marks draw a run on it. */
export function Drawing({ graph, marks, problems, selected, onSelect }: {
  graph: Graph;
  /** Null while nothing was run. */
  marks: { [node: string]: NodeMark } | null;
  problems: { [node: string]: string };
  selected: string | null;
  onSelect: (id: string) => void;
}) {
  const { t } = useTranslation();
  const view = useRef<HTMLDivElement>(null);
  const [zoom, setZoom] = useState(1);
  const [fitted, setFitted] = useState(true); // until the person zooms
  const plan = useMemo(() => {
    const boxes = graph.nodes.map((n): Box => ({ id: n.id, parent: n.parent, width: isEntrance(n.type) ? 36 : WIDTH, height: isEntrance(n.type) ? 36 : HEIGHT + (n.gist && !isContainer(n.type) ? GIST : 0), ...(isContainer(n.type) ? { head: HEAD } : {}) }));
    return layout(boxes, graph.edges);
  }, [graph]);
  const byId = useMemo(() => new Map(graph.nodes.map((n) => [n.id, n])), [graph]);
  const width = plan.width + 2 * EDGE;
  const height = plan.height + 2 * EDGE;

  useLayoutEffect(() => {
    const el = view.current;
    if (!el || !fitted) return;
    const fit = (): void => setZoom(Math.max(LEAST, Math.min(1, (el.clientWidth - 2) / width, (el.clientHeight - 2) / height)));
    fit();
    const grown = new ResizeObserver(fit);
    grown.observe(el);
    return () => grown.disconnect();
  }, [fitted, width, height]);

  // The node that works, or was picked elsewhere, is brought into sight.
  const working = marks ? graph.nodes.find((n) => marks[n.id]?.mark === "running" || marks[n.id]?.mark === "paused")?.id : undefined;
  const wanted = selected ?? working;
  const place = wanted ? plan.places[wanted] : undefined;
  useEffect(() => {
    const el = view.current;
    if (!el || !place) return;
    const x = (place.x + EDGE) * zoom;
    const y = (place.y + EDGE) * zoom;
    const room = el.clientWidth - (selected ? Math.min(PANEL, el.clientWidth / 2) : 0); // what the node's panel leaves
    const inside = x >= el.scrollLeft && x + Math.min(place.width * zoom, room) <= el.scrollLeft + room && y >= el.scrollTop && y + place.height * zoom <= el.scrollTop + el.clientHeight;
    if (!inside) el.scrollTo({ left: x - room / 4, top: y - el.clientHeight / 3, behavior: "smooth" });
  }, [place, zoom, selected]);

  const to = (dir: 1 | -1): void => {
    setFitted(false);
    const next = dir > 0 ? ZOOMS.find((z) => z > zoom + 0.01) : ZOOMS.findLast((z) => z < zoom - 0.01);
    if (next) setZoom(next);
  };
  const pan = useRef<{ x: number; y: number; left: number; top: number } | null>(null);

  return (
    <div className="relative h-full min-h-0">
      <div
        ref={view}
        tabIndex={-1}
        className="h-full cursor-grab overflow-auto bg-bg bg-[radial-gradient(var(--line)_1px,transparent_1px)] bg-size-[20px_20px] active:cursor-grabbing"
        onPointerDown={(e) => {
          const el = view.current;
          if (!el || e.button !== 0 || e.pointerType === "touch" || (e.target instanceof Element && e.target.closest("button"))) return;
          pan.current = { x: e.clientX, y: e.clientY, left: el.scrollLeft, top: el.scrollTop };
          el.setPointerCapture(e.pointerId);
        }}
        onPointerMove={(e) => {
          const el = view.current;
          if (!el || !pan.current) return;
          el.scrollTo({ left: pan.current.left + pan.current.x - e.clientX, top: pan.current.top + pan.current.y - e.clientY });
        }}
        onPointerUp={() => {
          pan.current = null;
        }}
      >
        <div className="mx-auto" style={{ width: width * zoom, height: height * zoom, minHeight: "100%", display: "flex", alignItems: "center" }}>
          <div role="group" aria-label={t("graph.title")} className="relative shrink-0 origin-left" style={{ width, height, transform: `scale(${zoom})`, marginBlock: (height * zoom - height) / 2 }}>
            {Object.entries(plan.places).map(([id, p]) => {
              const n = byId.get(id);
              return n && isContainer(n.type) ? <ContainerBox key={id} node={n} place={p} mark={marks?.[id]} problem={problems[id]} on={selected === id} onSelect={onSelect} /> : null;
            })}
            <svg aria-hidden width={width} height={height} className="pointer-events-none absolute inset-0">
              {graph.edges.map((e) => {
                const path = plan.paths[e.id];
                if (!path) return null;
                const done = marks && passed(marks[e.from]) && passed(marks[e.to]);
                return <path key={e.id} d={curve(path.map((q) => ({ x: q.x + EDGE, y: q.y + EDGE })))} fill="none" strokeWidth={done ? 2 : 1.5} className={done ? "stroke-accent" : "stroke-line-strong"} />;
              })}
            </svg>
            {graph.edges.map((e) => {
              const path = plan.paths[e.id];
              const a = path?.[0];
              const b = path?.[1];
              if (!e.label || !a || !b) return null;
              return (
                <span key={e.id} title={e.label} className="pointer-events-none absolute max-w-24 -translate-x-1/2 -translate-y-1/2 truncate rounded-sm border bg-surface px-1 text-xs leading-4 text-muted" style={{ left: EDGE + a.x + (b.x - a.x) * 0.6, top: EDGE + a.y + (b.y - a.y) * 0.66 }}>
                  {e.label}
                </span>
              );
            })}
            {Object.entries(plan.places).map(([id, p]) => {
              const n = byId.get(id);
              return n && !isContainer(n.type) ? <NodeBox key={id} node={n} place={p} mark={marks?.[id]} problem={problems[id]} on={selected === id} onSelect={onSelect} /> : null;
            })}
          </div>
        </div>
      </div>
      <div role="group" aria-label={t("graph.zoom")} className="absolute bottom-3 left-3 flex items-center rounded-md border bg-raised p-0.5 shadow-float">
        <IconButton icon={Minus} size="sm" label={t("graph.smaller")} onClick={() => to(-1)} />
        <span className="w-11 text-center text-xs text-muted tabular-nums">{Math.round(zoom * 100)} %</span>
        <IconButton icon={Plus} size="sm" label={t("graph.larger")} onClick={() => to(1)} />
        <IconButton icon={Maximize} size="sm" label={t("graph.fit")} active={fitted} onClick={() => setFitted(true)} />
      </div>
    </div>
  );
}

const passed = (m: NodeMark | undefined): boolean => m !== undefined && m.mark !== "waiting" && m.mark !== "skipped";

interface BoxProps {
  node: GraphNode;
  place: Place;
  mark: NodeMark | undefined;
  problem: string | undefined;
  on: boolean;
  onSelect: (id: string) => void;
}

const borders: { [mark: string]: string } = { running: "border-accent", paused: "border-warn-text", done: "border-ok-line", failed: "border-danger", exception: "border-warn-text" };

function look(p: BoxProps): string {
  return cx(
    "absolute rounded-md border text-left transition-colors hover:border-accent",
    p.on ? "border-accent shadow-[0_0_0_2px_color-mix(in_srgb,var(--accent)_30%,transparent)]" : (p.mark && borders[p.mark.mark]) || (p.problem ? "border-warn-line" : "border-line-strong"),
    p.mark?.mark === "skipped" && "opacity-55",
  );
}

const at = (p: Place): { left: number; top: number; width: number; height: number } => ({ left: p.x + EDGE, top: p.y + EDGE, width: p.width, height: p.height });

function NodeBox(p: BoxProps) {
  const { t } = useTranslation();
  const { node: n, place } = p;
  const Icon = nodeIcon(n.type);
  const kind = nodeTitle(t, n.type);
  if (isEntrance(n.type))
    return (
      <span aria-hidden className="absolute flex items-center justify-center rounded-full border border-line-strong bg-surface text-faint" style={at(place)}>
        <Icon size={14} />
      </span>
    );
  return (
    <button type="button" onClick={() => p.onSelect(n.id)} aria-pressed={p.on} aria-label={[kind, n.title, n.gist, p.mark && t(`mark.${p.mark.mark}`), p.problem].filter(Boolean).join(", ")} className={cx(look(p), "flex flex-col justify-center bg-surface px-2.5")} style={at(place)}>
      <span className="flex w-full items-center gap-1.5">
        <span title={kind} className="flex size-6 shrink-0 items-center justify-center rounded bg-accent-soft text-accent-text"><Icon size={14} aria-hidden /></span>
        <span className="min-w-0 flex-1 truncate text-sm font-medium" title={n.title}>{n.title}</span>
        <Marks mark={p.mark} problem={p.problem} />
      </span>
      {n.gist && <span className="mt-0.5 block w-full truncate text-xs leading-4 text-muted" title={n.gist}>{n.gist}</span>}
    </button>
  );
}

function ContainerBox(p: BoxProps) {
  const { t } = useTranslation();
  const { node: n } = p;
  const Icon = nodeIcon(n.type);
  return (
    <div className={cx(look(p), "bg-sunken/70")} style={at(p.place)}>
      <button type="button" onClick={() => p.onSelect(n.id)} aria-pressed={p.on} aria-label={[nodeTitle(t, n.type), n.title, n.gist, p.mark && t(`mark.${p.mark.mark}`), p.problem].filter(Boolean).join(", ")} className="flex h-[34px] w-full items-center gap-1.5 rounded-md px-2.5 text-left">
        <span className="flex size-6 shrink-0 items-center justify-center rounded bg-accent-soft text-accent-text"><Icon size={14} aria-hidden /></span>
        <span className="max-w-[60%] truncate text-sm font-medium" title={n.title}>{n.title}</span>
        <span className="min-w-0 flex-1 truncate text-xs text-muted" title={n.gist}>{n.gist}</span>
        <Marks mark={p.mark} problem={p.problem} />
      </button>
    </div>
  );
}

function Marks({ mark: m, problem }: { mark: NodeMark | undefined; problem: string | undefined }) {
  const { t, i18n } = useTranslation();
  const on = m?.mark === "running";
  const ticking = useTicking(m?.exec?.at ?? "", on);
  if (!m)
    return problem ? (
      <span title={problem} className="shrink-0 text-warn-text"><TriangleAlert size={14} aria-hidden /></span>
    ) : null;
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
