import { describe, expect, it } from "vitest";
import type { Scope } from "@/lib/scope";
import { findVar, fits } from "@/lib/scope";
import type { Data, FlowEdge, FlowNode } from "./node-view";
import { brokenIn, mapSelectors, readersOf, renameNodes, renameVariable, selectorsIn } from "./reference";
import { insideOf, scopeOf } from "./scope";

const node = (id: string, type: string, data: Data = {}, parent = ""): FlowNode => ({ id, type, title: id.toUpperCase(), data: { type, ...data }, parent, x: 0, y: 0, width: 0, height: 0, raw: {} });
const edge = (from: string, to: string, handle = "source"): FlowEdge => ({ id: `${from}-${to}`, from, to, handle, raw: {} });

const start = node("start", "start", {
  variables: [
    { variable: "topic", label: "Topic", type: "paragraph" },
    { variable: "n", type: "number" },
    { variable: "doc", type: "file" },
    { variable: "docs", type: "file-list" },
    { variable: "who", type: "json_object", json_schema: '{"type":"object","properties":{"name":{"type":"string"},"tags":{"type":"array","items":{"type":"object","properties":{"k":{"type":"integer"}}}}}}' },
  ],
});
const llm = node("llm", "llm", { structured_output_enabled: true, structured_output: { schema: { type: "object", properties: { city: { type: "string", description: "Where" }, ok: { type: "boolean" } } } } });
const box = node("box", "iteration", { iterator_selector: ["start", "docs"], start_node_id: "in0" });
const doc = {
  nodes: [start, llm, node("other", "llm"), box, node("in1", "llm", {}, "box"), node("in2", "answer", {}, "box"), node("end", "end")],
  edges: [edge("start", "llm"), edge("start", "other"), edge("llm", "box"), edge("box", "end"), edge("in1", "in2")],
};

const flat = (s: Scope): string[] => s.map((g) => g.node);
const at = (s: Scope, path: string): string => findVar(s, path.split("."))?.last.type ?? "-";

describe("what a node can read", () => {
  it("is all before it, nearest first, and not what runs beside it", () => {
    expect(flat(scopeOf(doc, "end", [], [], "workflow")).filter((id) => id !== "box")).toEqual(["llm", "start", "sys"]);
    expect(flat(scopeOf(doc, "end", [], [], "workflow"))).not.toContain("other");
    expect(flat(scopeOf(doc, "start", [], [], "workflow"))).toEqual(["sys"]);
  });

  it.each([
    ["start.topic", "string"], ["start.n", "number"], ["start.doc", "file"], ["start.doc.size", "number"], ["start.doc.related_id", "string"], ["start.docs", "array[file]"],
    ["start.who.name", "string"], ["start.who.tags", "array[object]"], ["llm.text", "string"], ["llm.structured_output.city", "string"], ["llm.structured_output.ok", "boolean"], ["llm.usage.total_tokens", "number"],
    ["start.docs.size", "-"], ["llm.structured_output.nowhere", "-"], ["other.text", "-"], ["llm.error_type", "-"],
  ])("%s is of the type %s", (path, type) => {
    expect(at(scopeOf(doc, "end", [], [], "workflow"), path)).toBe(type);
  });

  it("is, inside an iteration, the element typed by the list, the index, and what is before the iteration", () => {
    const s = scopeOf(doc, "in2", [], [], "workflow");
    expect(flat(s)).toEqual(["in1", "box", "llm", "start", "sys"]);
    expect([at(s, "box.item"), at(s, "box.item.name"), at(s, "box.index"), at(s, "in1.text")]).toEqual(["file", "string", "number", "string"]);
  });

  it.each([
    [["start", "who", "tags"], "object", "box.item.k", "integer"],
    [["gone", "x"], "any", "box.item.k", "any"],
  ])("makes an element of %j %s", (iterator_selector, type, deep, deepType) => {
    const changed = { ...doc, nodes: doc.nodes.map((n) => (n.id === "box" ? node("box", "iteration", { iterator_selector }) : n)) };
    const s = scopeOf(changed, "in1", [], [], "workflow");
    expect([at(s, "box.item"), at(s, deep)]).toEqual([type, deepType]);
  });

  it("is what a container may put out: what its nodes make", () => {
    expect(flat(insideOf(doc, "box"))).toEqual(["in1", "in2", "box"]);
  });

  it("has what a handled failure leaves", () => {
    const handled = { ...doc, nodes: doc.nodes.map((n) => (n.id === "llm" ? { ...llm, data: { ...llm.data, error_strategy: "fail-branch" } } : n)) };
    expect(at(scopeOf(handled, "end", [], [], "workflow"), "llm.error_type")).toBe("string");
  });

  it.each([
    ["workflow", ["files", "user_id", "app_id", "workflow_id", "workflow_run_id", "timestamp"]],
    ["advanced-chat", ["query", "files", "conversation_id", "dialogue_count", "user_id", "app_id", "workflow_id", "workflow_run_id"]],
  ])("has the system variables of %s", (mode, names) => {
    expect(scopeOf(doc, "end", [], [], mode).find((g) => g.node === "sys")?.vars.map((v) => v.name)).toEqual(names);
  });

  it("has the variables of the environment, and of the conversation where there is one", () => {
    const env = [{ name: "KEY", value_type: "secret" }];
    const conv = [{ name: "list", value_type: "array[string]" }];
    expect(flat(scopeOf(doc, "start", env, conv, "advanced-chat"))).toEqual(["conversation", "env", "sys"]);
    expect(flat(scopeOf(doc, "start", env, conv, "workflow"))).toEqual(["env", "sys"]);
    expect(at(scopeOf(doc, "start", env, conv, "advanced-chat"), "conversation.list")).toBe("array[string]");
  });

  it("ends in graphs that go round", () => {
    const round = { nodes: [node("a", "llm"), node("b", "llm")], edges: [edge("a", "b"), edge("b", "a")] };
    expect(flat(scopeOf(round, "a", [], [], "workflow"))).toEqual(["b", "sys"]);
  });
});

