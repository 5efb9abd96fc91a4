import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { configure, fireEvent, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { keys } from "@/api/keys";
import type { App } from "@/api/types";
import kinds from "@/test/node-types.json";
import { TooltipRoot } from "@/ui";
import { createUi, UiContext } from "../canvas/ui";
import type { Data } from "../node-view";
import type { GraphStore } from "../store";
import { createGraph, GraphContext } from "../store";
import { defaultsOf, retryOf, shown, withRetry, withStrategy, written } from "./handling";
import { NodePanel } from "./node-panel";
import { counts } from "./param-fields";

const node = (id: string, type: string, title: string, more: Data = {}, parentId?: string): Data => ({ id, type: "custom", position: { x: 0, y: 0 }, ...(parentId ? { parentId } : {}), data: { type, title, ...more } });
const edge = (source: string, sourceHandle: string, target: string): Data => ({ id: `${source}-${sourceHandle}-${target}`, source, sourceHandle, target });

const graph: Data = {
  nodes: [
    node("s", "start", "Start", { variables: [{ variable: "a", label: "A", type: "text-input" }] }),
    node("http", "http-request", "Call", { method: "get", url: "http://h", body: { type: "none", data: [] }, retry_config: { retry_enabled: false } }),
    node("branch", "if-else", "Branch", { cases: [{ case_id: "true", logical_operator: "and", conditions: [] }] }),
    node("out", "end", "Out", { outputs: [] }),
    node("loop", "loop", "Rounds", { loop_count: 3, loop_variables: [] }),
    node("in", "template-transform", "Inside", { template: "x", variables: [] }, "loop"),
  ],
  edges: [edge("s", "source", "http"), edge("http", "source", "branch"), edge("branch", "true", "out")],
};
const app = { id: "app1", mode: "workflow" };
const isApp = (v: object): v is App => "id" in v;

function open(id: string, problem?: string): { store: GraphStore; closed: () => void; data: (of?: string) => Data } {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Infinity } } });
  client.setQueryData(keys.nodeTypes, kinds);
  const store = createGraph(graph, { mode: "workflow", title: (t) => t, blank: () => ({}), author: () => "", now: () => Date.now() });
  const closed = vi.fn();
  if (!isApp(app)) throw new Error("no app");
  render(
    <QueryClientProvider client={client}>
      <TooltipRoot>
        <GraphContext value={store}>
          <UiContext value={createUi()}>
            <NodePanel app={app} settings={{ environment: [], conversation: [] }} id={id} problem={problem} ran={false} onClose={closed} />
          </UiContext>
        </GraphContext>
      </TooltipRoot>
    </QueryClientProvider>,
  );
  return { store, closed, data: (of = id) => store.getState().doc.nodes.find((n) => n.id === of)?.data ?? {} };
}

configure({ asyncUtilTimeout: 8000 }); // forms are loaded when they are first shown
const user = userEvent.setup();

