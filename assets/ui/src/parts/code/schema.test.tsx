import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it } from "vitest";
import { TooltipRoot } from "@/ui";
import { readRow, schemaOf, writeRow } from "./schema";
import { SchemaEditor } from "./schema-editor";

describe("a schema as rows", () => {
  it.each<[string, object]>([
    ["nested objects", { type: "object", properties: { a: { type: "object", properties: { b: { type: "integer" } }, required: ["b"] } }, required: ["a"], additionalProperties: false }],
    ["lists of objects", { type: "object", properties: { rows: { type: "array", items: { type: "object", properties: { x: { type: "string", enum: ["a", "b"] } } }, minItems: 1 } } }],
    ["descriptions, limits and titles", { type: "object", title: "T", properties: { n: { type: "number", description: "how many", minimum: 1, default: 3 } } }],
    ["what rows cannot show", { type: "object", $defs: { p: { type: "string" } }, properties: { p: { $ref: "#/$defs/p" }, q: { anyOf: [{ type: "string" }, { type: "null" }] }, t: { type: ["string", "null"] } }, required: ["p"] }],
    ["required names without a property", { type: "object", properties: {}, required: ["later"] }],
    ["lists of lists", { type: "object", properties: { m: { type: "array", items: { type: "array", items: { type: "number" } } } } }],
  ])("comes back as it was: %s", (_, schema) => {
    expect(writeRow(readRow(schema))).toEqual(schema);
  });

  it("is made from an example: what only some elements have is not required", () => {
    expect(schemaOf({ name: "Ada", age: 36, score: 0.5, tags: ["x"], rows: [{ a: 1, b: "x" }, { a: 1.5 }], none: null, on: true, empty: [] })).toEqual({
      type: "object",
      properties: {
        name: { type: "string" }, age: { type: "integer" }, score: { type: "number" }, tags: { type: "array", items: { type: "string" } },
        rows: { type: "array", items: { type: "object", properties: { a: { type: "number" }, b: { type: "string" } }, required: ["a"], additionalProperties: false } },
        none: { type: "string" }, on: { type: "boolean" }, empty: { type: "array", items: { type: "string" } },
      },
      required: ["name", "age", "score", "tags", "rows", "none", "on", "empty"],
      additionalProperties: false,
    });
  });
});

describe("the schema editor", () => {
  let last: unknown;
  function Host({ first }: { first: unknown }) {
    const [v, set] = useState(first);
    return <TooltipRoot><SchemaEditor label="Shape" value={v} onChange={(s) => { last = s; set(s); }} /></TooltipRoot>;
  }

  it("adds a field by typing, and a field without a name stays out of the schema", async () => {
    render(<Host first={{ type: "object", properties: { a: { type: "string" } }, required: ["a"] }} />);
    await userEvent.click(screen.getByRole("button", { name: "Add field" }));
    expect(last).toEqual({ type: "object", properties: { a: { type: "string" } }, required: ["a"] });
    await userEvent.type(screen.getByRole("textbox", { name: "Name of unnamed field" }), "city");
    expect(last).toEqual({ type: "object", properties: { a: { type: "string" }, city: { type: "string" } }, required: ["a", "city"] });
  });

  it("does not lose a field whose name passes by that of another one", async () => {
    render(<Host first={{ type: "object", properties: { a: { type: "string" }, ab: { type: "number" } } }} />);
    const second = screen.getByRole("textbox", { name: "Name of ab" });
    await userEvent.type(second, "{Backspace}");
    expect(screen.getByRole("alert").textContent).toContain("twice");
    await userEvent.type(screen.getAllByRole("textbox", { name: "Name of a" })[1] ?? second, "c");
    expect(last).toEqual({ type: "object", properties: { a: { type: "string" }, ac: { type: "number" } } });
  });

  it("changes what must be there, descriptions and values", async () => {
    render(<Host first={{ type: "object", properties: { a: { type: "string" } } }} />);
    await userEvent.click(screen.getByRole("checkbox", { name: "required" }));
    await userEvent.click(screen.getByRole("button", { name: "Description and values of a" }));
    await userEvent.type(screen.getByRole("textbox", { name: "Description" }), "who");
    await userEvent.type(screen.getByRole("textbox", { name: "Only these values" }), "x, y");
    expect(last).toEqual({ type: "object", properties: { a: { type: "string", description: "who", enum: ["x", "y"] } }, required: ["a"] });
  });

  it("shows the JSON of the same schema", async () => {
    render(<Host first={{ type: "object", properties: { a: { type: "string" } } }} />);
    await userEvent.click(screen.getByRole("radio", { name: "JSON" }));
    const box = await screen.findByRole("textbox", { name: "Shape" }, { timeout: 8000 });
    expect(box.textContent).toContain('"properties"');
  });
});
