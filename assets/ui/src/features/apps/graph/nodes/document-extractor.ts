import i18next from "i18next";
import { lazy } from "react";
import type { NodeView } from "../node-view";
import { chosen, emptyProblem } from "./common";

export const documentExtractor: NodeView = {
  shelf: "knowledge",
  modes: ["workflow", "advanced-chat"],
  blank: () => ({ variable_selector: [], is_array_file: false }),
  outputs: (data) => [{ name: "text", type: data["is_array_file"] === true ? "array[string]" : "string", label: i18next.t("out.text") }],
  reads: (data) => chosen(data["variable_selector"]),
  check: (data) => (chosen(data["variable_selector"]).length === 0 ? [emptyProblem("variable_selector", i18next.t("doc.file"))] : []),
  handling: { error: false, retry: false },
  single: true,
  Form: lazy(() => import("./document-extractor-form")),
};