describe("fitting types", () => {
  it.each([
    ["number", ["integer"], true], ["integer", ["number"], true], ["string", ["number"], false], ["any", ["file"], true], ["secret", ["string"], true], ["file", ["any"], true],
    ["array[string]", ["array[any]"], true], ["array[any]", ["array[file]"], true], ["array[any]", ["string"], false], ["object", undefined, true],
  ] as const)("%s where %j is taken: %s", (type, accepts, yes) => {
    expect(fits(type, accepts)).toBe(yes);
  });
});

describe("references in data", () => {
  const known = (id: string): boolean => ["llm", "start"].includes(id);

  it.each<[string, Data, string[]]>([
    ["a text", { answer: "Hi {{#llm.text#}} {{#sys.query#}}" }, ["llm.text", "sys.query"]],
    ["selectors by name", { query_variable_selector: ["gone", "x"], context: { variable_selector: ["llm", "text"] } }, ["gone.x", "llm.text"]],
    ["arguments", { tool_parameters: { a: { type: "variable", value: ["gone", "x"] }, b: { type: "mixed", value: "{{#llm.text#}}" }, c: { type: "constant", value: ["llm", "text"] } } }, ["gone.x", "llm.text"]],
    ["lists of selectors", { type: "variable-aggregator", variables: [["gone", "a"], ["llm", "text"]] }, ["gone.a", "llm.text"]],
    ["the input of an extractor", { type: "parameter-extractor", query: ["gone", "q"] }, ["gone.q"]],
    ["assigners", { items: [{ input_type: "variable", value: ["llm", "text"] }, { input_type: "constant", value: ["llm", "text"] }] }, ["llm.text"]],
    ["no lists of words", { variables: [{ options: ["start", "llm"] }], allowed_file_types: ["start", "x"], structured_output: { schema: { required: ["llm", "text"] } } }, []],
    ["no Jinja2 and no half-written references", { template: "{{ llm.text }} {{#llm#}} {{#a-b.c#}} {{#llm.1x#}}" }, []],
    ["not the plain text of a Jinja2 message", { prompt_template: [{ edition_type: "jinja2", text: "{{#llm.text#}}", jinja2_text: "x" }] }, []],
  ])("are found in %s", (_, data, found) => {
    expect(selectorsIn(data, known).map((s) => s.join("."))).toEqual(found);
  });

  it("change under a new name, deep down, and nothing else does", () => {
    const data: Data = { answer: "{{#start.topic#}} {{#start.topic.x#}} {{#start.topics#}}", rows: [{ value_selector: ["start", "topic"] }, { value_selector: ["llm", "topic"] }], rest: { a: 1 } };
    const next = renameVariable(data, "start", "topic", "subject");
    expect(next).toEqual({ answer: "{{#start.subject#}} {{#start.subject.x#}} {{#start.topics#}}", rows: [{ value_selector: ["start", "subject"] }, { value_selector: ["llm", "topic"] }], rest: { a: 1 } });
    expect(next["rest"]).toBe(data["rest"]);
    expect(renameVariable(data, "start", "nothing", "x")).toBe(data);
  });

  it("follow pasted nodes to their new ids", () => {
    expect(renameNodes({ answer: "{{#llm.text#}}{{#start.n#}}", s: ["llm", "text"] }, new Map([["llm", "llm2"]]))).toEqual({ answer: "{{#llm2.text#}}{{#start.n#}}", s: ["llm2", "text"] });
  });

  it("tell who reads a node, and which variable", () => {
    const nodes = [node("llm", "llm"), node("a", "answer", { answer: "{{#llm.text#}}" }), node("b", "end", { outputs: [{ variable: "x", value_selector: ["llm", "usage"] }] })];
    expect(readersOf(nodes, "llm").map((n) => n.id)).toEqual(["a", "b"]);
    expect(readersOf(nodes, "llm", "text").map((n) => n.id)).toEqual(["a"]);
  });

  it("are broken where the scope does not have them, in what is switched on", () => {
    const s = scopeOf(doc, "end", [], [], "workflow");
    const n = node("end", "llm", { prompt_template: [{ role: "user", text: "{{#llm.text#}} {{#gone.x#}} {{#gone.x#}} {{#llm.texts#}}" }], context: { enabled: false, variable_selector: ["gone", "c"] }, vision: { enabled: true, configs: { variable_selector: ["other", "files"] } } });
    expect(brokenIn(n, s).map((x) => x.join("."))).toEqual(["gone.x", "llm.texts", "other.files"]);
  });

  it("keep the same object where nothing changes", () => {
    const data: Data = { a: [{ b: "{{#llm.text#}}" }] };
    expect(mapSelectors(data, known, (x) => x)).toBe(data);
  });
});
