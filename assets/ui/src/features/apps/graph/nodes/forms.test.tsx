// What is done in a form, and the data that comes of it: exactly what the server reads.
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { Suspense, useState } from "react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { App } from "@/api/types";
import type { Scope } from "@/lib/scope";
import { fillSettings } from "@/lib/settings";
import { TooltipRoot } from "@/ui";
import type { Data, Place } from "../node-view";
import { fileVars } from "@/lib/scope";
import { createGraph, GraphContext } from "../store";
import { useStore } from "zustand";
import { viewOf } from ".";
import { merged } from "./read";

const slow = { timeout: 8000 };
const endpoint = "0193f0aa-0000-7000-8000-000000000001";
const model = (name: string, more: object = {}): object => ({ model: { id: name, endpoint_id: endpoint, name, kind: "llm", abilities: { tools: true, vision: true, ...more }, context_size: 8000, max_output: 0, disabled: false }, endpoint_name: "Here", endpoint_disabled: false });
const text = (en: string): object => ({ en, zh: en });
// The picker leads to the tools' own page; there is no router around a form here.
vi.mock("@tanstack/react-router", () => ({ Link: ({ to, children }: { to: string; children: ReactNode }) => <a href={to}>{children}</a> }));

const answers: { [path: string]: object } = {
  "/console/api/models": { data: [model("qwen"), model("small")], total: 2 },
  "/console/api/tools": {
    data: [
      { type: "builtin", provider: "time", provider_label: text("Time"), icon: "", icon_color: "", name: "weekday", label: text("Weekday"), description: "Which day", about: text("Which day"), effects: false, params: [
        { name: "date", label: text("Date"), description: "a date", type: "string", form: "llm", required: true, default: null, options: null },
        { name: "days", label: text("Days"), description: "", type: "number", form: "llm", required: false, default: null, options: null },
        { name: "lang", label: text("Language"), description: "", type: "select", form: "form", required: false, default: "en", options: ["en", "zh"] },
      ] },
    ],
    total: 1,
  },
  "/console/api/datasets": { data: [{ id: "d1", name: "Handbook", description: "", icon: "", icon_color: "", external: false, counts: { documents: 3 }, embedding: null, built_in_fields: false }], total: 1 },
  "/console/api/datasets/d1/metadata": { fields: [{ id: "f", name: "year", type: "number", count: 1, dataset_id: "d1", created_at: "" }], built_in: [] },
};

beforeEach(() => {
  vi.stubGlobal("fetch", (path: string) => Promise.resolve(new Response(JSON.stringify(answers[path.split("?")[0] ?? ""] ?? { data: [], total: 0 }), { status: 200, headers: { "Content-Type": "application/json" } })));
});

const scope: Scope = [
  { node: "find", title: "Find", type: "knowledge-retrieval", vars: [{ name: "result", type: "array[object]" }] },
  { node: "start", title: "Start", type: "start", vars: [{ name: "topic", type: "string" }, { name: "n", type: "number" }, { name: "pic", type: "file", children: fileVars }] },
  { node: "sys", title: "", type: "", vars: [{ name: "query", type: "string" }, { name: "files", type: "array[file]" }] },
];

const settings = fillSettings(JSON.parse("{}"));
const appOf = (mode: App["mode"]): App => ({ ...JSON.parse("{}"), id: "a", name: "A", mode, draft: settings });
const place: Place = { mode: "advanced-chat", model: { provider: endpoint, name: "qwen", mode: "chat", completion_params: {} } };

/** Opens the form of a kind of node; now() is its data, as the form has made it. */
function open(type: string, part: Data = {}, mode: App["mode"] = "advanced-chat"): { now: () => Data; first: Data } {
  const view = viewOf(type);
  const first: Data = { ...view.blank({ ...place, mode }), ...part };
  let data = first;
  function Host() {
    const [d, setD] = useState(first);
    data = d;
    const set = (p: Data): void => setD((x) => merged(x, p));
    return <view.Form app={appOf(mode)} node={{ id: "me", type, title: "Me", data: d, parent: "", x: 0, y: 0, width: 0, height: 0, raw: {} }} data={d} scope={scope} set={set} />;
  }
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <TooltipRoot><Suspense fallback="wait"><Host /></Suspense></TooltipRoot>
    </QueryClientProvider>,
  );
  return { now: () => data, first };
}

