import { describe, expect, it } from "vitest";
import { sketchOf } from "./sketch";

const node = (id: string, type: string, x: number, y: number, more: object = {}): object => ({ id, position: { x, y }, width: 244, height: 100, data: { type, title: id }, ...more });

describe("the drawing of a template", () => {
  it("begins at the corner and has nodes inside of containers where they are", () => {
    const { boxes, links, width } = sketchOf({
      nodes: [node("a", "start", 80, 120), node("box", "loop", 400, 120, { width: 600, height: 300 }), node("in", "llm", 128, 68, { parentId: "box" })],
      edges: [{ source: "a", target: "box" }, { source: "a", target: "gone" }],
    });
    expect(boxes.map((b) => [b.id, b.x, b.y, b.holds])).toEqual([["a", 0, 0, false], ["box", 320, 0, true], ["in", 448, 68, false]]);
    expect(links).toHaveLength(1);
    expect(width).toBe(920);
  });
  it("draws nothing of what is no graph", () => {
    for (const odd of [undefined, null, 3, {}, { nodes: 1, edges: "x" }, { nodes: [null, 7], edges: [{}] }]) expect(sketchOf(odd).boxes).toEqual([]);
  });
});
