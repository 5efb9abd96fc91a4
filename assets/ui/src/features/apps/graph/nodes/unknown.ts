import { lazy } from "react";
import type { NodeView } from "../node-view";

/** A kind of node that nobody here knows: it is kept as it is, and shown. */
export const unknown: NodeView = {
  shelf: null,
  modes: [],
  blank: () => ({}),
  outputs: () => [],
  reads: () => [],
  check: () => [],
  handling: { error: false, retry: false },
  single: false,
  Form: lazy(() => import("./raw-form")),
};
