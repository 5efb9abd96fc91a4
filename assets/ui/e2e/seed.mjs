// A site as it looks after some weeks, made by its own API: five kinds of app with conversations, a dataset, models, people.
import { readFileSync } from "node:fs";

/** A client that keeps the cookies of one person, or a key. */
export function client(base, key = "") {
  let cookie = "";
  return async (method, path, body) => {
    const res = await fetch(base + path, {
      method,
      headers: { ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...(cookie ? { Cookie: cookie } : {}), ...(key ? { Authorization: `Bearer ${key}` } : {}) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const set = res.headers.getSetCookie();
    if (set.length > 0) cookie = set.map((c) => c.split(";")[0]).join("; ");
    const text = await res.text();
    if (!res.ok) throw new Error(`${method} ${path}: ${res.status} ${text.slice(0, 300)}`);
    return text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text;
  };
}

export const person = { email: "lin@example.com", password: "correct horse 9 battery" };

const leave = "# 年休假\n\n职工累计工作已满一年不满十年的，年休假五天；已满十年不满二十年的，年休假十天；已满二十年的，年休假十五天。\n\n# 病假\n\n病假超过三天须附医院证明。";
const travel = "# 差旅\n\n一线城市住宿标准每晚 480 元，其他城市 360 元。超出部分自理。\n\n# 报销\n\n返回后十个工作日内提交，附发票原件。";

/** Fills a fresh site; returns what a tour needs to find its way. */
export async function seed(base, code, model) {
  const owner = client(base);
  await owner("POST", "/console/api/setup", { code, name: "林晓雯", ...person, workspace_name: "华东区域运营中心", language: "zh-CN" });
  const { endpoint } = await owner("POST", "/console/api/endpoints", { name: "vLLM（机房 A）", vendor: "custom", protocol: "openai", base_url: model, key: "sk-seed-key-123456", models: [{ name: "echo", kind: "llm" }, { name: "embed", kind: "text-embedding" }] });
  const ref = { endpoint_id: endpoint.id, name: "echo" };
  const apps = {};
  const make = async (mode, name, icon, description, change) => {
    const a = await owner("POST", "/console/api/apps", { mode, name, description, icon, icon_color: "#E0F1F4" });
    const full = await owner("GET", `/console/api/apps/${a.id}`);
    if (change) await owner("PUT", `/console/api/apps/${a.id}/draft`, { rev: full.draft_rev, settings: { ...full.draft, ...change } });
    await owner("POST", `/console/api/apps/${a.id}/publish`, { name: "第一版", note: "" });
    apps[mode] = { id: a.id, code: a.site.code };
    const { token } = await owner("POST", `/console/api/apps/${a.id}/keys`, {});
    return client(base, token);
  };
  const variable = { name: "部门", label: "部门", kind: "text", required: false, max_length: 48, default: "法务部" };
  const chat = await make("chat", "合同审阅助手", "📑", "逐条指出合同条款的风险，并给出修改建议。", { model: ref, prompt: "你是{{部门}}的合同审阅助手，回答简洁。", variables: [variable], opening: "您好，请贴出要审阅的条款。", suggested: ["付款条款有什么风险？", "违约金上限应该怎么写？"] });
  await make("agent-chat", "设备工程师", "🛠️", "查手册、算参数、排故障。", { model: ref, prompt: "你是设备工程师。" });
  const completion = await make("completion", "周报生成", "📝", "把零散记录整理成一页周报。", { model: ref, prompt: "把以下记录整理成周报：{{记录}}", variables: [{ ...variable, name: "记录", label: "本周记录", kind: "paragraph", required: true, max_length: 4000, default: "" }] });
  const yaml = readFileSync(new URL("flow.yml", import.meta.url), "utf8");
  const imported = await owner("POST", "/console/api/apps/import", { yaml_content: yaml });
  const flow = imported.app_id;
  const full = await owner("GET", `/console/api/apps/${flow}`);
  await owner("POST", `/console/api/apps/${flow}/publish`, { name: "第一版", note: "" });
  apps.workflow = { id: flow, code: full.site.code };
  await make("advanced-chat", "客服对话流", "🎧", "先分类，再查知识库，最后回答；复杂问题转人工。");
  for (const id of ["data-cleaning", "ticket-triage"]) apps[id] = { id: (await owner("POST", `/console/api/templates/${id}/use`, {})).id };
  for (let i = 0; i < 3; i++) await chat("POST", "/v1/chat-messages", { query: ["付款条款有什么风险？", "请把第七条改写得更稳妥。", "Is the penalty clause enforceable?"][i], inputs: {}, user: `员工-${i}`, response_mode: "blocking" });
  await completion("POST", "/v1/completion-messages", { inputs: { 记录: "完成三台机床的季度保养；处理两起报警。" }, user: "员工-1", response_mode: "blocking" });
  const dataset = await owner("POST", "/console/api/datasets", { name: "公司制度", description: "休假、差旅、报销的现行制度。", permission: "all_team_members", icon: "📘" });
  await owner("POST", `/console/api/datasets/${dataset.id}/documents`, { documents: [{ name: "员工休假管理办法.md", text: leave }, { name: "差旅报销标准.md", text: travel }] });
  for (let i = 0; i < 100; i++) {
    const p = await owner("GET", `/console/api/datasets/${dataset.id}/documents`);
    if (p.data.every((d) => d.stage === "completed")) break;
    await new Promise((r) => setTimeout(r, 100));
  }
  const docs = (await owner("GET", `/console/api/datasets/${dataset.id}/documents`)).data;
  return { owner, apps, dataset: dataset.id, document: docs[0].id };
}
