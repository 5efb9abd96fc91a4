import { describe, expect, it } from "vitest";
import { reached } from "./check";
import { readClip } from "./clip";
import { list, rec, writeDoc } from "./doc";
import { pressed } from "./keys";
import { reading } from "./order";
import { barred, refuses } from "./rules";
import { sizeOf } from "./shape";
import { createGraph } from "./store";
import type { GraphStore } from "./store";

const node = (id: string, type: string, data: object = {}, part: object = {}): object => ({ id, type: "custom", position: { x: 0, y: 0 }, positionAbsolute: { x: 0, y: 0 }, data: { type, title: id.toUpperCase(), ...data }, ...part });
const edge = (source: string, target: string, sourceHandle = "source"): object => ({ id: `${source}-${sourceHandle}-${target}-target`, type: "custom", source, sourceHandle, target, targetHandle: "target", data: {} });
const line = { nodes: [node("s", "start"), node("a", "code", {}, { position: { x: 300, y: 0 } }), node("b", "code", {}, { position: { x: 600, y: 0 } }), node("end", "end", {}, { position: { x: 900, y: 0 } })], edges: [edge("s", "a"), edge("a", "b"), edge("b", "end")] };

let clock = 1_700_000_000_000;
const open = (raw: unknown, mode: "workflow" | "advanced-chat" = "workflow"): GraphStore => createGraph(raw, { mode, title: (t) => t, blank: () => ({}), author: () => "Li", now: () => (clock += 10_000) });
const ways = (g: GraphStore): string[] => g.getState().doc.edges.map((e) => `${e.from} ${e.handle} ${e.to}`).sort();

describe("the history of a graph", () => {
  it("goes back and forth, and forgets what was ahead after another change", () => {
    const g = open(line);
    g.getState().setTitle("a", "one");
    g.getState().remove(["b"]);
    g.getState().undo();
    expect(g.getState().doc.nodes.length).toBe(4);
    g.getState().undo();
    expect(g.getState().doc.nodes[1]?.title).toBe("A");
    g.getState().redo();
    expect(g.getState().doc.nodes[1]?.title).toBe("one");
    g.getState().setTitle("a", "two");
    g.getState().redo();
    expect(g.getState().steps.map((s) => s.name)).toEqual(["open", "title", "title"]);
    expect(JSON.stringify(writeDoc(g.getState().steps[0]?.doc ?? g.getState().doc))).toBe(JSON.stringify(line));
  });

  it("takes quick repetitions of one change for one step", () => {
    const g = createGraph(line, { mode: "workflow", title: (t) => t, blank: () => ({}), author: () => "", now: () => 1 });
    for (const c of ["p", "pr", "pri"]) g.getState().setData("a", { code: c });
    g.getState().setData("a", { code_language: "python3" });
    expect(g.getState().steps.length).toBe(3);
    g.getState().undo();
    g.getState().undo();
    expect(g.getState().doc.nodes[1]?.data["code"]).toBeUndefined();
  });

  it("keeps fifty steps", () => {
    const g = open(line);
    for (let i = 0; i < 80; i++) g.getState().setTitle("a", `t${i}`);
    expect(g.getState().steps.length).toBe(51);
  });

  it("makes one step of a drag", () => {
    const g = open(line);
    for (let x = 0; x < 5; x++) g.getState().live(new Map([["a", { x, y: 8 }]]));
    g.getState().settle("move");
    expect([g.getState().steps.length, g.getState().doc.nodes[1]?.x]).toEqual([2, 4]);
    g.getState().undo();
    expect(g.getState().doc.nodes[1]?.x).toBe(300);
  });
});

