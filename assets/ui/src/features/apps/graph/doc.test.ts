import { describe, expect, it } from "vitest";
import { emptyDoc, noteText, readDoc, writeDoc } from "./doc";
import * as edit from "./edit";

const lexical = '{"root":{"children":[{"children":[{"detail":0,"format":1,"mode":"normal","style":"","text":"bold","type":"text","version":1}],"direction":"ltr","format":"","indent":0,"type":"paragraph","version":1,"textFormat":0},{"children":[],"direction":"ltr","format":"","indent":0,"type":"paragraph","version":1},{"children":[{"text":"plain","type":"text"}],"type":"paragraph","version":1}],"direction":"ltr","format":"","indent":0,"type":"root","version":1},"extra":7}';

/** A graph as Dify exports it, with what nobody here knows. */
const raw = {
  future: { keep: [1, 2] },
  viewport: { x: -185.07, y: 17.8, zoom: 0.87 },
  edges: [
    { id: "odd id", source: "it", sourceHandle: "source", target: "end", targetHandle: "target", type: "custom", zIndex: 0, data: { isInIteration: false, sourceType: "iteration", targetType: "end", mystery: 1 }, selected: true },
    { id: "dangling", source: "gone", target: "end" },
    { id: "first", source: "s", sourceHandle: "source", target: "it", targetHandle: "target", data: {} },
    { source: "itstart0", target: "in", targetHandle: "target", data: { iteration_id: "it" } },
  ],
  nodes: [
    { data: { desc: "", selected: false, title: "开始", type: "start", variables: [{ variable: "q", odd: true }] }, dragging: false, height: 90, id: "s", position: { x: 30, y: 301.5 }, positionAbsolute: { x: 30, y: 301.5 }, selected: false, type: "custom", width: 244 },
    { id: "note", type: "custom-note", data: { type: "", title: "", text: lexical, theme: "blue", author: "Dify", showAuthor: true, width: 371, height: 150 }, position: { x: 1, y: 2 }, positionAbsolute: { x: 1, y: 2 }, width: 371, height: 150 },
    "junk",
    { data: { title: "迭代", type: "iteration", start_node_id: "itstart0", width: 600, height: 203, iterator_selector: ["s", "list"] }, id: "it", position: { x: 638, y: 301.5 }, positionAbsolute: { x: 638, y: 301.5 }, type: "custom", width: 600, height: 203, zIndex: 1 },
    { data: { title: "", type: "iteration-start", isInIteration: true }, id: "itstart0", parentId: "it", position: { x: 24, y: 68 }, positionAbsolute: { x: 662, y: 369.5 }, type: "custom-iteration-start", width: 44, height: 48, zIndex: 1002 },
    { data: { title: "内", type: "code", isInIteration: true, iteration_id: "it" }, id: "in", parentId: "it", extent: "parent", position: { x: 117, y: 85 }, positionAbsolute: { x: 755, y: 386.5 }, type: "custom", width: 244, height: 98 },
    { id: "no type", data: {} },
    { data: { title: "End", type: "end", outputs: [] }, id: "end", position: { x: 1400, y: 301.5 }, positionAbsolute: { x: 1400, y: 301.5 }, type: "custom" },
  ],
};
const copy = (): typeof raw => structuredClone(raw);

