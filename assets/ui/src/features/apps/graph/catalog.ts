// The kinds of node that people add, in the order of the palette, with what finds them when it is typed.
import type { TFunction } from "i18next";
import { match } from "@/lib/match";
import { nodeTitle } from "@/parts/flow/kinds";
import type { Data, Place, Shelf } from "./node-view";
import { viewOf } from "./nodes";

interface Kind {
  shelf: Shelf;
  /** Initials of its Chinese name, and other words by which people look for it in any language. */
  find: string;
  blank: (place: Place) => Data;
}

const sel: readonly string[] = [];
const model = (p: Place): Data => p.model ?? { provider: "", name: "", mode: "chat", completion_params: {} };
let seq = 0;
const uid = (): string => `${Date.now().toString(36)}${(seq++).toString(36)}`;

export const kinds = {
  start: { shelf: "entry", find: "ks kaishi input begin", blank: () => ({ variables: [] }) },
  "trigger-webhook": { shelf: "entry", find: "cfq webhook http", blank: () => ({ method: "post", content_type: "application/json", headers: [], params: [], body: [], async_mode: true, status_code: 200, response_body: "", webhook_url: "", webhook_debug_url: "" }) },
  "trigger-schedule": { shelf: "entry", find: "dscfq dingshi cron timer", blank: () => ({ mode: "visual", frequency: "daily", visual_config: { time: "9:00 AM", weekdays: ["mon"], on_minute: 0, monthly_days: [1] }, cron_expression: "", timezone: "UTC" }) },
  llm: { shelf: "model", find: "dmx damoxing ai gpt chat model", blank: (p) => ({ model: model(p), prompt_template: [{ role: "system", text: "" }], variables: [], context: { enabled: false, variable_selector: [] }, vision: { enabled: false } }) },
  agent: { shelf: "model", find: "znt zhinengti", blank: () => ({ agent_strategy_name: "function_calling", agent_parameters: {}, version: "2" }) },
  "question-classifier": { shelf: "model", find: "wtfl wentifenlei route intent", blank: (p) => ({ model: model(p), query_variable_selector: sel, classes: [{ id: "1", name: "" }, { id: "2", name: "" }], instruction: "", vision: { enabled: false } }) },
  "parameter-extractor": { shelf: "model", find: "cstq canshutiqu", blank: (p) => ({ model: model(p), query: sel, parameters: [], reasoning_mode: "prompt", instruction: "", vision: { enabled: false } }) },
  "knowledge-retrieval": { shelf: "knowledge", find: "zsjs zhishijiansuo rag search dataset", blank: () => ({ query_variable_selector: sel, query_attachment_selector: [], dataset_ids: [], retrieval_mode: "multiple", multiple_retrieval_config: { top_k: 4, score_threshold: null, reranking_enable: false } }) },
  "document-extractor": { shelf: "knowledge", find: "wdtq wendangtiqu pdf word file", blank: () => ({ variable_selector: sel, is_array_file: false }) },
  "if-else": { shelf: "logic", find: "tjfz tiaojianfenzhi condition branch", blank: () => ({ cases: [{ case_id: "true", logical_operator: "and", conditions: [] }] }) },
  iteration: { shelf: "logic", find: "dd diedai for each map", blank: () => ({ iterator_selector: sel, output_selector: sel, is_parallel: false, parallel_nums: 10, error_handle_mode: "terminated", flatten_output: true }) },
  loop: { shelf: "logic", find: "xh xunhuan while repeat", blank: () => ({ loop_count: 10, break_conditions: [], logical_operator: "and", loop_variables: [], error_handle_mode: "terminated" }) },
  "loop-end": { shelf: "logic", find: "tcxh tuichuxunhuan break exit", blank: () => ({}) },
  "human-input": { shelf: "logic", find: "rgsr rengongshuru approve form shenpi sp", blank: () => ({ delivery_methods: [{ id: uid(), type: "webapp", enabled: true, config: {} }], user_actions: [{ id: "approve", title: "OK", button_style: "primary" }], form_content: "", inputs: [], timeout: 3, timeout_unit: "day" }) },
  code: { shelf: "transform", find: "dmzx daima python javascript js script", blank: () => ({ code_language: "python3", code: "def main() -> dict:\n    return {\"result\": \"\"}\n", variables: [], outputs: { result: { type: "string", children: null } } }) },
  "template-transform": { shelf: "transform", find: "mbzh mubanzhuanhuan jinja", blank: () => ({ template: "", variables: [] }) },
  "variable-aggregator": { shelf: "transform", find: "bljh bianliangjuhe merge join", blank: () => ({ output_type: "any", variables: [], advanced_settings: { group_enabled: false, groups: [] } }) },
  assigner: { shelf: "transform", find: "blfz bianliangfuzhi set variable", blank: () => ({ version: "2", items: [] }) },
  "list-operator": { shelf: "transform", find: "lbcz liebiaocaozuo filter sort", blank: () => ({ variable: sel, filter_by: { enabled: false, conditions: [] }, order_by: { enabled: false, key: "", value: "asc" }, limit: { enabled: false, size: 10 }, extract_by: { enabled: false, serial: "1" } }) },
  "http-request": { shelf: "act", find: "http qq qingqiu api url request", blank: () => ({ method: "get", url: "", authorization: { type: "no-auth", config: null }, headers: "", params: "", body: { type: "none", data: [] }, timeout: { max_connect_timeout: 0, max_read_timeout: 0, max_write_timeout: 0 }, variables: [], retry_config: { retry_enabled: true, max_retries: 3, retry_interval: 100 } }) },
  tool: { shelf: "act", find: "gj gongju mcp openapi", blank: () => ({ provider_id: "", provider_type: "builtin", provider_name: "", tool_name: "", tool_label: "", tool_parameters: {}, tool_configurations: {} }) },
  answer: { shelf: "out", find: "zjhf zhijiehuifu reply", blank: () => ({ answer: "", variables: [] }) },
  end: { shelf: "out", find: "js jieshu output result", blank: () => ({ outputs: [] }) },
} as const satisfies { [type: string]: Kind };

export type Addable = keyof typeof kinds;

export const shelves = ["entry", "model", "knowledge", "logic", "transform", "act", "out"] as const satisfies readonly Shelf[];

export const addable = Object.keys(kinds).filter((k): k is Addable => k in kinds);

export const isAddable = (type: string): type is Addable => addable.some((k) => k === type);

export function blankOf(type: string, place: Place): Data {
  const view = viewOf(type);
  return view.shelf !== null ? view.blank(place) : isAddable(type) ? kinds[type].blank(place) : {};
}

/** Whether a typed word finds the kind: by its name in the person's language, by initials, or by a word for it. */
export function finds(t: TFunction, type: Addable, q: string): boolean {
  return match(q.trim(), nodeTitle(t, type), t(`kinds.about.${type}`), kinds[type].find, type);
}
