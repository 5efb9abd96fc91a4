// A stand-in for the server while there is none: the built UI from dist, and the console and web app APIs with made-up data.
// node e2e/mock.mjs [port] ; GET /__scene/<name> switches what it answers: full, empty, setup, errors, slow, out.
import { createServer } from "node:http";
import { existsSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { knowledge } from "./mock-knowledge.mjs";

const dist = process.env.DIST ?? new URL("../../dist/", import.meta.url).pathname;
const types = { ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".html": "text/html; charset=utf-8" };
let scene = "full";

const ago = (s) => new Date(Date.now() - s * 1000).toISOString();
const id = (n) => `0190a000-0000-7000-8000-${String(n).padStart(12, "0")}`;
const me = { id: id(1), email: "lin@example.com", name: "林晓雯", role: "owner", language: "zh-CN", theme: "system", disabled: false, created_at: ago(9e6), last_seen_at: ago(5) };
const workspace = { id: id(2), name: "华东区域法务与合规中心", created_at: ago(9e6) };
const usage = { prompt_tokens: 812, completion_tokens: 356, total_tokens: 1168, latency: 4.21, time_to_first_token: 0.38 };
const zeroRef = { endpoint_id: "", name: "" };

const settings = {
  model: { endpoint_id: id(20), name: "qwen3-32b-instruct", params: { temperature: 0.3, max_tokens: 2048 } },
  prompt: "你是{{department}}的合同审阅助手，服务对象是一线业务人员。\n\n回答时请遵守：\n1. 先给结论，再给依据，引用条款编号；\n2. 金额一律写明币种，例如 {{currency}}；\n3. 不确定时直接说明，不要编造。\n\n合同类型：{{contract_type}}\n补充背景：{{background}}",
  variables: [
    { name: "department", label: "所属部门", kind: "text", required: true, default: "法务部" },
    { name: "contract_type", label: "合同类型", kind: "select", required: true, options: ["采购合同", "销售合同", "劳动合同", "保密协议"], default: "采购合同" },
    { name: "background", label: "补充背景", kind: "paragraph", required: false, help: "例如对方的谈判立场" },
    { name: "strict", label: "只引用条款原文", kind: "checkbox", required: false, hidden: true },
  ],
  opening: "您好！我是 **合同审阅助手**。请把条款贴给我，或上传合同扫描件，我会指出风险并给出修改建议。",
  suggested: ["这份采购合同的付款条款有什么风险？", "违约金比例多少合适？", "帮我起草一份保密协议的争议解决条款"],
  follow_up: { enabled: true, model: zeroRef, prompt: "" },
  memory: { off: false, window: 0 },
  files: { enabled: true, kinds: ["image", "document"], max: 3, methods: ["local_file", "remote_url"], detail: "high" },
};
const site = { code: "demo", enabled: true, title: "", description: "合同条款问答与风险提示", language: "zh-CN", placeholder: "贴入条款或提问", disclaimer: "内容由 AI 生成，仅供参考，不构成法律意见。", copyright: "华东区域法务与合规中心", show_steps: false };
const app = (n, name, icon, color, description, extra = {}) => ({ id: id(100 + n), mode: "chat", name, description, icon, icon_color: color, tags: [], draft: settings, draft_rev: 4, site, api_enabled: true, created_by: me.id, created_at: ago(6e5), updated_at: ago(n * 7000 + 40), ...extra });
const apps = [
  app(1, "合同审阅助手", "⚖️", "#E0F1F4", "阅读合同条款，指出风险，给出修改建议。支持采购、销售、劳动合同和保密协议。", { published_version_id: id(301), tags: ["法务", "合同"] }),
  app(2, "设备运维知识问答与故障排查一体化智能助手（华东三厂试点版）", "🏭", "#FCEFD2", "面向一线检修人员：根据设备型号和故障现象给出排查步骤、备件清单和安全注意事项，并记录处理结果，供班组长每日复核。", { published_version_id: id(302) }),
  app(3, "Translation desk", "🌏", "#E3ECFB", "Translates between Chinese and English, keeps the terms of our glossary."),
  app(4, "周报整理", "📝", "#E6F3DC", ""),
  app(5, "客服话术教练", "🎧", "#FBE6F0", "模拟难缠的客户，练习完给出点评。", { published_version_id: id(303) }),
];
// --- workflows, chatflows, agents, text generators ---
const gnode = (nid, type, title, data = {}, extra = {}) => ({ id: nid, type: "custom", position: { x: 0, y: 0 }, data: { type, title, ...data }, ...extra });
const gedge = (a, b, h = "source") => ({ id: `${a}-${h}-${b}`, source: a, sourceHandle: h, target: b, targetHandle: "target", type: "custom", data: {} });
const graph = {
  nodes: [
    gnode("start", "start", "开始", { variables: [{ variable: "file", label: "招标文件", type: "file", required: true, allowed_file_types: ["document"], allowed_file_upload_methods: ["local_file", "remote_url"] }, { variable: "dept", label: "归口部门", type: "select", required: true, options: ["采购部", "法务部", "财务部"], default: "采购部" }, { variable: "limit", label: "预算上限（万元）", type: "number", required: false }, { variable: "note", label: "补充说明", type: "paragraph", required: false, hint: "例如评分重点" }] }),
    gnode("doc", "document-extractor", "提取文本", { variable_selector: ["start", "file"] }),
    gnode("kind", "question-classifier", "判断类型", { model: { provider: "local", name: "qwen3-32b-instruct" }, classes: [{ id: "1", name: "货物类" }, { id: "2", name: "服务类" }, { id: "3", name: "工程类" }] }),
    gnode("law", "knowledge-retrieval", "检索法规", { query_variable_selector: ["doc", "text"], dataset_ids: ["x"] }),
    gnode("each", "iteration", "逐条评审", { iterator_selector: ["doc", "clauses"] }),
    gnode("eachstart", "iteration-start", "", {}, { parentId: "each" }),
    gnode("risk", "llm", "识别风险", { model: { provider: "local", name: "qwen3-32b-instruct" } }, { parentId: "each" }),
    gnode("rate", "code", "评分", { code_language: "python3" }, { parentId: "each" }),
    gnode("web", "tool", "搜索同类案例（Tavily）", { tool_label: "Tavily Search", provider_id: "tavily" }),
    gnode("price", "http-request", "查询历史价格", { method: "get", url: "http://erp.intra.example.com/api/prices?dept={{#start.dept#}}" }),
    gnode("big", "if-else", "超出预算？", { cases: [{ case_id: "true", conditions: [{ variable_selector: ["price", "total"], comparison_operator: ">", value: "{{#start.limit#}}" }] }] }),
    gnode("ask", "human-input", "负责人确认", { user_actions: [{ id: "go", title: "继续" }, { id: "no", title: "退回修改" }] }),
    gnode("report", "template-transform", "生成报告", { template: "# 评审报告\n{{ items }}" }),
    gnode("end", "end", "结束", { outputs: [{ variable: "report" }, { variable: "score" }] }),
  ],
  edges: [gedge("start", "doc"), gedge("doc", "kind"), gedge("kind", "law", "1"), gedge("kind", "web", "2"), gedge("kind", "price", "3"), gedge("law", "each"), gedge("web", "each"), gedge("eachstart", "risk"), gedge("risk", "rate"), gedge("price", "big"), gedge("big", "ask", "true"), gedge("big", "each", "false"), gedge("ask", "each", "go"), gedge("ask", "end", "no"), gedge("each", "report"), gedge("report", "end")],
};
const graphSettings = { ...settings, graph, variables: [], environment: [{ id: id(61), name: "erp_token", description: "ERP 接口密钥", value_type: "secret", value: "[__HIDDEN__]" }, { id: id(62), name: "company", description: "", value_type: "string", value: "云帆科技" }, { id: id(63), name: "max_items", description: "每次最多评审条数", value_type: "number", value: 40 }], conversation: [{ id: id(64), name: "preferences", description: "用户偏好", value_type: "object", value: { tone: "简洁" } }] };
const toolTitle = "联网搜索";
apps.push(
  app(6, "招标文件智能评审", "📑", "#E3ECFB", "逐条识别风险、评分，超出预算时由负责人确认。", { mode: "workflow", draft: graphSettings, published_version_id: id(306), site: { ...site, show_steps: true } }),
  app(7, "制度问答（对话流）", "🏛️", "#E0F1F4", "先判断问题类型，再检索制度库。", { mode: "advanced-chat", draft: graphSettings }),
  app(8, "数据查询智能体", "🤖", "#FCEFD2", "会使用时间、代码等工具。", { mode: "agent-chat", draft: { ...settings, agent: { strategy: "function_call", max_iterations: 10, tools: [{ enabled: true, type: "builtin", provider: "time", name: "current_time", label: "当前时间", params: { timezone: "Asia/Shanghai" } }, { enabled: true, type: "builtin", provider: "tavily", name: "tavily_search", label: toolTitle, params: {} }] } } }),
  app(9, "商品文案生成", "✍️", "#FBE6F0", "", { mode: "completion" }),
);
const tool = (provider, name, zh, en, params = []) => ({ type: "builtin", provider, provider_label: { en: provider, zh: provider }, icon: "", icon_color: "", name, label: { en, zh }, description: en, about: { en, zh: en }, params: params.map((x) => ({ name: x, label: { en: x, zh: x }, description: `such as ${x}`, about: { en: `such as ${x}`, zh: x }, type: "string", form: "llm", required: false, default: null, options: [], labels: [] })), effects: false });
const tools = [tool("code", "simple_code", "代码解释器", "Runs a Python or JavaScript program in a sandbox without files or network.", ["language", "code"]), tool("time", "current_time", "当前时间", "Tells the current date and time.", ["format", "timezone"]), tool("time", "weekday", "星期几", "Tells on which day of the week a date falls.", ["year", "month", "day"])];
const problem = "工具“Tavily Search”需要插件“tavily”和互联网，离线站点无法提供；请用 HTTP 请求节点或自建的 OpenAPI 工具调用内网的搜索服务";
const checked = graph.nodes.map((n) => ({ id: n.id, type: n.data.type, title: n.data.title, ok: n.id !== "web", problem: n.id === "web" ? problem : "" }));
const imported = { id: id(900), status: "completed-with-warnings", app_id: id(106), app_mode: "workflow", draft_rev: 1, current_dsl_version: "0.6.0", imported_dsl_version: "0.3.0", error: "", nodes: checked, warnings: ["模型 qwen-max 在 Dify 中由插件 langgenius/tongyi 提供；islet 的模型不需要插件，请在导入后选择本站点的模型", "节点“检索法规”引用的是文件来源站点的知识库；若来自其他站点，请重新选择"] };
const inputs = { file: { id: "1", kind: "document", method: "local_file", file_id: id(77), name: "XX 园区弱电工程招标文件（第三次征求意见稿）.docx", size: 1, mime: "" }, dept: "采购部", limit: 320, note: "重点看付款与验收" };
const form = { id: id(910), run_id: id(920), app_id: id(106), path: "", node_id: "ask", node_title: "负责人确认", token: "tok", form_content: "**XX 园区弱电工程** 历史均价 355 万元，超出预算 **35 万元**。\n\n{{#$output.reason#}}\n\n{{#$output.level#}}", inputs: [{ type: "paragraph", output_variable_name: "reason", default: "" }, { type: "select", output_variable_name: "level", default: "一般", options: ["一般", "重要", "紧急"] }], actions: [{ id: "go", title: "继续评审", button_style: "primary" }, { id: "no", title: "退回修改", button_style: "default" }], status: "waiting", action_id: "", values: null, expires_at: new Date(Date.now() + 9e7).toISOString(), created_at: ago(60), done_at: null };
const failure = { code: "http_request_failed", kind: 9, text: { en: "the server answered 503; try again later", zh: "服务返回 503，请稍后重试" } };
const nrun = (n, node, at, elapsed, extra = {}) => ({ id: id(930 + n), run_id: id(920), app_id: id(106), node_id: node, type: graph.nodes.find((x) => x.id === node).data.type, title: graph.nodes.find((x) => x.id === node).data.title, index: n, status: "succeeded", inputs: { text: "…", items: 12 }, process: {}, outputs: { result: "ok", score: 86 }, elapsed, started_at: new Date(Date.now() - 400000 + at * 1000).toISOString(), ...extra });
const nodeRuns = [nrun(1, "start", 0, 0.001), nrun(2, "doc", 0.05, 2.4), nrun(3, "kind", 2.5, 1.3, { usage: { ...usage, total_tokens: 812 } }), nrun(4, "price", 3.9, 1, { status: "retry", retry: 1, error: failure }), nrun(5, "price", 5.2, 0.8), nrun(6, "big", 6.1, 0.001), nrun(7, "risk", 6.4, 3.1, { within: { type: "iteration", node: "each", round: 0 }, usage }), nrun(8, "rate", 9.6, 0.2, { within: { type: "iteration", node: "each", round: 0 } }), nrun(9, "risk", 6.5, 4.4, { within: { type: "iteration", node: "each", round: 1 }, usage }), nrun(10, "rate", 11, 0.1, { within: { type: "iteration", node: "each", round: 1 }, status: "exception", error: { code: "code_failed", kind: 1, text: { en: "KeyError: 'clause'", zh: "KeyError: 'clause'" } } }), nrun(11, "each", 6.3, 5.6, { usage: { ...usage, total_tokens: 2336 } }), nrun(12, "report", 12, 0.01), nrun(13, "end", 12.02, 0.001)];
const report = "# 评审结论\n\n共 12 条，**高风险 2 条**：\n\n| 条款 | 风险 | 建议 |\n| --- | --- | --- |\n| 5.1 预付款 60% | 高 | 降至 30% |\n| 7.3 验收无期限 | 高 | 10 个工作日内书面验收 |";
const wrun = (n, extra = {}) => ({ id: id(920 + n), app_id: id(106), version_id: id(306), end_user_id: id(9), source: "site", status: "succeeded", usage, steps: 12, exceptions: 0, inputs, outputs: { report, score: 86 }, started_at: ago(400 + n * 5000), finished_at: ago(388 + n * 5000), ...extra });
const wruns = [wrun(0, { status: "partial-succeeded", exceptions: 2 }), wrun(1, { status: "paused", finished_at: null, outputs: {} }), wrun(2, { status: "failed", source: "api", error: failure, inputs: { ...inputs, dept: "法务部" } }), wrun(3, { source: "schedule" }), wrun(4, { status: "stopped" }), wrun(5, { source: "tool" })];

async function flow(res) {
  res.writeHead(200, { "Content-Type": "text/event-stream" });
  let seq = 0;
  const send = (event, data) => res.write(`id: ${++seq}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  const wait = (ms) => new Promise((r) => setTimeout(r, ms));
  const run = wrun(0, { status: "running", outputs: {}, finished_at: null, started_at: ago(0) });
  const node = (n, status, extra = {}) => send("node", { id: n.id, node: n.node_id, type: n.type, title: n.title, status, elapsed: status === "running" ? 0 : n.elapsed, at: new Date().toISOString(), ...(n.within ? { within: n.within } : {}), ...(status === "running" ? {} : { inputs: n.inputs, outputs: n.outputs, ...(n.usage ? { usage: n.usage } : {}), ...(n.error ? { error: n.error } : {}) }), ...extra });
  send("started", { run });
  for (const n of nodeRuns.slice(0, 6)) {
    if (n.status === "retry") { node({ ...n, id: nodeRuns[4].id }, "running"); await wait(30); send("node", { id: nodeRuns[4].id, node: n.node_id, type: n.type, title: n.title, status: "retry", retry: 1, elapsed: 1, at: new Date().toISOString(), error: failure }); continue; }
    if (n.id !== nodeRuns[4].id) node(n, "running");
    await wait(40);
    node(n, n.status);
  }
  if (scene === "asked") {
    node({ ...nrun(20, "ask", 0, 0) }, "running");
    send("form", form);
    send("paused", { forms: [form] });
    await wait(60000);
    return void res.end();
  }
  node(nodeRuns[10], "running");
  send("round", { id: nodeRuns[10].id, node: "each", round: -1, length: 12 });
  send("round", { id: nodeRuns[10].id, node: "each", round: 0 });
  for (const n of nodeRuns.slice(6, 10)) { node(n, "running"); await wait(40); if (scene !== "working") node(n, n.status); }
  if (scene === "working") { await wait(60000); return void res.end(); }
  for (const n of nodeRuns.slice(10)) { if (n !== nodeRuns[10]) node(n, "running"); node(n, n.status); }
  send("finished", { run: scene === "failed" ? wrun(0, { status: "failed", error: failure, outputs: {} }) : wruns[0] });
  res.end();
}

const answer = `**结论：** 该付款条款对我方不利，建议修改后再签署。

主要风险有三点：

1. **预付款比例过高**（第 5.1 条）：合同签订后支付 60%，高于公司制度规定的上限 30%。
2. **验收标准不明确**（第 5.2 条）：仅写“验收合格后”，没有期限和书面形式。
3. **没有质保金**：建议保留 \`5%\` 至质保期满。

| 条款 | 现状 | 建议 | 风险 |
| --- | --- | --- | --- |
| 5.1 预付款 | 60% | 30% | 高 |
| 5.2 验收 | 未约定期限 | 到货后 10 个工作日内书面验收 | 中 |
| 5.4 质保金 | 无 | 5%，质保期满 30 日内支付 | 中 |

违约金可按下式估算，其中 $P$ 为合同总价，$d$ 为逾期天数：

$$
L = \\min\\left(P \\times 0.0005 \\times d,\\; 0.1P\\right)
$$

修改后的条款可以这样写：

\`\`\`python
def penalty(total: float, days: int) -> float:
    """逾期违约金，上限为总价的 10%"""
    return min(total * 0.0005 * days, total * 0.1)
\`\`\`

\`\`\`mermaid
flowchart LR
  A[签订合同] --> B[预付 30%]
  B --> C{到货验收}
  C -- 合格 --> D[支付 65%]
  C -- 不合格 --> E[退换]
  D --> F[质保金 5%]
\`\`\`

> 以上意见基于您提供的条款，完整审阅请上传合同全文。参考：[民法典第五百八十五条](https://example.com/law/585)
`;
const conversation = { id: id(500), app_id: id(101), end_user_id: id(9), source: "site", name: "采购合同付款条款的风险", inputs: { department: "法务部", contract_type: "采购合同" }, opening: settings.opening, pinned: false, created_at: ago(4000), updated_at: ago(60) };
const msg = (n, query, text, extra = {}) => ({ id: id(600 + n), app_id: id(101), conversation_id: conversation.id, parent_id: "", run_id: id(700 + n), source: "site", end_user_id: id(9), inputs: conversation.inputs, query, answer: text, reasoning: "", status: "succeeded", usage, files: [], created_at: ago(1000 - n), updated_at: ago(1000 - n), ...extra });
const messages = [
  msg(1, "请看这份采购合同的付款条款：\n5.1 合同签订后三日内支付合同总价的 60%。\n5.2 验收合格后支付剩余款项。", answer, { reasoning: "用户给出了付款条款。先看比例：60% 预付明显偏高，公司制度上限是 30%。再看验收……\n需要给出表格和修改建议。", feedback: { id: id(1), message_id: id(601), rating: "like", content: "", created_at: ago(1), updated_at: ago(1) } }),
  msg(2, "违约金写 0.05% 一天可以吗？", "可以。**每日万分之五**是常见约定，年化约 18.25%，法院一般不会认为过高。", { parent_id: id(601) }),
  msg(3, "违约金写 0.05% 一天可以吗？", "可以，但建议同时约定上限，例如合同总价的 10%，否则长期逾期时容易被调减。", { parent_id: id(601) }),
  msg(4, "那帮我把整个第五条重写一遍，中英文对照。", "第五条　付款\n\n5.1 本合同签订后十日内，买方向卖方支付合同总价的 30% 作为预付款", { parent_id: id(603), status: "failed", error: { code: "upstream_stalled", kind: 9, text: { en: "the model server sent nothing for 120 s", zh: "模型服务 120 秒没有任何输出" } } }),
];
const finding = (check, status, en, zh, ms, raw) => ({ check, status, text: { en, zh }, ms, ...(raw ? { raw } : {}) });
const findings = [
  finding("dns", "ok", "10.20.3.15 needs no name lookup", "地址 10.20.3.15 无需域名解析", 1),
  finding("connect", "ok", "the server accepts connections", "服务可以连接", 3),
  finding("tls", "skip", "plain http, no certificate to check", "使用 http，没有证书需要检查", 0),
  finding("list", "ok", "the server lists 4 models", "服务列出了 4 个模型", 41, '{"object":"list","data":[{"id":"qwen3-32b-instruct"},{"id":"qwen3-vl-8b"},{"id":"bge-m3"},{"id":"bge-reranker-v2-m3"}]}'),
  finding("chat", "ok", "qwen3-32b-instruct answers", "qwen3-32b-instruct 可以正常回答", 812, '{"choices":[{"message":{"role":"assistant","content":"好"}}]}'),
  finding("stream_framing", "warn", "events are separated by CR LF instead of LF; islet reads both", "事件以 CR LF 分隔而不是 LF，islet 两种都能读取", 640, 'data: {"choices":[{"delta":{"content":"好"}}]}\\r\\n\\r\\n'),
  finding("tools", "ok", "the model can call tools", "模型支持工具调用", 930),
  finding("usage", "info", "the server counts tokens in streams", "服务会在流式输出中统计 token", 0),
];
const model = (n, e, name, kind, abilities, size, extra = {}) => ({ id: id(40 + n), endpoint_id: id(e), name, kind, abilities, context_size: size, max_output: 8192, disabled: false, manual: false, created_at: ago(9e5), ...extra });
const endpoints = [
  {
    endpoint: { id: id(20), name: "vLLM（GPU 一号机）", vendor: "vllm", protocol: "openai", base_url: "http://10.20.3.15:8000/v1", options: {}, profile: { probed_at: ago(5400), http1: false, findings, failed: 0, warned: 1, no_stream_usage: false, no_stream: false }, disabled: false, created_at: ago(9e5), updated_at: ago(9e5) },
    credentials: [{ id: id(30), endpoint_id: id(20), name: "default", hint: "9f2c", disabled: false, cooldown_until: null, created_at: ago(9e5) }, { id: id(31), endpoint_id: id(20), name: "批处理专用", hint: "77aa", disabled: false, cooldown_until: new Date(Date.now() + 9e4).toISOString(), created_at: ago(9e5) }],
    models: [model(1, 20, "qwen3-32b-instruct", "llm", { tools: true, json_schema: true, reasoning: true }, 131072), model(2, 20, "qwen3-vl-8b", "llm", { vision: true, tools: true }, 32768), model(3, 20, "bge-m3", "embedding", {}, 8192), model(4, 20, "bge-reranker-v2-m3", "rerank", {}, 8192, { disabled: true })],
  },
  {
    endpoint: { id: id(21), name: "Ollama", vendor: "ollama", protocol: "ollama", base_url: "http://ollama.intra.example.com:11434", options: {}, profile: { probed_at: ago(90000), http1: false, findings: findings.slice(0, 2).concat(finding("chat", "fail", "the server refused the connection", "服务拒绝连接，请检查是否以 OLLAMA_HOST=0.0.0.0 启动", 3002)), failed: 1, warned: 0, no_stream_usage: false, no_stream: false }, disabled: false, created_at: ago(9e5), updated_at: ago(9e5) },
    credentials: [],
    models: [model(5, 21, "deepseek-r1:14b-distill-qwen-q4_K_M", "llm", { reasoning: true }, 65536, { manual: true })],
  },
];
const vendor = (vid, en, zh, local, base_url, needs_key = false) => ({ id: vid, name: { en, zh }, protocol: vid === "ollama" ? "ollama" : "openai", base_url, local, needs_key, hint: { en: "the address with /v1 at its end", zh: "服务的地址，以 /v1 结尾" }, models: [] });
const vendors = {
  data: [vendor("vllm", "vLLM", "vLLM", true, "http://127.0.0.1:8000/v1"), vendor("ollama", "Ollama", "Ollama", true, "http://127.0.0.1:11434"), vendor("xinference", "Xinference", "Xinference", true, "http://127.0.0.1:9997/v1"), vendor("llamacpp", "llama.cpp", "llama.cpp", true, "http://127.0.0.1:8080/v1"), vendor("custom", "OpenAI-compatible", "OpenAI 兼容", true, ""), vendor("deepseek", "DeepSeek", "DeepSeek（深度求索）", false, "https://api.deepseek.com/v1", true), vendor("dashscope", "Qwen (Alibaba Cloud Model Studio)", "通义千问（阿里云百炼）", false, "https://dashscope.aliyuncs.com/compatible-mode/v1", true), vendor("openai", "OpenAI", "OpenAI", false, "https://api.openai.com/v1", true)],
  protocols: ["OpenAI", "Ollama", "Anthropic"].map((x) => ({ id: x.toLowerCase(), title: { en: x, zh: x }, kinds: ["llm", "embedding"], fields: [] })),
};
const backup = (n, extra = {}) => ({ id: id(800 + n), name: `islet-2026-11-${String(23 - n).padStart(2, "0")}-030000.tar.zst`, trigger: "nightly", status: "verified", size: 48_230_112 - n * 90_000, sha256: "ab".repeat(32), encrypted: true, members: 12, rows: 18422 - n * 31, seconds: 3.4, drill_seconds: 5.1, created_at: ago(40000 + n * 86400), finished_at: ago(39990 + n * 86400), missing: false, ...extra });
const backups = [backup(0, { trigger: "manual", created_at: ago(300) }), backup(1), backup(2, { status: "failed", size: 0, drill_seconds: 0, rows: 0, error: { code: "disk_full", kind: 11, text: { en: "the disk is full; free space or keep fewer backups", zh: "磁盘已满，请清理空间或减少保留份数" } } }), backup(3), backup(4, { missing: true }), backup(5)];
const version = (n, extra = {}) => ({ id: id(300 + n), app_id: id(101), number: n, name: "", note: "", settings, created_by: me.id, created_at: ago(9000 * (5 - n)), ...extra });
const user = (n, name, email, role, extra = {}) => ({ id: id(n), email, name, role, language: "zh-CN", theme: "system", disabled: false, created_at: ago(8e6), last_seen_at: ago(n * 4000), ...extra });
const members = [me, user(11, "陈启明", "chen@example.com", "admin"), user(12, "欧阳慧琳", "ouyang@example.com", "editor"), user(13, "David Miller", "david.miller@example.com", "member", { disabled: true, last_seen_at: null })];

const list = (data) => ({ data, total: data.length });
const fail = (status, code, message) => ({ __status: status, code, message, status, request_id: "req-01JD7Q4T" });

function api(method, path) {
  const p = path.replace(/^\/console\/api/, "");
  if (scene === "errors" && method === "GET" && !/^\/(me|setup)$/.test(p)) return fail(500, "internal_server_error", "islet 内部出错，详情见服务器日志");
  if (p === "/setup") return method === "POST" ? { user: me } : { done: scene !== "setup", version: "0.1.0", workspace_name: scene === "setup" ? "" : workspace.name, language: "zh-CN" };
  if (p === "/signin") return scene === "out" ? fail(401, "signin_failed", "邮箱或密码不正确") : { user: me };
  if (scene === "setup" || scene === "out") return fail(401, "unauthorized", "请先登录");
  if (p.startsWith("/invites/open/")) return p.endsWith("bad") ? fail(400, "link_invalid", "链接无效或已过期") : { purpose: "invite", email: "new@example.com", role: "editor", workspace_name: workspace.name, invited_by: me.name, expires_at: new Date(Date.now() + 2e8).toISOString() };
  if (p === "/me") return { user: me, workspace, version: "0.1.0" };
  if (p === "/members") return list(members);
  if (p === "/invites") return method === "POST" ? { invite: { id: id(90), purpose: "invite", email: "new@example.com", role: "editor", created_by: me.id, created_at: ago(1), expires_at: new Date(Date.now() + 2e8).toISOString(), used_at: null }, link: "/invite/tok_4d8f1c22ab0e4f5a9e" } : list([{ id: id(91), purpose: "invite", email: "zhao.pengfei@example.com", role: "editor", created_by: me.id, created_at: ago(9000), expires_at: new Date(Date.now() + 2e8).toISOString(), used_at: null }]);
  if (p === "/vendors") return vendors;
  if (p === "/endpoints") return list(scene === "empty" ? [] : endpoints);
  if (p === "/models/defaults") return { llm: scene === "empty" ? null : settings.model, embedding: null, rerank: null };
  if (p === "/models") return list(scene === "empty" ? [] : endpoints.flatMap((e) => e.models.map((m) => ({ model: m, endpoint_name: e.endpoint.name }))).filter((r) => r.model.kind === "llm"));
  if (p === "/apps/import") return scene === "pending" ? { ...imported, status: "pending", app_id: "", imported_dsl_version: "0.7.1" } : imported;
  if (/^\/apps\/import\//.test(p)) return imported;
  if (p === "/tools") return list(tools);
  if (p === "/apps") return method === "POST" ? apps[0] : list(scene === "empty" ? [] : apps.map(({ draft, ...a }) => a));
  const one = /^\/apps\/([^/]+)(\/.*)?$/.exec(p);
  if (one) {
    const a = apps.find((x) => x.id === one[1]);
    if (!a) return fail(404, "not_found", "未找到应用");
    const rest = one[2] ?? "";
    if (rest === "/check") return { error: "", mode: a.mode, nodes: checked, status: "completed", version: "0.6.0", warnings: [] };
    if (rest === "/runs") return scene === "empty" ? list([]) : { data: wruns.map((run) => ({ run, end_user: "u" })), total: 64 };
    if (/^\/runs\/[^/]+$/.test(rest)) { const run = wruns.find((r) => rest.endsWith(r.id)) ?? wruns[0]; return { run, nodes: run.status === "paused" ? nodeRuns.slice(0, 6) : nodeRuns, forms: run.status === "paused" ? [form] : [] }; }
    if (rest === "/conversations") return list(scene === "empty" ? [] : [{ conversation, messages: 4, end_user: "u" }, { conversation: { ...conversation, id: id(501), source: "api", name: "供应商要求修改交付地点，是否需要重新签订补充协议并走审批流程" }, messages: 1, end_user: "u2" }]);
    if (/^\/conversations\/.*\/messages$/.test(rest)) return list(messages);
    if (rest === "/draft") return { rev: 5, problems: [{ field: "suggested[1]", code: "empty", message: "第 2 个推荐问题为空；请填写或删除" }] };
    if (rest === "/versions") return list([version(3, { id: id(301), name: "回答更简短", note: "去掉寒暄；表格只列高风险项。" }), version(2, { note: "接入新模型" }), version(1)]);
    if (rest === "/keys") return method === "POST" ? { key: { id: id(95), app_id: a.id, hint: "k9Qz", created_by: me.id, created_at: ago(1), last_used_at: null }, token: "app-3mV8sKq1Zt0Yw7RbN4cEk9Qz" } : list([{ id: id(94), app_id: a.id, hint: "Zt0Y", created_by: me.id, created_at: ago(90000), last_used_at: ago(400) }]);
    if (rest === "/publish") return version(4);
    if (rest.startsWith("/debug/")) return list(messages.map((m) => ({ ...m, source: "debug" })));
    if (rest.endsWith("/suggested")) return { data: ["质保金应该留多少？", "验收期限写多久合适？", "能生成一份对照表吗？"] };
    if (rest.endsWith("/trace")) return { run: { id: id(1), status: "succeeded", usage, steps: 3, started_at: ago(9), finished_at: ago(5) }, nodes: [{ id: id(2), run_id: id(1), node_id: "llm", type: "llm", title: "LLM", index: 1, status: "succeeded", inputs: {}, process: { model: "qwen3-32b-instruct", finish_reason: "stop", params: { temperature: 0.3, max_tokens: 2048 }, prompts: [{ role: "system", text: settings.prompt.replaceAll("{{department}}", "法务部") }, { role: "user", text: "违约金写 0.05% 一天可以吗？" }] }, outputs: {}, usage, elapsed: 4.2, started_at: ago(9) }] };
    return a;
  }
  if (p === "/backups") return method === "POST" ? backup(0, { status: "running", size: 0 }) : { data: scene === "empty" ? [] : backups, settings: { enabled: true, at: "03:00", keep: 7, passphrase_set: true }, next_at: new Date(Date.now() + 3e7).toISOString(), free_bytes: 182_000_000_000, dir: "/srv/islet/data/backups" };
  if (p === "/system") return { version: "0.1.0", commit: "4f1c0d9a77be", go: "go1.26.1", os: "linux", arch: "amd64", data_dir: "/srv/islet/data", started_at: ago(400000), sizes: { islet_db: 52_000_000, trace_db: 190_000_000, kv: 31_000_000, files: 812_000_000, backups: 337_000_000, free: 182_000_000_000 } };
  return {};
}

function siteApi(method, path) {
  if (path.startsWith("/api/forms/gone")) return fail(404, "form_not_found", "此地址没有可填写的表单");
  if (path.startsWith("/api/forms/")) return { app: apps[5], language: "zh-CN", ...form, ...(scene === "answered" || method === "POST" ? { status: "submitted", action_id: "go", done_at: ago(5) } : scene === "expired" ? { status: "expired" } : {}) };
  const rest = path.replace(/^\/api\/sites\/[^/]+/, "");
  const kind = /^\/api\/sites\/(flow|text)/.exec(path)?.[1];
  if (rest === "" && kind) return { app: kind === "flow" ? apps[5] : apps[8], site: { ...site, show_steps: true, description: "" }, opening: "", suggested: [], variables: settings.variables, fields: kind === "flow" ? graph.nodes[0].data.variables.map((v) => ({ default: null, max_length: 0, options: [], hide: false, hint: "", allowed_file_types: [], allowed_file_extensions: [], allowed_file_upload_methods: [], ...v })) : [], files: { ...settings.files, enabled: kind === "text" ? false : true }, follow_up: false };
  if (scene === "off") return fail(404, "site_off", "该应用未开放");
  if (rest === "") return { app: apps[0], site, opening: settings.opening, suggested: settings.suggested, variables: scene === "plain" ? [] : settings.variables, files: settings.files, follow_up: true };
  if (rest === "/conversations") return list(scene === "empty" ? [] : [{ ...conversation, id: id(501), name: "保密协议争议解决条款", pinned: true }, conversation, ...["劳动合同试用期最长多久", "供应商要求修改交付地点，是否需要重新签订补充协议并走审批流程", "English: termination for convenience", "发票与付款的先后顺序"].map((name, i) => ({ ...conversation, id: id(510 + i), name }))]);
  if (rest.endsWith("/messages") && method === "GET") return list(messages);
  if (rest.endsWith("/suggested")) return { data: ["质保金应该留多少？", "验收期限写多久合适？", "能生成一份对照表吗？"] };
  if (rest === "/files") return { id: id(77), name: "合同扫描件.png", extension: "png", mime: "image/png", size: 482_113, hash: "", created_at: ago(1) };
  return {};
}

async function turn(res, body) {
  res.writeHead(200, { "Content-Type": "text/event-stream" });
  let seq = 0;
  const send = (event, data) => res.write(`id: ${++seq}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  const m = msg(50 + Math.floor(Math.random() * 900), body.query ?? "再来一次", "", { status: "running", parent_id: body.parent_id ?? "", id: crypto.randomUUID() });
  const c = { ...conversation, id: body.conversation_id || id(500) };
  send("started", { message: m, conversation: c });
  const wait = (ms) => new Promise((r) => setTimeout(r, ms));
  await wait(300);
  for (const piece of ["先看", "比例，", "再看验收", "和质保。"]) { send("reasoning", { text: piece }); await wait(60); }
  const stop = scene === "cut" ? answer.length / 2 : answer.length;
  for (let i = 0; i < stop; i += 4) { send("delta", { text: answer.slice(i, i + 4) }); await wait(scene === "fast" ? 1 : 10); }
  if (scene === "cut") return void res.destroy();
  send("finished", { message: { ...m, status: "succeeded", answer, reasoning: "先看比例，再看验收和质保。" }, conversation: c });
  res.end();
}

async function probe(res) {
  res.writeHead(200, { "Content-Type": "text/event-stream" });
  for (const f of findings) {
    res.write(`event: finding\ndata: ${JSON.stringify(f)}\n\n`);
    await new Promise((r) => setTimeout(r, 120));
  }
  res.end(`event: done\ndata: ${JSON.stringify({ profile: endpoints[0].endpoint.profile, protocol: "openai", models: endpoints[0].models })}\n\n`);
}

createServer(async (req, res) => {
  const path = new URL(req.url, "http://x").pathname;
  if (path.startsWith("/__scene/")) {
    scene = path.slice(9);
    return void res.end(scene);
  }
  let raw = "";
  for await (const c of req) raw += c;
  if (path.startsWith("/console/api") || path.startsWith("/api/")) {
    if (scene === "slow") await new Promise((r) => setTimeout(r, 20000));
    let body = {};
    try { body = JSON.parse(raw || "{}"); } catch { /* multipart */ }
    if ((req.method === "POST" && /\/(run|runs)$/.test(path)) || /\/runs\/[^/]+\/events$/.test(path)) return void (await flow(res));
    const asks = req.method === "POST" && (/\/debug$/.test(path) || /\/messages$/.test(path) || /\/regenerate$/.test(path));
    if (asks || /\/events$/.test(path)) return void (await turn(res, body));
    if (/\/probe$/.test(path)) return void (await probe(res));
    const known = path.startsWith("/console/api/") ? await knowledge(scene, req.method, path.slice("/console/api".length), new URL(req.url, "http://x").searchParams, body) : undefined;
    const out = known ?? (path.startsWith("/api/") ? siteApi(req.method, path) : api(req.method, path));
    const { __status = 200, ...json } = out;
    res.writeHead(__status, { "Content-Type": "application/json" });
    return void res.end(JSON.stringify(json));
  }
  const file = join(dist, extname(path) ? path : "index.html");
  const found = existsSync(file) ? readFileSync(file) : existsSync(`${file}.gz`) ? gunzipSync(readFileSync(`${file}.gz`)) : null;
  if (!found) return void res.writeHead(404).end();
  res.writeHead(200, { "Content-Type": types[extname(file)] ?? "application/octet-stream", "Content-Security-Policy": "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'" });
  res.end(found);
}).listen(Number(process.argv[2] ?? 8191), "127.0.0.1", () => console.log("mock on", process.argv[2] ?? 8191));
