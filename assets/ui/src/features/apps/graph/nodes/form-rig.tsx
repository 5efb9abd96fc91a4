// For tests: one form, filled with data, in a graph of its own. What the form writes is merged as the canvas merges it.
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import { Suspense, useState } from "react";
import { keys } from "@/api/keys";
import type { App } from "@/api/types";
import type { Scope } from "@/lib/scope";
import { fileVars } from "@/lib/scope";
import { TooltipRoot } from "@/ui";
import kinds from "@/test/node-types.json";
import type { Data, FlowNode } from "../node-view";
import { createGraph, GraphContext } from "../store";
import { viewOf } from ".";

export const scope: Scope = [
  {
    node: "start", title: "Start", type: "start",
    vars: [
      { name: "name", type: "string" }, { name: "n", type: "number" }, { name: "ok", type: "boolean" }, { name: "doc", type: "file", children: fileVars }, { name: "docs", type: "array[file]" },
      { name: "words", type: "array[string]" }, { name: "numbers", type: "array[number]" }, { name: "map", type: "object" },
    ],
  },
  { node: "conversation", title: "", type: "", vars: [{ name: "count", type: "number" }, { name: "list", type: "array[string]" }, { name: "note", type: "string" }] },
];

const app = { id: "app1", mode: "advanced-chat", draft_rev: 1 };
const isApp = (v: object): v is App => "id" in v;

function Rig({ type, data, told, id }: { type: string; data: Data; told: (d: Data) => void; id: string }) {
  const [now, setNow] = useState<Data>(data);
  const { Form } = viewOf(type);
  const node: FlowNode = { id, type, title: "It", data: now, parent: "", x: 0, y: 0, width: 1, height: 1, raw: {} };
  if (!isApp(app)) return null;
  return (
    <Form
      app={app}
      node={node}
      data={now}
      scope={scope}
      set={(part) => {
        const next = Object.fromEntries(Object.entries({ ...now, ...part }).filter(([, v]) => v !== undefined));
        setNow(next);
        told(next);
      }}
    />
  );
}

/** Shows the form of a kind of node; `data()` is what it has written by now. */
export function showForm(type: string, data: Data, o: { graph?: Data; id?: string } = {}): { data: () => Data } {
  let last: Data = data;
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Infinity } } });
  client.setQueryData(keys.nodeTypes, kinds);
  const graph = createGraph(o.graph ?? { nodes: [], edges: [] }, { mode: "advanced-chat", title: (t) => t, blank: () => ({}), author: () => "", now: () => 1 });
  render(
    <QueryClientProvider client={client}>
      <TooltipRoot>
        <GraphContext value={graph}>
          <Suspense fallback="…"><Rig type={type} data={data} id={o.id ?? "me"} told={(d) => { last = d; }} /></Suspense>
        </GraphContext>
      </TooltipRoot>
    </QueryClientProvider>,
  );
  return { data: () => last };
}
