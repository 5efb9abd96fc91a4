import { describe, expect, it } from "vitest";
import { oneLine, typed, valueOf } from "./values";

const back = (type: string, value: unknown): unknown => valueOf(type, typed(type, value));

describe("values that are typed", () => {
  it("come back as they were", () => {
    for (const [type, value] of [["string", "a\nb"], ["integer", 12], ["float", 1.5], ["boolean", true], ["object", { a: [1, { b: "c" }] }], ["array[string]", ["x", "y"]], ["array[any]", [1, "x"]], ["any", "plain"]] as const) expect(back(type, value), type).toEqual(value);
  });
  it("are refused where they are of another type", () => {
    expect(valueOf("number", { text: "twelve", files: undefined })).toBeUndefined();
    expect(valueOf("object", { text: "[1]", files: undefined })).toBeUndefined();
    expect(valueOf("array[number]", { text: '["x"]', files: undefined })).toBeUndefined();
    expect(valueOf("file", typed("file", null))).toBeUndefined();
  });
  it("of an unknown type are JSON where they look like it, and text where not", () => {
    expect(valueOf("any", { text: '{"a":1}', files: undefined })).toEqual({ a: 1 });
    expect(valueOf("none", { text: "{ not json", files: undefined })).toBe("{ not json");
  });
  it("name files as the server takes them", () => {
    const file = { kind: "image", method: "local_file", file_id: "f1", name: "a.png", url: "/files/f1" };
    expect(back("file", file)).toEqual({ type: "image", transfer_method: "local_file", upload_file_id: "f1" });
    expect(back("array[file]", [])).toEqual([]);
  });
  it("are one line in a list", () => {
    expect(oneLine("a\n  b")).toBe("a b");
    expect(oneLine({ a: 1 })).toBe('{"a":1}');
    expect(oneLine(null)).toBe("");
  });
});