const click = async (role: string, name: string | RegExp): Promise<void> => userEvent.click(await screen.findByRole(role, { name }, slow));
const choose = async (field: string | RegExp, word: string): Promise<void> => {
  await click("button", field);
  await userEvent.keyboard(`${word}{Enter}`);
};
const pick = async (select: string | RegExp, option: string | RegExp): Promise<void> => {
  await click("combobox", select);
  await userEvent.click(await screen.findByRole("option", { name: option }, slow));
};
/** What changed since the form was opened. */
const diff = (f: { now: () => Data; first: Data }): Data => Object.fromEntries(Object.entries(f.now()).filter(([k, v]) => JSON.stringify(v) !== JSON.stringify(f.first[k])));
/** A variable put into a text by the button of its editor. */
const insert = async (label: string, word: string): Promise<void> => {
  const box = await screen.findByRole("textbox", { name: label }, slow);
  const holder = box.closest("[data-template]");
  if (!(holder instanceof HTMLElement)) throw new Error(`${label} is no template`);
  await userEvent.click(within(holder).getByRole("button", { name: "Insert a variable" }));
  await userEvent.keyboard(`${word}{Enter}`);
};

interface Case {
  type: string;
  does: string;
  part?: Data;
  mode?: App["mode"];
  act: () => Promise<void>;
  data: Data;
}

