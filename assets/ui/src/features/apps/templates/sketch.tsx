import { useMemo } from "react";
import { isRecord } from "@/api/client";
import { nodeIcon } from "@/parts/flow/kinds";

interface Box {
  id: string;
  type: string;
  title: string;
  x: number;
  y: number;
  w: number;
  h: number;
  holds: boolean;
}

const num = (v: unknown): number => (typeof v === "number" ? v : 0);
const text = (v: unknown): string => (typeof v === "string" ? v : "");

/** The places of the nodes as the file has them, and the edges between those that are shown. */
export function sketchOf(graph: unknown): { boxes: Box[]; links: [Box, Box][]; width: number; height: number } {
  const raw = isRecord(graph) ? graph : {};
  const nodes = (Array.isArray(raw["nodes"]) ? raw["nodes"] : []).filter(isRecord);
  const held = new Map(nodes.map((n) => [text(n["id"]), n]));
  const at = (n: { [k: string]: unknown }): { x: number; y: number } => {
    const p = isRecord(n["position"]) ? n["position"] : {};
    const parent = held.get(text(n["parentId"]));
    const base = parent ? at(parent) : { x: 0, y: 0 };
    return { x: base.x + num(p["x"]), y: base.y + num(p["y"]) };
  };
  const all = nodes.map((n): Box => {
    const data = isRecord(n["data"]) ? n["data"] : {};
    const id = text(n["id"]);
    return { id, type: text(data["type"]), title: text(data["title"]), ...at(n), w: num(n["width"]) || 244, h: num(n["height"]) || 90, holds: nodes.some((o) => text(o["parentId"]) === id) };
  });
  const left = all.length > 0 ? Math.min(...all.map((b) => b.x)) : 0;
  const top = all.length > 0 ? Math.min(...all.map((b) => b.y)) : 0;
  const boxes = all.map((b) => ({ ...b, x: b.x - left, y: b.y - top }));
  const byId = new Map(boxes.map((b) => [b.id, b]));
  const links = (Array.isArray(raw["edges"]) ? raw["edges"] : []).filter(isRecord).flatMap((e): [Box, Box][] => {
    const a = byId.get(text(e["source"]));
    const b = byId.get(text(e["target"]));
    return a && b ? [[a, b]] : [];
  });
  return { boxes, links, width: Math.max(1, ...boxes.map((b) => b.x + b.w)), height: Math.max(1, ...boxes.map((b) => b.y + b.h)) };
}

/** A drawing of a graph to look at, not to work with. */
export function Sketch({ graph, label }: { graph: unknown; label: string }) {
  const { boxes, links, width, height } = useMemo(() => sketchOf(graph), [graph]);
  const pad = 24;
  return (
    <div className="overflow-x-auto rounded-md border bg-sunken/50 p-2" tabIndex={0}>
      <svg role="img" aria-label={label} viewBox={`${-pad} ${-pad} ${width + 2 * pad} ${height + 2 * pad}`} style={{ width: Math.max(520, (width + 2 * pad) * 0.42), maxWidth: "none" }} className="block">
        {boxes.filter((b) => b.holds).map((b) => <rect key={b.id} x={b.x} y={b.y} width={b.w} height={b.h} rx={16} className="fill-surface stroke-line-strong" strokeWidth={3} strokeDasharray="12 8" />)}
        {links.map(([a, b]) => {
          const [x1, y1, x2, y2] = [a.x + a.w, a.y + (a.holds ? Math.min(50, a.h / 2) : a.h / 2), b.x, b.y + (b.holds ? Math.min(50, b.h / 2) : b.h / 2)];
          const bend = Math.max(30, (x2 - x1) / 2);
          return <path key={`${a.id} ${b.id}`} d={`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`} className="fill-none stroke-faint" strokeWidth={3} />;
        })}
        {boxes.map((b) => {
          const Icon = nodeIcon(b.type);
          if (b.holds)
            return (
              <g key={b.id} className="text-muted">
                <Icon x={b.x + 18} y={b.y + 18} width={26} height={26} aria-hidden />
                <text x={b.x + 54} y={b.y + 40} className="fill-muted" fontSize={24}>{b.title}</text>
              </g>
            );
          if (b.type.endsWith("-start")) return <circle key={b.id} cx={b.x + b.w / 2} cy={b.y + b.h / 2} r={16} className="fill-accent-soft stroke-accent" strokeWidth={3} />;
          return (
            <g key={b.id}>
              <rect x={b.x} y={b.y} width={b.w} height={b.h} rx={14} className="fill-surface stroke-line-strong" strokeWidth={3} />
              <Icon x={b.x + 20} y={b.y + b.h / 2 - 15} width={30} height={30} aria-hidden className="text-accent-text" />
              <Title x={b.x + 62} y={b.y + b.h / 2} width={b.w - 74} text={b.title} />
            </g>
          );
        })}
      </svg>
    </div>
  );
}

/** A title in one line or two, by how many characters fit. */
function Title({ x, y, width, text: words }: { x: number; y: number; width: number; text: string }) {
  const wide = /[\u3000-\u9fff\uff00-\uffef]/.test(words);
  const room = Math.floor(width / (wide ? 25 : 13));
  const first = words.length <= room ? words : (wide ? words.slice(0, room) : words.slice(0, room + 1).replace(/\s+\S*$/, "")) || words.slice(0, room);
  const rest = words.slice(first.length).trim();
  const second = rest.length > room ? `${rest.slice(0, room - 1)}…` : rest;
  return (
    <text x={x} className="fill-text" fontSize={24}>
      <tspan x={x} y={y + (second ? -4 : 9)}>{first}</tspan>
      {second && <tspan x={x} dy={28}>{second}</tspan>}
    </text>
  );
}