describe("changing a graph", () => {
  it("puts a node into an edge and makes room for it", () => {
    const g = open(line);
    const id = g.getState().addNode("code", undefined, { edge: "a-source-b-target" });
    expect(ways(g)).toEqual([`${id} source b`, `a source ${id}`, "b source end", "s source a"].sort());
    const at = (x: string): number => g.getState().doc.nodes.find((n) => n.id === x)?.x ?? 0;
    expect(at(id)).toBeGreaterThanOrEqual(at("a") + 240);
    expect(at("b")).toBeGreaterThanOrEqual(at(id) + 240);
    expect(at("end")).toBeGreaterThan(at("b"));
  });

  it("closes the line where a node in the middle is removed, and takes the inside of a container with it", () => {
    const g = open(line);
    g.getState().remove(["b"]);
    expect(ways(g)).toEqual(["a source end", "s source a"]);
    const box = g.getState().addNode("loop", { x: 0, y: 500 });
    g.getState().addNode("code", undefined, { after: { node: `${box}start`, handle: "source" } });
    expect(g.getState().doc.nodes.length).toBe(6);
    g.getState().remove([`${box}start`]);
    expect(g.getState().doc.nodes.length).toBe(6);
    g.getState().remove([box]);
    expect(g.getState().doc.nodes.length).toBe(3);
  });

  it("lets a container grow with what is inside", () => {
    const g = open(line);
    const box = g.getState().addNode("iteration", { x: 0, y: 500 });
    const inner = g.getState().addNode("code", undefined, { parent: box });
    g.getState().live(new Map([[inner, { x: 900, y: -50 }]]));
    const of = (id: string): { x: number; y: number; width: number } | undefined => g.getState().doc.nodes.find((n) => n.id === id);
    expect(of(box)?.width).toBeGreaterThanOrEqual(900 + 240);
    expect(of(inner)?.y).toBeGreaterThanOrEqual(48);
  });

  it("keeps what leads to a node when its kind changes, and the ways out that are left", () => {
    const g = open({ nodes: [node("s", "start"), node("if", "if-else", { cases: [{ case_id: "x", conditions: [] }] }), node("a", "code"), node("b", "code")], edges: [edge("s", "if"), edge("if", "a", "x"), edge("if", "b", "false")] });
    g.getState().changeType("if", "code");
    expect(ways(g)).toEqual(["s source if"]);
    expect(g.getState().doc.edges[0]?.raw["data"]).toEqual({ targetType: "code" });
    const one = open(line);
    one.getState().changeType("a", "http-request");
    expect(ways(one)).toEqual(["a source b", "b source end", "s source a"]);
  });

  it("takes edges away with the way out that they hung on, and no others", () => {
    const g = open({ nodes: [node("if", "if-else", { cases: [{ case_id: "x", conditions: [] }, { case_id: "y", conditions: [] }] }), node("a", "code")], edges: [edge("if", "a", "x"), edge("if", "a", "y"), edge("if", "a", "odd")] });
    g.getState().setData("if", { cases: [{ case_id: "y", conditions: [] }] });
    expect(ways(g)).toEqual(["if odd a", "if y a"]);
  });

  it("tidies up so that nothing overlaps and all lead to the right", () => {
    const g = open({ nodes: line.nodes.map((n) => ({ ...n, position: { x: 10, y: 10 } })), edges: line.edges });
    const box = g.getState().addNode("iteration", undefined, { after: { node: "a", handle: "source" } });
    g.getState().addNode("code", undefined, { after: { node: `${box}start`, handle: "source" } });
    g.getState().layout();
    const { doc } = g.getState();
    const top = doc.nodes.filter((n) => n.parent === "");
    for (const p of top) for (const q of top) if (p.id < q.id) expect(p.x + sizeOf(p).width <= q.x || q.x + sizeOf(q).width <= p.x || p.y + sizeOf(p).height <= q.y || q.y + sizeOf(q).height <= p.y, `${p.id} ${q.id}`).toBe(true);
    for (const e of doc.edges) {
      const [p, q] = [e.from, e.to].map((id) => doc.nodes.find((n) => n.id === id));
      expect((p?.x ?? 0) < (q?.x ?? 0), e.id).toBe(true);
    }
  });

  it("lines up and spreads what is chosen", () => {
    const g = open({ nodes: [node("a", "code", {}, { position: { x: 0, y: 0 } }), node("b", "code", {}, { position: { x: 16, y: 80 } }), node("c", "code", {}, { position: { x: 40, y: 400 } })], edges: [] });
    g.getState().select(["a", "b", "c"]);
    g.getState().align("left");
    g.getState().align("down");
    expect(g.getState().doc.nodes.map((n) => [n.x, n.y])).toEqual([[0, 0], [0, 200], [0, 400]]);
  });
});

