import { fireEvent, render, screen } from "@testing-library/react";
import { useState } from "react";
import { describe, expect, it } from "vitest";
import type { ToolParam, ToolView } from "@/api/types";
import { TooltipRoot } from "@/ui";
import "@/text";
import { lacking, ToolParams } from "./tool-params";
import type { ToolValues } from "./tool-params";
import { findTool, groups } from "./tools";

const both = (s: string) => ({ en: s, zh: s });
const param = (name: string, part: Partial<ToolParam> = {}): ToolParam => ({ name, label: both(name), description: "", about: both(""), type: "string", form: "llm", required: false, default: null, options: [], labels: [], ...part });
const tool = (type: string, provider: string, label: string, name: string, params: ToolParam[] = []): ToolView => ({ type, provider, provider_label: both(label), icon: "", icon_color: "", name, label: both(name), description: "", about: both(""), params, effects: false });

const rows = [tool("builtin", "time", "Time", "current_time"), tool("api", "id-1", "parts", "get_part"), tool("mcp", "id-2", "tickets", "open"), tool("workflow", "id-3", "Report", "report"), tool("app", "id-4", "Helper", "helper")];

describe("tools", () => {
  it("are found by id, by the name of their provider, and by the path of a plug-in", () => {
    expect(findTool(rows, { type: "api", provider: "id-1", name: "get_part" })?.name).toBe("get_part");
    expect(findTool(rows, { type: "api", provider: "parts", name: "get_part" })?.name).toBe("get_part");
    expect(findTool(rows, { type: "builtin", provider: "langgenius/time/time", name: "current_time" })?.name).toBe("current_time");
    expect(findTool(rows, { type: "mcp", provider: "parts", name: "get_part" })).toBeUndefined();
  });

  it("stand in groups of their providers, apps together", () => {
    expect(groups(rows, "").map((g) => `${g.kind}:${g.tools.length}`)).toEqual(["builtin:1", "api:1", "mcp:1", "workflow:2"]);
    expect(groups(rows, "ticket").map((g) => g.label)).toEqual(["tickets"]);
  });

  it("lack what only the builder can give", () => {
    const t = tool("builtin", "knowledge", "Knowledge", "search", [param("dataset", { type: "dataset", form: "form", required: true }), param("query", { required: true })]);
    expect(lacking(t, {}, true).map((p) => p.name)).toEqual(["dataset"]);
    expect(lacking(t, { dataset: "x" }, true)).toEqual([]);
    expect(lacking(t, { dataset: "x" }, false).map((p) => p.name)).toEqual(["query"]);
  });
});

function Harness({ of, seen }: { of: ToolView; seen: (v: ToolValues) => void }) {
  const [values, setValues] = useState<ToolValues>({});
  return (
    <TooltipRoot>
      <ToolParams auto tool={of} values={values} onChange={(v) => { setValues(v); seen(v); }} />
    </TooltipRoot>
  );
}

describe("parameters of an agent's tool", () => {
  it("are the model's until they are fixed, and its again", () => {
    let last: ToolValues = {};
    render(<Harness of={tool("api", "id-1", "parts", "get_part", [param("site", { options: ["north", "south"], type: "select" }), param("file", { type: "file" })])} seen={(v) => { last = v; }} />);
    const choices = screen.getAllByRole("radio");
    expect(choices).toHaveLength(2); // no model holds a file
    const [auto, fixed] = choices;
    if (!auto || !fixed) throw new Error("no choice");
    fireEvent.click(fixed);
    expect(last).toEqual({ site: "north" });
    fireEvent.click(auto);
    expect(last).toEqual({});
  });
});