const cases: Case[] = [
  {
    type: "start", does: "a text that must be filled in",
    act: async () => {
      await click("button", "Add");
      await userEvent.type(await screen.findByRole("textbox", { name: "Name" }), "topic");
      await click("button", "Save");
    },
    data: { variables: [{ variable: "topic", label: "topic", type: "text-input", required: true, hide: false, max_length: 48 }] },
  },
  {
    type: "start", does: "a list of files of some kinds",
    act: async () => {
      await click("button", "Add");
      await pick("Type", /^Files/);
      await userEvent.type(screen.getByRole("textbox", { name: "Name" }), "docs");
      await click("checkbox", "Images");
      await click("checkbox", "Other");
      await userEvent.type(screen.getByRole("textbox", { name: "Extensions of the other files" }), "dwg, .step");
      await click("button", "Save");
    },
    data: { variables: [{ variable: "docs", label: "docs", type: "file-list", required: true, hide: false, allowed_file_types: ["document", "custom"], allowed_file_extensions: [".dwg", ".step"], allowed_file_upload_methods: ["local_file", "remote_url"], max_length: 5 }] },
  },
  {
    type: "start", does: "a choice with a default",
    act: async () => {
      await click("button", "Add");
      await pick("Type", /^Select/);
      await userEvent.type(screen.getByRole("textbox", { name: "Name" }), "lang");
      await userEvent.type(screen.getByRole("textbox", { name: "Option 1" }), "en");
      await userEvent.type(screen.getByRole("textbox", { name: "Option 2" }), "zh");
      await pick(/^Default/, "zh");
      await click("switch", "Required");
      await click("button", "Save");
    },
    data: { variables: [{ variable: "lang", label: "lang", type: "select", required: false, hide: false, options: ["en", "zh"], default: "zh" }] },
  },
  { type: "answer", does: "a variable in the answer", act: () => insert("Answer", "query"), data: { answer: "{{#sys.query#}}" } },
  {
    type: "end", does: "an output that is named after its variable", mode: "workflow",
    act: async () => {
      await click("button", "Add output");
      await choose("Variable for 1: Choose a variable", "topic");
    },
    data: { outputs: [{ variable: "topic", value_selector: ["start", "topic"], value_type: "string" }] },
  },
  {
    type: "llm", does: "another model keeps the parameters", part: { model: { provider: "openai", name: "gpt-4o", mode: "chat", completion_params: { temperature: 0.2 }, extra: 1 } },
    act: async () => {
      await click("button", /^Model: /);
      await click("button", /^small/);
    },
    data: { model: { provider: endpoint, name: "small", mode: "chat", completion_params: { temperature: 0.2 }, extra: 1 } },
  },
  {
    type: "llm", does: "a context, and its word in the first message", part: { prompt_template: [{ role: "system", text: "Answer.", id: "x" }] },
    act: async () => {
      await choose("Context: None", "result");
      await click("button", "Put it in");
    },
    data: { context: { enabled: true, variable_selector: ["find", "result"] }, prompt_template: [{ role: "system", text: "Answer.\n\n{{#context#}}", id: "x" }] },
  },
  {
    type: "llm", does: "a second message with another role",
    act: async () => {
      await click("button", "Add message");
      await pick("Role of message 2", "Assistant");
    },
    data: { prompt_template: [{ role: "system", text: "" }, { role: "assistant", text: "" }] },
  },
  {
    type: "llm", does: "a message in Jinja2 with its variables", part: { prompt_template: [{ role: "system", text: "Hi" }] },
    act: async () => {
      await click("button", "Jinja2");
      await click("button", "Add variable");
      await choose("Variable for 1: Choose a variable", "topic");
    },
    data: { prompt_template: [{ role: "system", text: "Hi", edition_type: "jinja2", jinja2_text: "Hi" }], prompt_config: { jinja2_variables: [{ variable: "topic", value_selector: ["start", "topic"] }] } },
  },
  {
    type: "llm", does: "memory of the last messages, and vision",
    act: async () => {
      await click("radio", "The last messages");
      await click("switch", "Vision");
      await click("radio", "Low");
      await choose(/^Files to look at: /, "pic");
    },
    data: { memory: { window: { enabled: true, size: 10 }, query_prompt_template: "{{#sys.query#}}\n\n{{#sys.files#}}" }, vision: { enabled: true, configs: { variable_selector: ["start", "pic"], detail: "low" } } },
  },
  {
    type: "llm", does: "an answer that fits a schema, and thinking apart",
    act: async () => {
      await click("switch", "Structured output");
      await click("button", "Add field");
      await userEvent.type(screen.getByRole("textbox", { name: "Name of unnamed field" }), "city");
      await click("button", "Done");
      await userEvent.click(screen.getByText("More settings"));
      await click("radio", "Apart");
    },
    data: { structured_output_enabled: true, structured_output: { schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false } }, reasoning_format: "separated" },
  },
  {
    type: "question-classifier", does: "one class less, another input", part: { classes: [{ id: "1", name: "a", label: "A" }, { id: "2", name: "b" }] },
    act: async () => {
      await choose(/^Input: System/, "topic");
      await click("button", "Remove b");
    },
    data: { query_variable_selector: ["start", "topic"], classes: [{ id: "1", name: "a", label: "A" }] },
  },
  {
    type: "parameter-extractor", does: "a parameter by hand, and those of a tool",
    act: async () => {
      await click("button", "Add parameter");
      await userEvent.type(screen.getByRole("textbox", { name: "Name 1" }), "city");
      await userEvent.type(screen.getByRole("textbox", { name: "Description of city" }), "where");
      await pick("Type of city", "array[string]");
      await click("checkbox", "required");
      await click("button", "From a tool");
      await click("button", /^Weekday/);
      await userEvent.click(screen.getByText("More settings"));
      await click("radio", "As a tool call");
    },
    data: {
      parameters: [
        { name: "city", type: "array[string]", description: "where", required: true },
        { name: "date", type: "string", description: "a date", required: true },
        { name: "days", type: "number", description: "Days", required: false },
      ],
      reasoning_mode: "function_call",
    },
  },
  {
    type: "knowledge-retrieval", does: "a dataset, how it is searched, and a filter with a variable",
    act: async () => {
      await click("button", "Add");
      await click("menuitem", /^Handbook/);
      await click("switch", "Only with a score of at least");
      await click("radio", "My own");
      await click("button", "Add condition");
      await insert("Value", "n");
    },
    data: {
      dataset_ids: ["d1"],
      multiple_retrieval_config: {
        top_k: 4, score_threshold: 0.5, reranking_enable: false, reranking_mode: "reranking_model",
        islet_search: { method: "", top_k: 4, threshold: 0.5, use_threshold: true, fusion: "", vector_weight: 0.5, keyword_weight: 0.5, rerank: false, rerank_model: { endpoint_id: "", name: "" } },
      },
      metadata_filtering_mode: "manual",
      metadata_filtering_conditions: { logical_operator: "and", conditions: [{ name: "year", comparison_operator: "=", value: "{{#start.n#}}" }] },
    },
  },
  {
    type: "agent", does: "ReAct with a task, fewer rounds and a tool with one parameter fixed", mode: "workflow",
    act: async () => {
      await click("radio", "ReAct");
      await insert("Task", "topic");
      await click("button", "Add");
      await click("button", /^Weekday/);
      await userEvent.click(screen.getByRole("button", { name: "Weekday" }));
      await userEvent.click(within(screen.getByRole("radiogroup", { name: "Who fills in Days" })).getByRole("radio", { name: "Fixed" }));
      await userEvent.type(screen.getByRole("textbox", { name: "Days" }), "3");
      const rounds = screen.getByRole("textbox", { name: "Most rounds" });
      await userEvent.clear(rounds);
      await userEvent.type(rounds, "5");
    },
    data: {
      agent_strategy_name: "ReAct",
      agent_strategy_label: "ReAct",
      agent_parameters: {
        model: { type: "constant", value: { provider: endpoint, mode: "chat", completion_params: {}, model: "qwen", model_type: "llm" } },
        tools: { type: "constant", value: [{
          enabled: true, type: "builtin", provider_name: "time", provider_show_name: "Time", tool_name: "weekday", tool_label: "Weekday",
          parameters: { date: { auto: 1, value: null }, days: { auto: 0, value: { type: "constant", value: 3 } } },
          settings: { lang: { value: { type: "constant", value: "en" } } }, extra: { description: "Which day" }, schemas: [],
        }] },
        instruction: { type: "constant", value: "" },
        query: { type: "constant", value: "{{#start.topic#}}" },
        maximum_iterations: { type: "constant", value: 5 },
      },
    },
  },
  {
    type: "tool", does: "words with a variable, a number of a variable and a setting",
    act: async () => {
      await click("button", "Choose a tool");
      await click("button", /^Weekday/);
      await insert("Date", "topic");
      await click("button", "Days: take it from a variable");
      await choose("Days: Choose a variable", "n");
      await pick("Language", "zh");
    },
    data: {
      provider_id: "time", provider_name: "time", tool_name: "weekday", tool_label: "Weekday", tool_description: "Which day",
      tool_parameters: { date: { type: "mixed", value: "{{#start.topic#}}" }, days: { type: "variable", value: ["start", "n"] } },
      tool_configurations: { lang: { type: "constant", value: "zh" } },
    },
  },
];