describe("what may stand where", () => {
  const g = open(line).getState();
  it.each([
    ["s", "s", "self"],
    ["b", "a", "loop"],
    ["a", "s", "noIn"],
    ["end", "a", "noOut"],
    ["s", "a", "twice"],
    ["a", "gone", "gone"],
    ["a", "end", null],
  ])("an edge from %s to %s: %s", (from, to, why) => expect(refuses(g.doc, from, "source", to)).toBe(why));
  it.each([
    ["start", "workflow", "oneStart"],
    ["trigger-webhook", "workflow", "startOrTriggers"],
    ["answer", "workflow", "mode"],
    ["end", "advanced-chat", "mode"],
    ["loop-end", "workflow", "inLoop"],
    ["iteration-start", "workflow", "outside"],
    ["code", "workflow", null],
  ] as const)("%s in a %s: %s", (type, mode, why) => expect(barred(g.doc, type, mode, undefined)).toBe(why));
});

describe("the clipboard", () => {
  const raw = {
    nodes: [
      node("s", "start"),
      node("a", "code", { title: "Code", variables: [{ value_selector: ["s", "q"] }] }),
      node("b", "llm", { prompt_template: [{ text: "{{#a.result#}} {{#s.q#}} {{#sys.query#}}" }], ids: ["a", "result"], tags: ["x", "y"] }),
      node("it", "iteration", { start_node_id: "itstart" }, { width: 496, height: 208 }),
      node("itstart", "iteration-start", { isInIteration: true }, { parentId: "it", type: "custom-iteration-start" }),
      node("in", "code", { isInIteration: true, iteration_id: "it", variables: [{ value_selector: ["it", "item"] }] }, { parentId: "it" }),
    ],
    edges: [edge("s", "a"), edge("a", "b"), edge("itstart", "in")],
  };
  it("renews ids and what the copied read of each other; what stayed behind keeps its name", () => {
    const from = open(raw);
    from.getState().select(["a", "b", "it"]);
    const s = from.getState().copy() ?? "";
    const to = open(line);
    expect(to.getState().paste(s, { x: 0, y: 0 })).toEqual({ made: 3, left: 0 });
    const fresh = to.getState().doc.nodes.slice(4);
    const [a, b, it, inner, start] = ["code", "llm", "iteration", "code", "iteration-start"].map((type, i) => fresh.filter((n) => n.type === type)[i === 3 ? 1 : 0]);
    expect(new Set(fresh.map((n) => n.id)).size).toBe(5);
    expect(a?.data["variables"]).toEqual([{ value_selector: ["s", "q"] }]);
    expect(b?.data["prompt_template"]).toEqual([{ text: `{{#${a?.id}.result#}} {{#s.q#}} {{#sys.query#}}` }]);
    expect([b?.data["ids"], b?.data["tags"]]).toEqual([[a?.id, "result"], ["x", "y"]]);
    expect([start?.id, it?.data["start_node_id"]]).toEqual([`${it?.id}start`, `${it?.id}start`]);
    expect(inner?.data).toMatchObject({ iteration_id: it?.id, variables: [{ value_selector: [it?.id, "item"] }] });
    expect(ways(to).filter((w) => !w.startsWith("s") && !/^[ab] /.test(w))).toEqual([`${a?.id} source ${b?.id}`, `${start?.id} source ${inner?.id}`].sort());
    const written = writeDoc(to.getState().doc);
    expect(JSON.stringify(written)).not.toContain('"it"');
  });

  it("leaves out what may not stand here", () => {
    const from = open(raw);
    from.getState().select(["s", "a"]);
    const to = open(line);
    expect(to.getState().paste(from.getState().copy() ?? "", null)).toEqual({ made: 1, left: 1 });
  });

  it("pastes into the container that is chosen", () => {
    const g = open(raw);
    g.getState().select(["a"]);
    const s = g.getState().copy() ?? "";
    const box = g.getState().addNode("loop", { x: 0, y: 900 });
    g.getState().select([box]);
    g.getState().paste(s, null);
    const made = g.getState().doc.nodes.at(-1);
    expect([made?.parent, made?.data["isInLoop"], made?.data["loop_id"], made?.raw["parentId"]]).toEqual([box, true, box, box]);
  });

  it("is a duplicate in place for what is inside a container", () => {
    const g = open(raw);
    g.getState().select(["in"]);
    g.getState().duplicate();
    const made = g.getState().doc.nodes.at(-1);
    expect([made?.parent, made?.data["iteration_id"], made?.title]).toEqual(["it", "it", "IN 2"]);
  });

  it.each(["", "hello", "{}", '{"nodes":3}', "[1]", '{"nodes":[{"id":"x"}]}'])("reads nothing from %j", (s) => expect(readClip(s)).toBeNull());
});

