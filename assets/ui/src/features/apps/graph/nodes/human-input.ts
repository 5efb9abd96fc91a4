import i18next from "i18next";
import { lazy } from "react";
import type { ScopeVar, VarType } from "@/lib/scope";
import type { Data, NodeProblem, NodeView, Way } from "../node-view";
import { newId } from "../variables";
import { chosen, emptyProblem, nameProblems } from "./common";
import { rec, recs, text, texts } from "./read";

export const fieldTypes = ["paragraph", "select", "file", "file-list"] as const;
export type FieldType = (typeof fieldTypes)[number];
export const buttonStyles = ["primary", "default", "accent", "ghost"] as const;

/** How a text places a field. */
export const placeOf = (name: string): string => `{{#$output.${name}#}}`;
export const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,29}$/;
/** Ids of buttons are ways out. */
export const ACTION = /^[A-Za-z_][A-Za-z0-9_]{0,19}$/;

const made: { readonly [type: string]: VarType } = { file: "file", "file-list": "array[file]" };
export const fieldsOf = (data: Data): readonly Data[] => recs(data["inputs"]);
export const actionsOf = (data: Data): readonly Data[] => recs(data["user_actions"]);
export const nameOf = (f: Data): string => text(f["output_variable_name"]);

export function newField(type: FieldType, name: string): Data {
  const base = { type, output_variable_name: name };
  if (type === "select") return { ...base, option_source: { type: "constant", value: [], selector: [] } };
  if (type === "paragraph") return { ...base, default: { type: "constant", value: "", selector: [] } };
  return { ...base, allowed_file_types: ["document", "image"], allowed_file_extensions: [], allowed_file_upload_methods: ["local_file", "remote_url"], number_limits: type === "file" ? 1 : 5 };
}

/** Another name for a field, in the text too. */
export function renamed(content: string, from: string, to: string): string {
  return from === "" || to === "" ? content : content.split(placeOf(from)).join(placeOf(to));
}

export function newAction(taken: readonly string[]): Data {
  let n = taken.length + 1;
  while (taken.includes(`action_${n}`)) n++;
  return { id: `action_${n}`, title: i18next.t("human.button", { n }), button_style: "default" };
}

function problems(data: Data): NodeProblem[] {
  const out = nameProblems(fieldsOf(data).map(nameOf), "inputs");
  for (const f of fieldsOf(data)) {
    const source = rec(f["option_source"]);
    if (f["type"] === "select" && source["type"] !== "variable" && texts(source["value"]).length === 0) out.push({ field: "inputs", text: i18next.t("nodes.noOptions", { name: nameOf(f) }) });
  }
  const actions = actionsOf(data);
  if (actions.length === 0) out.push(emptyProblem("user_actions", i18next.t("human.buttons")));
  const ids = actions.map((a) => text(a["id"]));
  if (ids.some((id) => !ACTION.test(id))) out.push({ field: "user_actions", text: i18next.t("human.badId") });
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) out.push({ field: "user_actions", text: i18next.t("nodes.nameTwice", { name: twice }) });
  return out;
}

export const humanInput: NodeView = {
  shelf: "logic",
  modes: ["workflow", "advanced-chat"],
  blank: () => ({
    delivery_methods: [{ id: newId(), type: "webapp", enabled: true, config: {} }],
    form_content: "", inputs: [], user_actions: [{ id: "approve", title: i18next.t("human.approve"), button_style: "primary" }], timeout: 3, timeout_unit: "day",
  }),
  outputs: (data): ScopeVar[] => [
    ...fieldsOf(data).filter((f) => nameOf(f) !== "").map((f): ScopeVar => ({ name: nameOf(f), type: made[text(f["type"])] ?? "string" })),
    { name: "__action_id", type: "string", label: i18next.t("out.action") }, { name: "__action_value", type: "string", label: i18next.t("out.actionTitle") }, { name: "__rendered_content", type: "string", label: i18next.t("out.rendered") },
  ],
  ways: (data) => [...actionsOf(data).map((a): Way => ({ id: text(a["id"]), label: text(a["title"]) || text(a["id"]) })), { id: "__timeout", label: i18next.t("human.timeoutWay"), tone: "timeout" }],
  reads: (data) => fieldsOf(data).flatMap((f) => {
    const first = rec(f["default"]);
    const source = rec(f["option_source"]);
    return chosen(...(first["type"] === "variable" ? [first["selector"]] : []), ...(source["type"] === "variable" ? [source["selector"]] : []));
  }),
  check: problems,
  handling: { error: false, retry: false },
  single: true,
  Form: lazy(() => import("./human-input-form")),
};