describe("the form of", () => {
  it.each(cases)("$type writes $does", { timeout: 30_000 }, async ({ type, part, mode, act, data }) => {
    const form = open(type, part, mode);
    await act();
    expect(diff(form)).toEqual(data);
  });

  it("llm removes its memory altogether", async () => {
    const form = open("llm");
    await click("switch", "Memory");
    expect("memory" in form.now()).toBe(false);
  });

  it("llm keeps the model of a file, and says which one runs here", async () => {
    const form = open("llm", { model: { provider: "langgenius/openai/openai", name: "QWEN", mode: "chat", completion_params: {} } });
    expect(await screen.findByText(/here Here serves it/, undefined, slow)).toBeTruthy();
    expect(diff(form)).toEqual({});
  });

  it("llm says so where nobody here has the model of a file", async () => {
    open("llm", { model: { provider: "openai", name: "gpt-9", mode: "chat", completion_params: {} } });
    expect(await screen.findByText(/no model server of this site has/, undefined, slow)).toBeTruthy();
  });

  it("tool shows what an old file keeps among the settings, and moves it when it is changed", async () => {
    const form = open("tool", { provider_id: "time", tool_name: "weekday", tool_configurations: { date: { type: "mixed", value: "today" }, lang: "zh" } });
    await insert("Date", "topic");
    expect(diff(form)).toEqual({ tool_parameters: { date: { type: "mixed", value: "today{{#start.topic#}}" } }, tool_configurations: { lang: "zh" } });
  });

  it("renames a field wherever it is read, as one step that undo takes back", async () => {
    const graph = createGraph({ nodes: [{ id: "s", type: "custom", position: { x: 0, y: 0 }, data: { type: "start", title: "Start", variables: [{ variable: "topic", label: "topic", type: "text-input", max_length: 48 }] } }, { id: "a", type: "custom", position: { x: 9, y: 9 }, data: { type: "answer", title: "Say", answer: "{{#s.topic#}}" } }], edges: [] }, { mode: "advanced-chat", title: (x) => x, blank: () => ({}), author: () => "", now: () => 0 });
    function Host() {
      const node = useStore(graph, (g) => g.doc.nodes[0]);
      const Form = viewOf("start").Form;
      return node ? <Form app={appOf("advanced-chat")} node={node} data={node.data} scope={scope} set={(p) => graph.getState().setData("s", p)} /> : null;
    }
    render(<GraphContext value={graph}><TooltipRoot><Suspense><Host /></Suspense></TooltipRoot></GraphContext>);
    await click("button", "Edit variable topic");
    const name = screen.getByRole("textbox", { name: "Name" });
    await userEvent.clear(name);
    await userEvent.type(name, "subject");
    await click("button", "Save");
    expect(graph.getState().doc.nodes[1]?.data["answer"]).toBe("{{#s.subject#}}");
    await click("button", "Remove subject");
    expect(screen.getByText(/It is read by: Say/)).toBeTruthy();
    await click("button", "Cancel");
    graph.getState().undo();
    expect(graph.getState().doc.nodes.map((n) => JSON.stringify(n.data)).join()).not.toContain("subject");
  });

  it.each([
    ["parameter-extractor", { parameters: [{ name: "city", type: "string", description: "", required: false }] }, "{{#n.city#}}", "{{#n.town#}}"],
    ["code", { code_language: "python3", code: "", variables: [], outputs: { city: { type: "string", children: null } } }, "{{#n.city#}}", "{{#n.town#}}"],
  ])("%s renames an output wherever it is read, once the name is left", async (type, data, was, now) => {
    const graph = createGraph({ nodes: [{ id: "n", type: "custom", position: { x: 0, y: 0 }, data: { type, title: "N", ...data } }, { id: "a", type: "custom", position: { x: 9, y: 9 }, data: { type: "answer", title: "Say", answer: was } }], edges: [] }, { mode: "advanced-chat", title: (x) => x, blank: () => ({}), author: () => "", now: () => 0 });
    function Host() {
      const node = useStore(graph, (g) => g.doc.nodes[0]);
      const Form = viewOf(type).Form;
      return node ? <Form app={appOf("advanced-chat")} node={node} data={node.data} scope={scope} set={(p) => graph.getState().setData("n", p)} /> : null;
    }
    render(<QueryClientProvider client={new QueryClient()}><GraphContext value={graph}><TooltipRoot><Suspense><Host /></Suspense></TooltipRoot></GraphContext></QueryClientProvider>);
    const name = await screen.findByRole("textbox", { name: "Name 1" }, slow);
    await userEvent.clear(name);
    await userEvent.type(name, "town");
    expect(graph.getState().doc.nodes[1]?.data["answer"]).toBe(was);
    await userEvent.tab();
    expect(graph.getState().doc.nodes[1]?.data["answer"]).toBe(now);
  });
});
