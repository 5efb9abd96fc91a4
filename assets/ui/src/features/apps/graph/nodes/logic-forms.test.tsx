// The forms of logic, requests, lists, people and triggers: what a person does, and the exact data that comes of it.
import { configure, fireEvent, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { showForm } from "./form-rig";

const any: unknown = expect.any(String);
const user = userEvent.setup();

beforeAll(() => {
  configure({ asyncUtilTimeout: 8000 }); // forms are loaded when they are first shown
  // CodeMirror measures; jsdom has nothing to measure.
  const rect = { x: 0, y: 0, top: 0, left: 0, right: 0, bottom: 0, width: 0, height: 0, toJSON: () => "" };
  Range.prototype.getClientRects = () => Object.assign([], { item: () => null, [Symbol.iterator]: [][Symbol.iterator] });
  Range.prototype.getBoundingClientRect = () => rect;
});

/** Chooses a variable in the field of a name, by typing its name. */
async function pick(field: RegExp, name: string): Promise<void> {
  await user.click(await screen.findByRole("button", { name: field }));
  await user.keyboard(`${name}{Enter}`);
}

async function choose(select: string | RegExp, option: string): Promise<void> {
  await user.click(await screen.findByRole("combobox", { name: select }));
  await user.click(await screen.findByRole("option", { name: option }));
}

const press = async (name: string | RegExp): Promise<void> => user.click(await screen.findByRole("button", { name }));
const fill = async (label: string | RegExp, text: string): Promise<void> => {
  const box = await screen.findByRole("textbox", { name: label });
  await user.clear(box);
  await user.type(box, text);
};

describe("if-else", () => {
  it("makes a condition from a variable, with the comparisons of its type and a number as text", async () => {
    const f = showForm("if-else", { cases: [{ case_id: "true", id: "true", logical_operator: "and", conditions: [] }] });
    await press("Add a condition");
    await pick(/^Variable of condition 1/, "count");
    await choose("Comparison of condition 1", "≥");
    await fill("Value of condition 1", "5");
    expect(f.data()["cases"]).toEqual([{ case_id: "true", id: "true", logical_operator: "and", conditions: [{ id: any, varType: "number", variable_selector: ["conversation", "count"], comparison_operator: "≥", value: "5", numberVarType: "constant" }] }]);
  });

  it("takes a number from a variable as a reference", async () => {
    const f = showForm("if-else", { cases: [{ case_id: "true", logical_operator: "and", conditions: [{ id: "a", varType: "number", variable_selector: ["start", "n"], comparison_operator: "=", value: "" }] }] });
    await press("Value of condition 1: take it from a variable");
    await pick(/^Value of condition 1: Choose/, "count");
    expect(f.data()["cases"]).toEqual([{ case_id: "true", logical_operator: "and", conditions: [{ id: "a", varType: "number", variable_selector: ["start", "n"], comparison_operator: "=", value: "{{#conversation.count#}}", numberVarType: "variable" }] }]);
  });

  it("asks the files of a list by their attributes", async () => {
    const f = showForm("if-else", { cases: [{ case_id: "true", logical_operator: "and", conditions: [] }] });
    await press("Add a condition");
    await pick(/^Variable of condition 1/, "docs");
    await press("Add a file condition");
    await choose("Attribute of condition 1", "kind");
    await user.click(screen.getByRole("checkbox", { name: "Pictures" }));
    expect(f.data()["cases"]).toEqual([{
      case_id: "true", logical_operator: "and",
      conditions: [{ id: any, varType: "array[file]", variable_selector: ["start", "docs"], comparison_operator: "contains", value: "", sub_variable_condition: { logical_operator: "and", conditions: [{ id: any, key: "type", varType: "string", comparison_operator: "in", value: ["image"] }] } }],
    }]);
  });

  it("adds cases, joins conditions with OR and keeps a value where the new comparison takes none out", async () => {
    const c = (id: string) => ({ id, varType: "string", variable_selector: ["start", "name"], comparison_operator: "is", value: "a" });
    const f = showForm("if-else", { cases: [{ case_id: "true", logical_operator: "and", conditions: [c("a"), c("b")] }] });
    await user.click((await screen.findAllByRole("radio", { name: "OR" }))[0] ?? document.body);
    await choose("Comparison of condition 1", "is empty");
    await press("Add ELIF");
    expect(f.data()["cases"]).toEqual([
      { case_id: "true", logical_operator: "or", conditions: [{ ...c("a"), comparison_operator: "empty", value: "" }, c("b")] },
      { id: any, case_id: any, logical_operator: "and", conditions: [] },
    ]);
  });

  it("makes the single condition of an old file a case", async () => {
    const f = showForm("if-else", { logical_operator: "or", conditions: [{ id: "a", variable_selector: ["start", "ok"], comparison_operator: "is", value: true }], kept: 1 });
    await choose("Value of condition 1", "false");
    expect(f.data()).toEqual({ kept: 1, cases: [{ case_id: "true", id: "true", logical_operator: "or", conditions: [{ id: "a", variable_selector: ["start", "ok"], comparison_operator: "is", value: false }] }] });
  });
});

describe("code", () => {
  it("changes its language, keeps what was written in the other one, and takes results over from the code", async () => {
    const py = 'def main(a):\n    return {"one": a, "two": [1, 2]}\n';
    const f = showForm("code", { code_language: "python3", code: py, variables: [{ variable: "a", value_selector: ["start", "n"] }], outputs: { one: { type: "number", children: null } } });
    await press("Take over from the code: two");
    expect(f.data()["outputs"]).toEqual({ one: { type: "number", children: null }, two: { type: "string", children: null } });
    await user.click(screen.getByRole("radio", { name: "JavaScript" }));
    expect(f.data()).toMatchObject({ code_language: "javascript", code: "function main({a}) {\n    return {\n        result: a\n    }\n}\n" });
    await user.click(screen.getByRole("radio", { name: "Python" }));
    expect(f.data()).toMatchObject({ code_language: "python3", code: py });
  });

  it("begins with an example that has its inputs and results", async () => {
    const f = showForm("code", { code_language: "python3", code: "", variables: [], outputs: {} });
    await press("Examples");
    await user.click(await screen.findByRole("menuitem", { name: "Number the items of a list" }));
    expect(f.data()).toMatchObject({ variables: [{ variable: "items", value_selector: [] }], outputs: { text: { type: "string", children: null }, count: { type: "number", children: null } } });
    expect(f.data()["code"]).toContain("def main(items: list)");
  });
});

describe("http-request", () => {
  const bare = { method: "get", url: "http://h", authorization: { type: "no-auth", config: null }, headers: "", params: "", body: { type: "none", data: [] } };

  it("writes rows as lines, and lines as rows", async () => {
    const f = showForm("http-request", { ...bare, headers: "A:1:2" });
    expect(await screen.findByRole("textbox", { name: "Headers: name 1" })).toHaveProperty("value", "A");
    const headers = screen.getByRole("region", { name: "Headers" });
    await user.click(within(headers).getByRole("button", { name: "Add" }));
    await fill("Headers: name 2", "B");
    expect(f.data()["headers"]).toBe("A:1:2\nB:");
    await user.click(within(headers).getByRole("button", { name: "As text" }));
    await fill("Headers", "X:y");
    expect(f.data()["headers"]).toBe("X:y");
  });

  it("sets the key, the body and the certificates as files have them", async () => {
    const f = showForm("http-request", bare);
    await choose("Authorization", "Own header");
    await fill("Header", "X-Key");
    expect(f.data()["authorization"]).toEqual({ type: "api-key", config: { type: "custom", api_key: "", header: "X-Key" } });
    await choose("Authorization", "None");
    expect(f.data()["authorization"]).toEqual({ type: "no-auth", config: null });
    await choose("Kind of body", "form-data");
    await user.click(within(screen.getByRole("region", { name: "Body" })).getByRole("button", { name: "Add" }));
    await fill("Body: name 1", "f");
    await press("Field 1 is a text; make it a file");
    await pick(/^Body: value 1/, "doc");
    expect(f.data()["body"]).toEqual({ type: "form-data", data: [{ id: "key-value-1", key: "f", type: "file", value: "", file: ["start", "doc"] }] });
    await user.click(screen.getByRole("switch", { name: /^Check certificates/ }));
    expect(f.data()["ssl_verify"]).toBe(false);
  });

  it("is set by a cURL command, and says which files it would send", async () => {
    const f = showForm("http-request", { ...bare, kept: 1 });
    await press("From cURL");
    const box = await screen.findByRole("textbox", { name: "Command" });
    await user.click(box);
    await user.paste("curl -k -X PUT 'http://h/a?x=1' -H 'A: b' -F doc=@a.pdf");
    expect(screen.getByText(/^It sends files of that computer: a\.pdf\./)).toBeTruthy();
    await press("Import");
    expect(f.data()).toEqual({ kept: 1, method: "put", url: "http://h/a", params: "x:1", headers: "A:b", authorization: { type: "no-auth", config: null }, body: { type: "form-data", data: [{ id: "key-value-1", key: "doc", type: "file", value: "", file: [] }] }, ssl_verify: false });
  });
});

describe("template-transform and document-extractor", () => {
  it("bind variables by their own names", async () => {
    const f = showForm("template-transform", { template: "", variables: [] });
    await press("Add a variable");
    await pick(/^Variable for 1/, "words");
    expect(f.data()["variables"]).toEqual([{ variable: "words", value_selector: ["start", "words"] }]);
  });

  it("know a list of files from one", async () => {
    const f = showForm("document-extractor", { variable_selector: [], is_array_file: false });
    await pick(/^File/, "docs");
    expect(f.data()).toEqual({ variable_selector: ["start", "docs"], is_array_file: true });
  });
});

describe("containers", () => {
  const inside = { nodes: [{ id: "it", data: { type: "iteration", title: "Each" } }, { id: "loop", data: { type: "loop", title: "Loop", loop_variables: [{ id: "1", label: "score", var_type: "number", value_type: "constant", value: 0 }] } }, { id: "tpl", parentId: "it", data: { type: "template-transform", title: "Inner" } }], edges: [] };

  it("take the result of an iteration from inside it, with the type of the list", async () => {
    const f = showForm("iteration", { iterator_selector: [], output_selector: [], is_parallel: false, flatten_output: true }, { graph: inside, id: "it" });
    await pick(/^List/, "numbers");
    await pick(/^Result of an item/, "output");
    await user.click(await screen.findByRole("switch", { name: /^Several items at once/ }));
    await fill("Items at the same time", "4");
    await choose("On errors", "Go on without the item");
    expect(f.data()).toEqual({ iterator_selector: ["start", "numbers"], iterator_input_type: "array[number]", output_selector: ["tpl", "output"], output_type: "array[string]", is_parallel: true, parallel_nums: 4, error_handle_mode: "remove-abnormal-output", flatten_output: true });
  });

  it("give a loop variables with first values, and end it by a condition on them", async () => {
    const f = showForm("loop", { loop_variables: [], break_conditions: [], logical_operator: "and", loop_count: 10 }, { graph: inside, id: "loop" });
    await press("Add a variable");
    await fill("Name 1", "score");
    await choose("Type of score", "number");
    await fill("First value of score", "7");
    await press("Add a condition");
    await pick(/^Variable of condition 1/, "score");
    await fill("Most rounds", "5");
    expect(f.data()).toEqual({
      loop_variables: [{ id: any, label: "score", var_type: "number", value_type: "constant", value: 7 }],
      break_conditions: [{ id: any, varType: "number", variable_selector: ["loop", "score"], comparison_operator: "=", value: "" }], logical_operator: "and", loop_count: 5,
    });
  });
});

describe("assigner", () => {
  it("offers the operations of the type, and what each is given", async () => {
    const f = showForm("assigner", { version: "2", items: [] });
    await press("Add a variable");
    await pick(/^Variable 1/, "count");
    await choose("Operation 1", "add");
    await fill("Value 1", "2");
    expect(f.data()["items"]).toEqual([{ variable_selector: ["conversation", "count"], input_type: "constant", operation: "+=", value: 2 }]);
    await pick(/^Variable 1/, "list");
    expect(f.data()["items"]).toEqual([{ variable_selector: ["conversation", "list"], input_type: "variable", operation: "over-write", value: [] }]);
    await choose("Operation 1", "append");
    await pick(/^Value 1/, "name");
    expect(f.data()["items"]).toEqual([{ variable_selector: ["conversation", "list"], input_type: "variable", operation: "append", value: ["start", "name"] }]);
    await choose("Operation 1", "drop last");
    expect(f.data()["items"]).toEqual([{ variable_selector: ["conversation", "list"], input_type: "variable", operation: "remove-last", value: null }]);
  });

  it("leaves a node of an old file as it is until it is made new", async () => {
    const old = { assigned_variable_selector: ["conversation", "note"], write_mode: "over-write", input_variable_selector: ["start", "name"] };
    const f = showForm("assigner", old);
    await choose("Operation 1", "clear");
    expect(f.data()).toEqual({ ...old, write_mode: "clear" });
    await press("Make it new");
    expect(f.data()).toEqual({ version: "2", items: [{ variable_selector: ["conversation", "note"], input_type: "variable", operation: "clear", value: null }] });
  });
});

describe("variable-aggregator", () => {
  it("takes the type of the first variable, and moves into a group", async () => {
    const f = showForm("variable-aggregator", { output_type: "any", variables: [], advanced_settings: { group_enabled: false, groups: [] } });
    await press("Add a variable");
    await pick(/^Variable 1/, "words");
    expect(f.data()).toMatchObject({ output_type: "array[string]", variables: [["start", "words"]] });
    await user.click(screen.getByRole("switch", { name: "Several groups" }));
    await press("Add a group");
    expect(f.data()["advanced_settings"]).toEqual({ group_enabled: true, groups: [{ groupId: any, group_name: "Group1", output_type: "array[string]", variables: [["start", "words"]] }, { groupId: any, group_name: "Group2", output_type: "any", variables: [] }] });
  });
});

describe("list-operator", () => {
  it("filters files by attributes, orders and cuts them", async () => {
    const f = showForm("list-operator", { variable: [], filter_by: { enabled: false, conditions: [] }, order_by: { enabled: false, key: "", value: "asc" }, limit: { enabled: false, size: 10 }, extract_by: { enabled: false, serial: "1" } });
    await pick(/^List/, "docs");
    await user.click(screen.getByRole("switch", { name: "Filter" }));
    await choose("Attribute of condition 1", "kind");
    await user.click(screen.getByRole("checkbox", { name: "Documents" }));
    await user.click(screen.getByRole("switch", { name: "Order" }));
    await choose("Order by", "size");
    await user.click(screen.getByRole("radio", { name: "Descending" }));
    await user.click(screen.getByRole("switch", { name: "Only the first" }));
    await fill("Only the first", "3");
    expect(f.data()).toEqual({
      variable: ["start", "docs"], var_type: "array[file]", item_var_type: "file", filter_by: { enabled: true, conditions: [{ key: "type", comparison_operator: "in", value: ["document"] }] },
      order_by: { enabled: true, key: "size", value: "desc" }, limit: { enabled: true, size: 3 }, extract_by: { enabled: false, serial: "1" },
    });
  });
});

describe("human-input", () => {
  it("places new fields in the text, renames them there, and takes them out again", async () => {
    const f = showForm("human-input", { form_content: "Look.", inputs: [], user_actions: [{ id: "approve", title: "OK", button_style: "primary" }], timeout: 3, timeout_unit: "day" });
    await press("Add a field");
    await user.click(await screen.findByRole("menuitem", { name: "Text" }));
    expect(f.data()).toMatchObject({ form_content: "Look.\n\n{{#$output.text#}}", inputs: [{ type: "paragraph", output_variable_name: "text", default: { type: "constant", value: "", selector: [] } }] });
    await fill("Name of field 1", "why");
    expect(f.data()["form_content"]).toBe("Look.\n\n{{#$output.why#}}");
    await press("Remove why");
    expect(f.data()).toMatchObject({ form_content: "Look.", inputs: [] });
  });

  it("gives choices, buttons with ids, and a time", async () => {
    const f = showForm("human-input", { form_content: "", inputs: [{ type: "select", output_variable_name: "level", option_source: { type: "constant", value: [], selector: [] } }], user_actions: [{ id: "approve", title: "OK", button_style: "primary" }], timeout: 3, timeout_unit: "day" });
    await press("Add a choice");
    await fill("Choice 1 of level", "A");
    await press("Add a button");
    await fill("Text of button 2", "No");
    await fill("Id of button 2", "re ject");
    await choose("Look of button 2", "Faint");
    await user.click(screen.getByRole("radio", { name: "hours" }));
    expect(f.data()).toMatchObject({
      inputs: [{ type: "select", output_variable_name: "level", option_source: { type: "constant", value: ["A"], selector: [] } }],
      user_actions: [{ id: "approve", title: "OK", button_style: "primary" }, { id: "re_ject", title: "No", button_style: "ghost" }], timeout: 3, timeout_unit: "hour",
    });
  });

  it("shows the form as people will see it, and sends nothing", async () => {
    const asked = vi.spyOn(globalThis, "fetch");
    showForm("human-input", { form_content: "Hello {{#start.name#}}\n\n{{#$output.why#}}", inputs: [{ type: "paragraph", output_variable_name: "why", default: { type: "constant", value: "first", selector: [] } }], user_actions: [{ id: "approve", title: "OK", button_style: "primary" }] });
    await press("Preview");
    const dialog = await screen.findByRole("dialog", { name: "The form as people see it" });
    expect(within(dialog).getByRole("textbox", { name: /^why/ })).toHaveProperty("value", "first");
    await user.click(within(dialog).getByRole("button", { name: "OK" }));
    expect(asked).not.toHaveBeenCalled();
  });
});

describe("triggers", () => {
  const answers: { [path: string]: unknown } = {
    "/console/api/schedule/preview": { cron: "30 9 * * 1,3", timezone: "UTC", next: ["2026-12-02T09:30:00Z", "2026-12-07T09:30:00Z"] },
    "/console/api/apps/app1/triggers": { webhooks: [{ node_id: "me", title: "It", method: "POST", path: "/triggers/webhook/tok", debug_path: "/triggers/webhook-debug/deb", draft: true, published: false }], schedules: [] },
  };
  const sent: unknown[] = [];
  beforeEach(() => {
    sent.length = 0;
    vi.spyOn(globalThis, "fetch").mockImplementation((url, init) => {
      if (typeof init?.body === "string") sent.push(JSON.parse(init.body));
      return Promise.resolve(Response.json(answers[String(url).replace(/^https?:\/\/[^/]+/, "")] ?? {}));
    });
  });

  it("set days and times as files have them, and ask the server when that is", async () => {
    const f = showForm("trigger-schedule", { mode: "visual", frequency: "daily", visual_config: { time: "9:00 AM", weekdays: ["mon"], on_minute: 0, monthly_days: [1] }, timezone: "UTC" });
    await user.click(await screen.findByRole("radio", { name: "Weekly" }));
    await press("We");
    const time = screen.getByLabelText("At");
    fireEvent.change(time, { target: { value: "21:30" } });
    expect(f.data()).toEqual({ mode: "visual", frequency: "weekly", visual_config: { time: "9:30 PM", weekdays: ["mon", "wed"], on_minute: 0, monthly_days: [1] }, timezone: "UTC" });
    expect((await screen.findAllByRole("listitem")).map((x) => x.textContent)).toContain("Wed, Dec 2, 2026, 09:30 AM");
    await user.click(screen.getByRole("radio", { name: "Monthly" }));
    await press("15");
    await user.click(screen.getByRole("checkbox", { name: "Last day of the month" }));
    expect(f.data()).toMatchObject({ frequency: "monthly", visual_config: { monthly_days: [1, 15, "last"] } });
    await user.click(screen.getByRole("radio", { name: "Cron" }));
    await fill("Cron expression", "0 9 * * 1");
    expect(f.data()).toMatchObject({ mode: "cron", cron_expression: "0 9 * * 1" });
    await vi.waitFor(() => expect(sent.at(-1)).toMatchObject({ data: { mode: "cron", cron_expression: "0 9 * * 1" } }));
  });

  it("show the addresses of a webhook, and keep its fields in types that its content can carry", async () => {
    const f = showForm("trigger-webhook", { method: "post", content_type: "application/json", headers: [], params: [], body: [{ name: "items", type: "array[object]", required: true }], status_code: 200, response_body: "" });
    expect(await screen.findByRole("textbox", { name: "Production" })).toHaveProperty("value", expect.stringMatching(/\/triggers\/webhook\/tok$/));
    await choose("Method", "PUT");
    const params = screen.getByRole("region", { name: "Query parameters" });
    await user.click(within(params).getByRole("button", { name: "Add" }));
    await fill("Query parameters: name 1", "page");
    await choose("Type of page", "number");
    await user.click(within(params).getByRole("checkbox", { name: "required" }));
    await choose("Content type", "application/x-www-form-urlencoded");
    expect(f.data()).toMatchObject({ method: "put", content_type: "application/x-www-form-urlencoded", params: [{ name: "page", type: "number", required: true }], body: [{ name: "items", type: "string", required: true }] });
  });
});

describe("a kind that cannot work here", () => {
  it("says what replaces it", async () => {
    showForm("trigger-plugin", { type: "trigger-plugin", title: "It", event_name: "issue" });
    expect(await screen.findByText(/use a webhook or schedule trigger instead/)).toBeTruthy();
    expect(screen.queryByText(/Nobody here knows/)).toBeNull();
  });

  it("is told by its name if nobody knows it", async () => {
    showForm("made-up", { type: "made-up", title: "It" });
    expect(await screen.findByText(/Nobody here knows the kind “made-up”/)).toBeTruthy();
  });
});
