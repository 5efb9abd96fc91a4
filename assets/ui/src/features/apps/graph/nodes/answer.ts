import i18next from "i18next";
import { lazy } from "react";
import type { NodeView } from "../node-view";
import { emptyProblem } from "./common";
import { text } from "./read";

export const answer: NodeView = {
  shelf: "out",
  modes: ["advanced-chat"],
  blank: () => ({ variables: [], answer: "" }),
  outputs: () => [{ name: "answer", type: "string" }, { name: "files", type: "array[file]" }],
  reads: () => [],
  check: (data) => (text(data["answer"]).trim() === "" ? [emptyProblem("answer", i18next.t("nodes.answer"))] : []),
  handling: { error: false, retry: false },
  single: false,
  Form: lazy(() => import("./answer-form")),
};