describe("a graph that is read and written", () => {
  it("is the same text, whatever is in it", () => {
    expect(JSON.stringify(writeDoc(readDoc(copy())))).toBe(JSON.stringify(raw));
    expect(writeDoc(readDoc({ nodes: [], edges: [] }))).toEqual({ nodes: [], edges: [] });
    expect(readDoc(null)).toEqual(emptyDoc);
  });

  it("differs in the title only, where only a title was changed", () => {
    const doc = edit.setData(readDoc(copy()), "in", { title: "new" });
    const want = copy();
    const n = want.nodes[5];
    if (typeof n === "object" && "data" in n && "title" in n.data) n.data.title = "new";
    expect(JSON.stringify(writeDoc(doc))).toBe(JSON.stringify(want));
  });

  it("says where everything stands, after a container was moved with what is inside", () => {
    const out = writeDoc(edit.shift(readDoc(copy()), new Set(["it"]), 10, -1.5));
    const at = JSON.stringify(out["nodes"]);
    expect(at).toContain('"position":{"x":648,"y":300}');
    expect(at).toContain('"position":{"x":117,"y":85},"positionAbsolute":{"x":765,"y":385}');
    expect(at).toContain('"position":{"x":30,"y":301.5},"positionAbsolute":{"x":30,"y":301.5}');
  });

  it("removes a field that is set to undefined", () => {
    const doc = edit.setData(readDoc(copy()), "it", { iterator_selector: undefined });
    expect(JSON.stringify(writeDoc(doc))).not.toContain("iterator_selector");
  });

  it("keeps the order of the file and puts what is new behind it", () => {
    const made = edit.add(readDoc(copy()), { type: "code", title: "Code", data: {}, after: { node: "s", handle: "source" } }, 1700000000000);
    const out = writeDoc(made.doc);
    const nodes: unknown = out["nodes"];
    expect(Array.isArray(nodes) && nodes.length).toBe(raw.nodes.length + 1);
    expect(JSON.stringify(nodes).startsWith(JSON.stringify(raw.nodes).slice(0, -1))).toBe(true);
  });
});

describe("new records", () => {
  const start = readDoc({ nodes: [{ id: "s", type: "custom", data: { type: "start", title: "Start" }, position: { x: 0, y: 0 } }], edges: [] });
  it("are as Dify writes them", () => {
    const box = edit.add(start, { type: "iteration", title: "Each", data: { is_parallel: false }, after: { node: "s", handle: "source" } }, 1700000000001);
    const inside = edit.add(box.doc, { type: "code", title: "Code", data: {}, after: { node: `${box.id}start`, handle: "source" } }, 1700000000002);
    const out = writeDoc(inside.doc);
    expect(out["edges"]).toEqual([
      { id: "s-source-1700000000001-target", type: "custom", source: "s", sourceHandle: "source", target: "1700000000001", targetHandle: "target", data: { sourceType: "start", targetType: "iteration", isInIteration: false, isInLoop: false }, zIndex: 0 },
      { id: "1700000000001start-source-1700000000002-target", type: "custom", source: "1700000000001start", sourceHandle: "source", target: "1700000000002", targetHandle: "target", data: { sourceType: "iteration-start", targetType: "code", isInIteration: true, isInLoop: false, iteration_id: "1700000000001" }, zIndex: 1002 },
    ]);
    const by = new Map(inside.doc.nodes.map((n) => [n.id, n.raw]));
    expect(by.get("1700000000001")).toMatchObject({ type: "custom", zIndex: 1, data: { type: "iteration", title: "Each", start_node_id: "1700000000001start", is_parallel: false } });
    expect(by.get("1700000000001start")).toMatchObject({ type: "custom-iteration-start", parentId: "1700000000001", draggable: false, selectable: false, zIndex: 1002, position: { x: 24, y: 68 }, data: { type: "iteration-start", isInIteration: true } });
    expect(by.get("1700000000002")).toMatchObject({ type: "custom", parentId: "1700000000001", extent: "parent", zIndex: 1002, data: { type: "code", isInIteration: true, isInLoop: false, iteration_id: "1700000000001" } });
  });
});

describe("a note", () => {
  const doc = readDoc(copy());
  it("is read as people read it", () => {
    expect(doc.notes[0]?.text).toBe("bold\n\nplain");
    expect(noteText("no document")).toBe("no document");
  });
  it("keeps the looks of paragraphs that did not change, and what nobody knows", () => {
    const changed = writeDoc({ ...doc, notes: doc.notes.map((n) => ({ ...n, text: "bold\n\nother\nmore" })) });
    const note: unknown = Array.isArray(changed["nodes"]) ? changed["nodes"][1] : null;
    const text = /"text":"(\{.*\})","theme"/.exec(JSON.stringify(note))?.[1] ?? "";
    const inner: unknown = JSON.parse(JSON.parse(`"${text}"`));
    expect(JSON.stringify(inner)).toContain('"format":1,"mode":"normal","style":"","text":"bold"');
    expect(JSON.stringify(inner)).toContain('"extra":7');
    expect(noteText(JSON.stringify(inner))).toBe("bold\n\nother\nmore");
  });
});
