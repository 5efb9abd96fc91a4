// Kinds of node that Dify has and this site has not: they are kept, shown, and say what replaces them.
import i18next from "i18next";
import { lazy } from "react";
import type { NodeView } from "../node-view";

export const absent: NodeView = {
  shelf: null,
  modes: [],
  blank: () => ({}),
  outputs: () => [],
  reads: () => [],
  check: () => [{ field: "", text: i18next.t("raw.absent") }],
  handling: { error: false, retry: false },
  single: false,
  Form: lazy(() => import("./raw-form")),
};