describe("reading a graph", () => {
  it("goes along the edges, into containers, and to what is not reached", () => {
    const g = open({ nodes: [node("z", "code"), node("b", "code"), node("s", "start"), node("it", "iteration"), node("in", "code", {}, { parentId: "it" }), node("is", "iteration-start", {}, { parentId: "it" })], edges: [edge("s", "it"), edge("it", "b"), edge("is", "in")] });
    expect(reading(g.getState().doc)).toEqual(["s", "it", "in", "b", "z"]);
    expect([...reached(g.getState().doc)].sort()).toEqual(["b", "in", "is", "it", "s"]);
  });
});

describe("keys", () => {
  const e = (key: string, code: string, mods = ""): Parameters<typeof pressed>[1] => ({ key, code, ctrlKey: mods.includes("c"), metaKey: mods.includes("m"), shiftKey: mods.includes("s"), altKey: mods.includes("a") });
  it.each([
    ["mod+z", e("z", "KeyZ", "c"), true],
    ["mod+z", e("Z", "KeyZ", "cs"), false],
    ["mod+shift+z", e("Z", "KeyZ", "ms"), true],
    ["shift+1", e("!", "Digit1", "s"), true],
    ["1", e("1", "Digit1"), true],
    ["?", e("?", "Slash", "s"), true],
    ["n", e("n", "KeyN"), true],
    ["n", e("n", "KeyN", "c"), false],
    ["alt+r", e("®", "KeyR", "a"), true],
    ["delete", e("Delete", "Delete"), true],
  ])("%s", (keys, event, want) => expect(pressed(keys, event)).toBe(want));
});

describe("a node and its container", () => {
  const box = {
    nodes: [
      node("s", "start"), node("a", "code", {}, { position: { x: 300, y: 0 } }), node("b", "code", {}, { position: { x: 600, y: 0 } }),
      node("it", "iteration", { start_node_id: "itstart" }, { position: { x: 900, y: 0 }, width: 496, height: 208 }),
      node("itstart", "iteration-start", {}, { parentId: "it", position: { x: 24, y: 68 } }),
      node("in", "code", { isInIteration: true, iteration_id: "it" }, { parentId: "it", position: { x: 120, y: 68 } }),
      node("end", "end", {}, { position: { x: 1500, y: 0 } }),
    ],
    edges: [edge("s", "a"), edge("a", "b"), edge("b", "it"), edge("itstart", "in"), edge("it", "end")],
  };
  const homeOf = (g: GraphStore, id: string): string | undefined => g.getState().doc.nodes.find((n) => n.id === id)?.parent;
  const written = (g: GraphStore, id: string) => list(writeDoc(g.getState().doc)["nodes"]).map(rec).find((n) => n["id"] === id);

  it("moves in with those beside it; lines over the border are cut, and one step takes it back", () => {
    const g = open(box);
    expect(g.getState().rehome(["a", "b"], "it")).toMatchObject({ left: 0, cut: 2 });
    expect([homeOf(g, "a"), homeOf(g, "b")]).toEqual(["it", "it"]);
    expect(ways(g)).toEqual(["a source b", "it source end", "itstart source in"]);
    expect(written(g, "a")).toMatchObject({ parentId: "it", extent: "parent", data: { isInIteration: true, iteration_id: "it" } });
    expect(written(g, "a")?.["position"]).toMatchObject({ y: expect.any(Number) });
    g.getState().undo();
    expect(JSON.stringify(writeDoc(g.getState().doc))).toBe(JSON.stringify(box));
  });
  it("moves out under the container, and is no longer of it", () => {
    const g = open(box);
    expect(g.getState().rehome(["in"], "")).toMatchObject({ left: 0, cut: 1 });
    const out = written(g, "in");
    expect([homeOf(g, "in"), out?.["parentId"], rec(out?.["data"])["iteration_id"]]).toEqual(["", undefined, undefined]);
    expect(rec(out?.["position"])["y"]).toBeGreaterThan(208);
  });
  it("stays where it is if it may not stand there", () => {
    const g = open(box);
    expect(g.getState().rehome(["s", "end", "it"], "it")).toMatchObject({ left: 2, cut: 0 });
    expect(g.getState().steps.length).toBe(1);
  });
});
