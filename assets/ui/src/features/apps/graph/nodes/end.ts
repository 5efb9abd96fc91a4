import i18next from "i18next";
import { lazy } from "react";
import { readSelector } from "@/lib/scope";
import type { NodeView } from "../node-view";
import { chosen, nameProblems } from "./common";
import { recs, text } from "./read";

export const end: NodeView = {
  shelf: "out",
  modes: ["workflow"],
  blank: () => ({ outputs: [] }),
  outputs: () => [],
  reads: (data) => chosen(...recs(data["outputs"]).map((o) => o["value_selector"])),
  check: (data) => {
    const rows = recs(data["outputs"]);
    const out = nameProblems(rows.map((r) => text(r["variable"])), "outputs");
    const open = rows.find((r) => text(r["variable"]) !== "" && readSelector(r["value_selector"]).length < 2);
    if (open) out.push({ field: "outputs", text: i18next.t("nodes.noVariableFor", { name: text(open["variable"]) }) });
    return out;
  },
  handling: { error: false, retry: false },
  single: false,
  Form: lazy(() => import("./end-form")),
};
