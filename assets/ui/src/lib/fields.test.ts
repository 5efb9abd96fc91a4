import { describe, expect, it } from "vitest";
import type { Attachment, FormField } from "@/api/types";
import { brief, fieldProblems, filesIn, firstValues, ofForm, startFields, toSend, UPLOADING } from "./fields";
import { formParts } from "./form-content";

const start = (...variables: unknown[]): unknown => ({ nodes: [{ id: "note", type: "custom-note", data: { type: "" } }, { id: "s", data: { type: "start", variables } }] });
const file = (name: string): Attachment => ({ id: name, kind: "document", method: "local_file", file_id: `f-${name}`, name, size: 1, mime: "text/plain" });
const text = { variable: "who", label: "Name", type: "text-input", required: true, max_length: 3 };

describe("fields of a start node", () => {
  it("are read from the graph, whatever else is in it", () => {
    const fields = startFields(start(text, { variable: "n", type: "number", default: "2" }, { variable: "c", type: "checkbox", default: "true" }, { variable: "f", type: "file-list", max_length: 2, allowed_file_types: ["image"] }, { variable: "h", type: "paragraph", hide: true }, { nonsense: 1 }, "x"));
    expect(fields.map((f) => `${f.name} ${f.kind}`)).toEqual(["who text", "n number", "c checkbox", "f files", "h paragraph"]);
    expect(firstValues(fields)).toEqual({ n: 2, c: true });
    expect(fields[3]?.files).toMatchObject({ kinds: ["image"], max: 2 });
    expect(fields[4]?.hidden).toBe(true);
  });

  it.each([[null], [undefined], [{}], [{ nodes: "no" }], [{ nodes: [{ data: { type: "trigger-webhook" } }] }], [start()]])("are none in %j", (graph) => {
    expect(startFields(graph)).toEqual([]);
  });

  it("take any file where the file says custom, and both ways where it says none", () => {
    const [f] = startFields(start({ variable: "f", type: "file", allowed_file_types: ["custom", "image"] }));
    expect(f?.files).toMatchObject({ kinds: [], max: 1, methods: ["local_file", "remote_url"] });
  });

  it("are checked as the server checks them", () => {
    const fields = startFields(start(text, { variable: "o", type: "json_object" }, { variable: "f", type: "file", required: true }, { variable: "h", type: "text-input", required: true, hide: true }));
    expect(fieldProblems(fields, { who: " ", o: "[1]", f: UPLOADING })).toEqual({ who: "inputs.required", o: "inputs.json", f: "inputs.uploading" });
    expect(fieldProblems(fields, { who: "四个字了", f: null })).toEqual({ who: "inputs.tooLong", f: "inputs.required" });
    expect(fieldProblems(fields, { who: "👍👍👍", o: '{"a":1}', f: file("a") })).toEqual({});
  });

  it("are sent as inputs: files by reference, objects as objects, what is empty not at all", () => {
    const fields = startFields(start(text, { variable: "o", type: "json_object" }, { variable: "f", type: "file" }, { variable: "l", type: "file-list" }, { variable: "e", type: "paragraph" }));
    expect(toSend(fields, { who: "x", o: '{"a":1}', f: file("a"), l: [file("b")], e: "", gone: 1 })).toEqual({
      who: "x", o: { a: 1 }, f: { type: "document", transfer_method: "local_file", upload_file_id: "f-a" }, l: [{ type: "document", transfer_method: "local_file", upload_file_id: "f-b" }],
    });
  });
});

describe("a form", () => {
  const field = (name: string, part: Partial<FormField> = {}): FormField => ({ type: "paragraph", output_variable_name: name, default: null, ...part });
  it("sends all its fields, the empty ones too", () => {
    const fields = [field("a", { default: "x" }), field("b"), field("l", { type: "file-list" })].map(ofForm);
    expect(toSend(fields, firstValues(fields), true)).toEqual({ a: "x", b: "", l: [] });
  });

  it("shows its fields where the text says, each once, and the others at the end", () => {
    expect(formParts("Hi\n{{#$output.a#}}\nbye {{#$output.a#}}{{#$output.gone#}} {{#x.y#}}", ["a", "b"])).toEqual([{ text: "Hi" }, { field: "a" }, { text: "bye" }, { text: "{{#x.y#}}" }, { field: "b" }]);
    expect(formParts("", ["a"])).toEqual([{ field: "a" }]);
  });
});

describe("values of a run", () => {
  it("are said in one line", () => {
    expect([brief(true), brief(""), brief(3), brief("x"), brief({ a: 1 }), brief([file("a"), file("b")])]).toEqual(["✓", "–", "3", "x", '{"a":1}', "a, b"]);
  });
  it("show their files", () => {
    expect(filesIn([file("a")]).length).toBe(1);
    expect([filesIn([]), filesIn(["x"]), filesIn({ name: "a" })]).toEqual([[], [], []]);
  });
});
