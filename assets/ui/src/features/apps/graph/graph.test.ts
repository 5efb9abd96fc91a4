import { describe, expect, it } from "vitest";
import { gist, readGraph } from "./graph";
import type { Box, Layout, Link } from "./layout";
import { curve, layout } from "./layout";
import { typedText, typedValue, varNameProblem } from "./variables";

const box = (id: string, parent = ""): Box => ({ id, parent, width: 200, height: 60 });
const link = (from: string, to: string): Link => ({ id: `${from}-${to}`, from, to });
const overlap = (l: Layout, a: string, b: string): boolean => {
  const p = l.places[a];
  const q = l.places[b];
  return p !== undefined && q !== undefined && p.x < q.x + q.width && q.x < p.x + p.width && p.y < q.y + q.height && q.y < p.y + p.height;
};

describe("layout", () => {
  it("puts each node right of all that lead to it", () => {
    const l = layout(["a", "b", "c", "d"].map((i) => box(i)), [link("a", "b"), link("b", "c"), link("a", "c"), link("c", "d")]);
    const x = (id: string): number => l.places[id]?.x ?? -1;
    expect(x("a")).toBeLessThan(x("b"));
    expect(x("b")).toBeLessThan(x("c"));
    expect(x("c")).toBeLessThan(x("d"));
  });

  it("lets nothing overlap, whatever the graph", () => {
    let seed = 7;
    const random = (n: number): number => (seed = (seed * 48271) % 2147483647) % n;
    for (let round = 0; round < 30; round++) {
      const n = 2 + random(30);
      const ids = Array.from({ length: n }, (_, i) => `n${i}`);
      const links = Array.from({ length: random(2 * n) }, (_, i) => ({ id: `e${i}`, from: `n${random(n)}`, to: `n${random(n)}` }));
      const l = layout(ids.map((i) => ({ ...box(i), height: 40 + random(60) })), links);
      for (const a of ids) for (const b of ids) if (a < b) expect(overlap(l, a, b), `${round}: ${a} ${b}`).toBe(false);
      for (const p of Object.values(l.places)) expect(p.x >= 0 && p.y >= 0 && p.x + p.width <= l.width && p.y + p.height <= l.height).toBe(true);
    }
  });

  it("leads long edges around the nodes between", () => {
    const l = layout(["a", "b", "c"].map((i) => box(i)), [link("a", "b"), link("b", "c"), link("a", "c")]);
    const b = l.places["b"];
    const lane = l.paths["a-c"]?.[1];
    expect(lane && b && (lane.y < b.y || lane.y > b.y + b.height)).toBe(true);
  });

  it("draws cycles and lonely nodes too", () => {
    const l = layout(["a", "b", "alone"].map((i) => box(i)), [link("a", "b"), link("b", "a")]);
    expect(Object.keys(l.places).sort()).toEqual(["a", "alone", "b"]);
    expect(Object.keys(l.paths).sort()).toEqual(["a-b", "b-a"]);
  });

  it("makes containers as large as what is inside, with room for their title", () => {
    const l = layout([box("a"), { ...box("it"), head: 30 }, box("x", "it"), box("y", "it"), box("b")], [link("a", "it"), link("x", "y"), link("it", "b")]);
    const it = l.places["it"];
    const y = l.places["y"];
    expect(it && y && y.x > it.x && y.y >= it.y + 30 && y.x + y.width < it.x + it.width && y.y + y.height < it.y + it.height).toBe(true);
    expect(Object.keys(l.places).indexOf("it")).toBeLessThan(Object.keys(l.places).indexOf("x")); // drawn below
    expect(l.places["b"]?.x ?? 0).toBeGreaterThan((it?.x ?? 0) + (it?.width ?? 0));
  });

  it("keeps the ways out of a branch in their order", () => {
    const l = layout(["s", "c", "b", "a"].map((i) => box(i)), [link("s", "a"), link("s", "b"), link("s", "c")]);
    const y = (id: string): number => l.places[id]?.y ?? -1;
    expect([y("a") < y("b"), y("b") < y("c")]).toEqual([true, true]);
  });

  it("is nothing of nothing", () => {
    expect(layout([], [])).toEqual({ places: {}, paths: {}, width: 0, height: 0 });
    expect(curve([])).toBe("");
  });

  it("draws 500 nodes in a moment", () => {
    const ids = Array.from({ length: 500 }, (_, i) => `n${i}`);
    const started = performance.now();
    layout(ids.map((i) => box(i)), ids.slice(1).map((id, i) => link(`n${Math.floor(i / 2)}`, id)));
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe("a graph", () => {
  const raw = {
    nodes: [
      { id: "s", data: { type: "start", title: "Begin", variables: [{ variable: "q", label: "Question" }] } },
      { id: "if", data: { type: "if-else", title: "Big?", cases: [{ case_id: "x", conditions: [{ variable_selector: ["s", "q"], comparison_operator: "≥", value: "5" }, {}] }, { case_id: "y", conditions: [] }] } },
      { id: "ask", data: { type: "human-input", title: "Ask", user_actions: [{ id: "ok", title: "Fine" }] } },
      { id: "it", data: { type: "iteration", title: "Each", iterator_selector: ["s", "list"] } },
      { id: "in", parentId: "it", data: { type: "code", title: "In", code_language: "python3" } },
      { id: "note", type: "custom-note", data: { type: "" } },
      { id: "odd", parentId: "nowhere", data: { type: "mystery" } },
      "junk",
    ],
    edges: [
      { id: "3", source: "if", sourceHandle: "false", target: "ask" },
      { id: "2", source: "if", sourceHandle: "y", target: "it" },
      { id: "1", source: "if", sourceHandle: "x", target: "ask" },
      { id: "4", source: "ask", sourceHandle: "ok", target: "it" },
      { id: "5", source: "s", sourceHandle: "source", target: "in" },
      { id: "6", source: "s", target: "gone" },
    ],
  };
  const g = readGraph(raw);

  it("is read without notes, junk and edges into containers", () => {
    expect(g.nodes.map((n) => [n.id, n.parent, n.title])).toEqual([["s", "", "Begin"], ["if", "", "Big?"], ["ask", "", "Ask"], ["it", "", "Each"], ["in", "it", "In"], ["odd", "", "mystery"]]);
    expect(g.edges.map((e) => e.id).sort()).toEqual(["1", "2", "3", "4"]);
  });

  it("names the ways out of branches, in their order", () => {
    const out = (from: string): string[] => g.edges.filter((e) => e.from === from).map((e) => e.label);
    expect([out("if"), out("ask")]).toEqual([["IF", "ELIF 1", "ELSE"], ["Fine"]]);
  });

  it("says the line of each node that matters", () => {
    expect(g.nodes.map((n) => n.gist)).toEqual(["Question", "Begin.q ≥ 5 +1", "Fine", "Begin.list", "python3", ""]);
    expect(gist("http-request", { method: "post", url: "http://h/{{#s.q#}}" }, () => "Begin")).toBe("POST http://h/{Begin.q}");
    expect(gist("answer", { answer: "{{#sys.query#}}\n\nthanks" }, (id) => id)).toBe("{sys.query} thanks");
  });

  it.each([[null], [undefined], ["x"], [{}], [{ nodes: {}, edges: 3 }]])("is empty where it is %j", (x) => {
    expect(readGraph(x)).toEqual({ nodes: [], edges: [] });
  });
});

describe("a variable's value", () => {
  it.each([
    ["number", "3.5", 3.5],
    ["number", "x", undefined],
    ["boolean", "true", true],
    ["object", '{"a":1}', { a: 1 }],
    ["object", "[]", undefined],
    ["array[string]", '["a"]', ["a"]],
    ["array[number]", '["a"]', undefined],
    ["array[object]", "", []],
    ["secret", "", "[__HIDDEN__]"],
    ["string", " kept ", " kept "],
  ])("of the type %s is read from %j", (type, text, want) => {
    expect(typedValue(type, text)).toEqual(want);
  });
  it("never shows a secret", () => {
    expect(typedText("secret", "[__HIDDEN__]")).toBe("");
    expect(typedText("object", { a: 1 })).toContain('"a": 1');
  });
  it("has a name that references can hold", () => {
    expect([varNameProblem("", []), varNameProblem("1a", []), varNameProblem("名", []), varNameProblem("a", ["a"]), varNameProblem("ok_1", [])]).toEqual(["var.nameEmpty", "vars.nameBad", "vars.nameBad", "var.nameTwice", undefined]);
  });
});