describe("the panel of a node", () => {
  it("renames the node, but never to the name of another one", async () => {
    const p = open("http");
    const title = screen.getByRole("textbox", { name: "Name of the node" });
    fireEvent.change(title, { target: { value: "Out" } });
    expect(screen.getByText("Another node has this name")).toBeTruthy();
    expect(p.data()["title"]).toBe("Call");
    fireEvent.change(title, { target: { value: "Ask the ERP" } });
    expect(p.data()["title"]).toBe("Ask the ERP");
    expect(p.store.getState().doc.edges.map((e) => e.from)).toEqual(["s", "http", "branch"]); // references are by id
  });

  it("sets retries and what happens on errors, and shows the way out at once", async () => {
    const p = open("http");
    await user.click(await screen.findByRole("switch", { name: "Try again when it fails" }));
    expect(p.data()["retry_config"]).toEqual({ retry_enabled: true, max_retries: 3, retry_interval: 1000 });
    await user.click(screen.getByRole("combobox", { name: "When it fails" }));
    await user.click(await screen.findByRole("option", { name: "Take another way" }));
    expect(p.data()["error_strategy"]).toBe("fail-branch");
    expect(within(screen.getByRole("region", { name: "Next step" })).getByText("On error")).toBeTruthy();
    expect(within(screen.getByRole("region", { name: "Output variables" })).getByText("error_message")).toBeTruthy();
    await user.click(screen.getByRole("combobox", { name: "When it fails" }));
    await user.click(await screen.findByRole("option", { name: "Use default values" }));
    fireEvent.change(screen.getByRole("textbox", { name: "Default value of body" }), { target: { value: "none" } });
    expect(p.data()["default_value"]).toEqual([{ key: "body", type: "string", value: "none" }, { key: "status_code", type: "number", value: 0 }, { key: "headers", type: "object", value: "{}" }, { key: "files", type: "array[file]", value: "[]" }]);
    await user.click(screen.getByRole("combobox", { name: "When it fails" }));
    await user.click(await screen.findByRole("option", { name: "Stop the run" }));
    expect(Object.keys(p.data())).not.toContain("default_value");
  });

  it("leads on from each way out, elsewhere, and nowhere", async () => {
    const p = open("branch");
    await user.click(await screen.findByRole("button", { name: "Add what follows: ELSE" }));
    await user.click(await screen.findByRole("menuitem", { name: "Out" }));
    const edges = (): string[] => p.store.getState().doc.edges.filter((e) => e.from === "branch").map((e) => `${e.handle} ${e.to}`);
    expect(edges()).toEqual(["true out", "false out"]);
    await user.click(screen.getAllByRole("button", { name: "Lead somewhere else than Out" })[0] ?? document.body);
    await user.click(await screen.findByRole("menuitem", { name: "Rounds" }));
    expect(edges()).toEqual(["false out", "true loop"]);
    await user.click(screen.getByRole("button", { name: "Disconnect Out" }));
    expect(edges()).toEqual(["true loop"]);
  });

  it("says what keeps the node from running: what it sees itself, or the server's sentence", () => {
    open("branch", "the server's sentence");
    expect(within(screen.getByRole("list", { name: "What keeps it from running" })).getAllByRole("listitem").map((x) => x.textContent)).toEqual(["IF has no condition"]);
  });

  it("tells the server's sentence where it sees nothing itself", () => {
    open("http", "the server's sentence");
    expect(screen.getByText("the server's sentence")).toBeTruthy();
  });

  it("names the container around the node, closes with Esc, and takes the node away", async () => {
    const p = open("in");
    expect(screen.getByRole("button", { name: "Rounds" }).title).toBe("It is inside “Rounds”");
    screen.getByRole("textbox", { name: "Description of the node" }).focus();
    await user.keyboard("{Escape}");
    expect(p.closed).toHaveBeenCalledTimes(1);
    await user.click(screen.getByRole("button", { name: "More for this node" }));
    await user.click(await screen.findByRole("menuitem", { name: "Remove" }));
    expect(p.data("in")).toEqual({});
  });

  it("is as wide as it was left", async () => {
    localStorage.removeItem("islet.panel.width");
    open("http");
    const handle = screen.getByRole("separator", { name: "Width of the panel" });
    handle.focus();
    await user.keyboard("{ArrowLeft}{ArrowLeft}");
    expect(handle.getAttribute("aria-valuenow")).toBe("432");
    expect(localStorage.getItem("islet.panel.width")).toBe("432");
  });
});

describe("handling of errors in data", () => {
  const outputs = [{ name: "a", type: "string" }, { name: "n", type: "integer" }, { name: "ok", type: "boolean" }, { name: "o", type: "object" }, { name: "l", type: "array[string]" }] as const;
  it("has a default for every output of a type that files can name, kept where it is there", () => {
    expect(defaultsOf({ default_value: [{ key: "a", type: "string", value: "x" }, { key: "n", type: "string", value: "wrong type" }] }, outputs)).toEqual([
      { key: "a", type: "string", value: "x" }, { key: "n", type: "number", value: 0 }, { key: "o", type: "object", value: "{}" }, { key: "l", type: "array[string]", value: "[]" },
    ]);
    expect(withStrategy({}, outputs, "none")).toEqual({ error_strategy: undefined, default_value: undefined });
  });
  it.each([
    ["object", '{"a":1}', { a: 1 }, '{"a":1}'],
    ["array[string]", '["a"]', ["a"], '["a"]'],
    ["number", "3", 3, 3],
    ["string", "x", "x", "x"],
  ] as const)("writes a value of the type %s as files do", (type, value, seen, back) => {
    expect(shown({ key: "k", type, value })).toEqual(seen);
    expect(written(type, seen)).toEqual(back);
  });
  it("keeps what else is said of retries", () => {
    expect(withRetry({ retry_config: { retry_enabled: true, max_retries: 5, retry_interval: 200, odd: 1 } }, { on: false })).toEqual({ retry_config: { retry_enabled: false, max_retries: 5, retry_interval: 200, odd: 1 } });
    expect(retryOf({})).toEqual({ on: false, times: 3, interval: 1000 });
  });
});

describe("fields from the server's description", () => {
  it("count only while another field has one of some values, or means it by default", () => {
    const all = [{ name: "mode", kind: "string", label: { en: "", zh: "" }, default: "visual" }, { name: "cron", kind: "string", label: { en: "", zh: "" }, when: { name: "mode", in: ["cron"] } }] as const;
    const [mode, cron] = all;
    const list = [{ ...mode }, { ...cron, when: { name: "mode", in: ["cron"] } }];
    expect(list.map((p) => counts(p, {}, list))).toEqual([true, false]);
    expect(list.map((p) => counts(p, { mode: "cron" }, list))).toEqual([true, true]);
  });
});
