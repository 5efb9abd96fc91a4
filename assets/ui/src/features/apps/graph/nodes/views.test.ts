import { describe, expect, it } from "vitest";
import type { Data, Place } from "../node-view";
import { nodeTypes, viewOf } from ".";
import { unknown } from "./unknown";

const place = (mode: Place["mode"], model: Data | null): Place => ({ mode, model });
const some: Data = { provider: "openai", name: "gpt-4o", mode: "chat", completion_params: {} };

/** What a person must choose before the server takes a new node; everything else of its data is as it was made. */
const chosen: { readonly [type: string]: Data } = { tool: { provider_id: "time", provider_name: "time", tool_name: "current_time", tool_label: "Now" }, "list-operator": { variable: ["s", "items"] }, "document-extractor": { variable_selector: ["s", "file"] } };
/** Without what differs from one time and one machine to the next. */
const steady = (s: string): string => s.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "00000000-0000-4000-8000-000000000000").replace(/"timezone": "[^"]+"/g, '"timezone": "UTC"');

const known = nodeTypes.filter((t) => viewOf(t) !== unknown);
/** Containers are made with the start of their inside, which the canvas adds. */
const alone = known.filter((t) => viewOf(t).shelf !== null && t !== "iteration" && t !== "loop");

describe("the kinds of node", () => {
  // app/workflow/node reads this file: whatever is made here, the server parses.
  it("make data that the server's test has", async () => {
    const all = Object.fromEntries((["workflow", "advanced-chat"] as const).map((mode) => [mode, Object.fromEntries(alone.filter((t) => viewOf(t).modes.includes(mode)).map((t) => [t, { ...viewOf(t).blank(place(mode, some)), ...chosen[t] }]))]));
    await expect(steady(`${JSON.stringify(all, null, 2)}\n`)).toMatchFileSnapshot("../../../../test/node-blanks.json");
  });

  it.each(known)("%s checks and reads its own new data, and any other, without falling over", (type) => {
    const v = viewOf(type);
    for (const data of [v.blank(place("workflow", null)), v.blank(place("advanced-chat", some)), {}, { variables: "x", outputs: 1, classes: [null], model: "m", agent_parameters: [], prompt_template: "x", parameters: {} }]) {
      expect(Array.isArray(v.outputs(data))).toBe(true);
      expect(Array.isArray(v.reads(data))).toBe(true);
      for (const p of v.check(data, place("workflow", null))) expect(p.text).not.toBe("");
      v.ways?.(data);
    }
  });

  it("say in their checks what is missing", () => {
    const problems = (type: string, data: Data): string[] => viewOf(type).check({ ...viewOf(type).blank(place("workflow", some)), ...data }, place("workflow", some)).map((p) => `${p.field}: ${p.text}`);
    expect(problems("llm", { model: { name: "" } })).toEqual(["model: Choose a model", "prompt_template: “Messages” is empty"]);
    expect(problems("llm", { prompt_template: [{ role: "user", text: "Hi" }], context: { enabled: true, variable_selector: ["a", "b"] } })).toEqual(["context: A context is chosen, but no message says where it goes"]);
    expect(problems("end", { outputs: [{ variable: "a", value_selector: [] }, { variable: "a", value_selector: ["x", "y"] }] })).toEqual(["outputs: a is there twice", "outputs: Choose a variable for a"]);
    expect(problems("question-classifier", { query_variable_selector: ["a", "b"] })).toEqual(["classes: “Class 1” is empty", "classes: “Class 2” is empty"]);
    expect(problems("parameter-extractor", { query: ["a", "b"], parameters: [{ name: "__reason" }] })).toEqual(["parameters: __reason is a name that the node uses itself"]);
    expect(problems("agent", { agent_node_kind: "dify_agent" })).toHaveLength(1);
    expect(problems("tool", {})).toEqual(["tool_name: “Tool” is empty"]);
  });

  it("lead out of a classifier by its classes, in their order", () => {
    expect(viewOf("question-classifier").ways?.({ classes: [{ id: 7, name: "A" }, { id: "b", name: "", label: "" }] })).toEqual([{ id: "7", label: "A" }, { id: "b", label: "Class 2" }]);
  });
});
