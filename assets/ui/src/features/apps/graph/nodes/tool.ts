import i18next from "i18next";
import { lazy } from "react";
import type { ScopeVar } from "@/lib/scope";
import { isRecord } from "@/api/client";
import type { NodeView } from "../node-view";
import { argumentReads, emptyProblem } from "./common";
import { text } from "./read";
import { schemaVars } from "./schema-vars";

export const tool: NodeView = {
  shelf: "act",
  modes: ["workflow", "advanced-chat"],
  blank: () => ({ provider_id: "", provider_type: "builtin", provider_name: "", tool_name: "", tool_label: "", tool_configurations: {}, tool_parameters: {}, tool_node_version: "2" }),
  outputs: (data) => {
    const own: ScopeVar[] = [{ name: "text", type: "string" }, { name: "files", type: "array[file]" }, { name: "json", type: "array[object]" }];
    const more = isRecord(data["output_schema"]) ? schemaVars(data["output_schema"]) : [];
    return [...own, ...more.filter((v) => !own.some((o) => o.name === v.name))];
  },
  reads: (data) => [...argumentReads(data["tool_parameters"]), ...argumentReads(data["tool_configurations"])],
  check: (data) => (text(data["tool_name"]) === "" ? [emptyProblem("tool_name", i18next.t("node.tool"))] : []),
  handling: { error: true, retry: true },
  single: true,
  Form: lazy(() => import("./tool-form")),
};
