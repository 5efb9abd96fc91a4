import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it, vi } from "vitest";
import type { Scope, Selector, VarType } from "@/lib/scope";
import { fileVars } from "@/lib/scope";
import { TooltipRoot } from "@/ui";
import { NodeNames } from "./names";
import { RowList } from "./row-list";
import { SelectorField } from "./selector-field";
import { TemplateEditor } from "./template-editor";
import { ValueOrVariable } from "./value-field";
import type { Value } from "./value-field";

const slow = { timeout: 8000 }; // CodeMirror is loaded

const scope: Scope = [
  { node: "llm1", title: "Answer writer", type: "llm", vars: [{ name: "text", type: "string" }, { name: "usage", type: "object", children: [{ name: "total_tokens", type: "number" }] }] },
  { node: "start", title: "Start", type: "start", vars: [{ name: "doc", type: "file", children: fileVars }, { name: "n", type: "number" }] },
  { node: "sys", title: "", type: "", vars: [{ name: "query", type: "string" }] },
];

function Field({ accepts, first = [], told }: { accepts?: VarType[]; first?: string[]; told?: (s: Selector) => void }) {
  const [value, set] = useState<Selector>(first);
  return (
    <TooltipRoot>
      <NodeNames value={new Map([["late", "Later one"]])}>
        <SelectorField scope={scope} label="Query" value={value} accepts={accepts} clearable onChange={(s) => { set(s); told?.(s); }} />
      </NodeNames>
    </TooltipRoot>
  );
}

describe("a field for a variable", () => {
  it("is filled by keyboard alone, with what was searched for", async () => {
    const told = vi.fn();
    render(<Field told={told} />);
    await userEvent.tab();
    await userEvent.keyboard("{Enter}");
    await userEvent.keyboard("quer{Enter}");
    expect(told).toHaveBeenCalledWith(["sys", "query"]);
    expect(document.activeElement).toBe(screen.getByRole("button", { name: /^Query: System ?\/ ?query/ }));
  });

  it("offers only what fits, and leads down to fields that do", async () => {
    const told = vi.fn();
    render(<Field accepts={["number"]} told={told} />);
    await userEvent.click(screen.getByRole("button", { name: /Query/ }));
    const names = screen.getAllByRole("treeitem").map((x) => x.textContent);
    expect(names).toEqual(["usageobject", "total_tokensnumber", "docfile", "sizenumber", "nnumber"]);
    await userEvent.keyboard("{ArrowDown}{ArrowDown}{Enter}");
    expect(told).toHaveBeenCalledWith(["start", "doc", "size"]);
  });

  it("opens and shuts fields with the arrow keys", async () => {
    render(<Field />);
    await userEvent.click(screen.getByRole("button", { name: /Query/ }));
    await userEvent.keyboard("{ArrowDown}{ArrowRight}");
    expect(screen.getByText("total_tokens")).toBeTruthy();
    await userEvent.keyboard("{ArrowDown}{ArrowLeft}{ArrowLeft}");
    expect(screen.queryByText("total_tokens")).toBeNull();
  });

  it.each([
    [["late", "x"], "“Later one” does not run before this node"],
    [["gone", "x"], "The node gone is not there any more"],
    [["llm1", "texts"], "“Answer writer” has no variable texts (any more)"],
    [["start", "n"], "It is of the type number; this takes string"],
  ])("says why %j cannot be read", (selector, why) => {
    render(<Field first={selector} accepts={["string"]} />);
    expect(screen.getByText(why)).toBeTruthy();
  });

  it("can be emptied", async () => {
    const told = vi.fn();
    render(<Field first={["llm1", "text"]} told={told} />);
    await userEvent.click(screen.getByRole("button", { name: "Clear Query" }));
    expect(told).toHaveBeenCalledWith([]);
  });
});

describe("a value or a variable", () => {
  it("changes over and keeps the type", async () => {
    const told = vi.fn();
    function Host() {
      const [v, set] = useState<Value>({ kind: "constant", value: 3 });
      return <TooltipRoot><ValueOrVariable scope={scope} label="Top" type="number" value={v} onChange={(x) => { set(x); told(x); }} /></TooltipRoot>;
    }
    render(<Host />);
    const input = screen.getByRole("textbox", { name: "Top" });
    await userEvent.clear(input);
    await userEvent.type(input, "12");
    expect(told).toHaveBeenLastCalledWith({ kind: "constant", value: 12 });
    await userEvent.click(screen.getByRole("button", { name: "Top: take it from a variable" }));
    await userEvent.click(screen.getByRole("button", { name: "Top: Choose a variable" }));
    await userEvent.keyboard("n{Enter}");
    expect(told.mock.lastCall?.[0]).toMatchObject({ kind: "variable" });
  });
});

describe("rows", () => {
  it("are put in order by keyboard, and the handle keeps the focus", async () => {
    const told = vi.fn();
    function Host() {
      const [rows, set] = useState(["a", "b", "c"]);
      return <TooltipRoot><RowList rows={rows} label="Rows" nameOf={(r) => r} onChange={(r) => { set(r); told(r); }}>{(r) => <span>{r}</span>}</RowList></TooltipRoot>;
    }
    render(<Host />);
    screen.getByRole("button", { name: "Move a" }).focus();
    await userEvent.keyboard("{Alt>}{ArrowDown}{/Alt}");
    expect(told).toHaveBeenLastCalledWith(["b", "a", "c"]);
    await vi.waitFor(() => expect(document.activeElement).toBe(screen.getByRole("button", { name: "Move a" })));
    await userEvent.click(screen.getByRole("button", { name: "Remove b" }));
    expect(told).toHaveBeenLastCalledWith(["a", "c"]);
  });
});

describe("a text with variables", () => {
  function Host({ first, told, rows = 4 }: { first: string; told: (s: string) => void; rows?: number }) {
    const [v, set] = useState(first);
    return (
      <TooltipRoot>
        <NodeNames value={new Map()}>
          <TemplateEditor scope={scope} rows={rows} label="Prompt" value={v} onChange={(x) => { set(x); told(x); }} literals={[{ text: "{{#context#}}", label: "Context" }]} />
        </NodeNames>
      </TooltipRoot>
    );
  }

  it("shows references as chips, whatever is broken as broken, and the rest as text", async () => {
    render(<Host first={"Hi {{#llm1.text#}}, {{#gone.x#}} {{#context#}} {{#a-b.c#}} {{#one#}}"} told={() => undefined} />);
    const box = await screen.findByRole("textbox", { name: "Prompt" }, slow);
    expect([...box.querySelectorAll(".cm-chip")].map((x) => x.textContent)).toEqual(["Answer writer/text", "gone/x", "Context"]);
    expect(box.querySelectorAll(".cm-chip-broken")).toHaveLength(1);
    expect(box.textContent).toContain("{{#a-b.c#}} {{#one#}}");
  });

  it("puts in what the button's picker chooses", async () => {
    const told = vi.fn();
    render(<Host first="Hi " told={told} />);
    await screen.findByRole("textbox", { name: "Prompt" }, slow);
    await userEvent.click(screen.getByRole("button", { name: "Insert a variable" }));
    await userEvent.keyboard("query{Enter}");
    expect(told).toHaveBeenLastCalledWith("Hi {{#sys.query#}}");
  });
});
