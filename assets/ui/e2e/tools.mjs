// The page of tools in a real browser: an OpenAPI document and an MCP server are added and tried, and an agent with a built-in tool, an
// operation and an MCP tool answers with what they said.
//   BASE_URL=… SETUP_URL=… MODEL_URL=… PARTS_URL=… MCP_URL=… SHOTS=dir node e2e/tools.mjs
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "./expect.mjs";
import { start, watch } from "./browser.mjs";

const env = (name) => {
  const v = process.env[name];
  if (!v) throw new Error(`${name} is not set`);
  return v;
};
const base = env("BASE_URL").replace(/\/$/, "");
const shots = env("SHOTS");
mkdirSync(shots, { recursive: true });

const complaints = [];
const browser = await start();
const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "zh-CN", colorScheme: "light" });
context.setDefaultTimeout(15_000);
watch(context, complaints, ["/console/api/me", "/console/api/tool-providers/preview"]); // nobody is signed in; a document that is none
const page = await context.newPage();
let step = 0;
const shot = (name) => page.screenshot({ path: join(shots, `tools-${String(++step).padStart(2, "0")}-${name}.png`) });
const button = (name) => page.getByRole("button", { name, exact: true });
const say = (text) => console.log(`tools: ${text}`);
const call = (method, path, body) =>
  page.evaluate(
    async ([m, p, b]) => {
      const r = await fetch(`/console/api${p}`, { method: m, headers: { "Content-Type": "application/json" }, body: b === null ? undefined : JSON.stringify(b) });
      if (!r.ok) throw new Error(`${m} ${p}: ${r.status} ${await r.text()}`);
      return r.json();
    },
    [method, path, body ?? null],
  );

async function setUp() {
  await page.goto(env("SETUP_URL").replace(/^https?:\/\/[^/]+/, base));
  await page.getByLabel("您的姓名").fill("林晓雯");
  await page.getByLabel("邮箱").fill("lin@example.com");
  await page.getByLabel("密码", { exact: true }).fill("correct horse 9 battery");
  await page.getByLabel("工作区名称").fill("工具测试");
  await button("创建账号并开始").click();
  await page.getByRole("heading", { name: "第一步：连接模型" }).waitFor();
  const made = await call("POST", "/endpoints", { name: "脚本模型", vendor: "openai-compatible", protocol: "openai", base_url: env("MODEL_URL"), options: {}, key: "", profile: null, models: [{ name: "scripted", kind: "llm", abilities: { tools: true }, context_size: 32768 }] });
  await call("PUT", "/models/defaults", { llm: { endpoint_id: made.endpoint.id, name: "scripted" }, embedding: null, rerank: null });
  say("set up");
}

async function addDocument() {
  await page.getByRole("link", { name: "工具", exact: true }).first().click();
  await page.getByRole("heading", { name: "工具", exact: true }).waitFor();
  await page.getByRole("button", { name: /计算器/ }).waitFor();
  await shot("page");
  await page.getByRole("radio", { name: "MCP", exact: true }).click();
  await page.getByText("尚未连接 MCP 服务").waitFor();
  await shot("empty");
  await page.getByRole("radio", { name: "全部", exact: true }).click();
  await button("添加工具").click();
  await page.getByRole("menuitem", { name: /OpenAPI/ }).click();
  await page.getByRole("radio", { name: "粘贴", exact: true }).waitFor();
  await page.getByLabel("文档", { exact: true }).fill("openapi: 5");
  await page.getByRole("alert").first().waitFor();
  await shot("document-wrong");
  await page.getByRole("radio", { name: "地址", exact: true }).click();
  await page.getByLabel("文档地址").fill(`${env("PARTS_URL")}/openapi.json`);
  await button("读取").click();
  await page.getByText("备件库存：4 个接口").waitFor();
  await page.getByLabel("密钥", { exact: true }).fill("kx-plant-7-secret");
  await page.getByRole("switch", { name: "启用 issue_part" }).click();
  await shot("document");
  await button("添加这些工具").click();
  await page.getByRole("dialog", { name: "备件库存" }).waitFor();
  await page.getByText("查询备件库存").waitFor();
  await shot("provider");
  const row = page.getByRole("listitem").filter({ hasText: "get_part" });
  await row.getByText("试用", { exact: true }).click();
  await row.getByLabel(/^id/).fill("P-7");
  await row.getByRole("button", { name: "运行", exact: true }).click();
  await row.getByText("成功", { exact: true }).waitFor();
  await row.getByText("请求与响应").click();
  await row.getByText("请求", { exact: true }).scrollIntoViewIfNeeded();
  const seen = await page.getByRole("dialog").innerText();
  if (seen.includes("kx-plant-7-secret")) throw new Error("the key is shown");
  if (!seen.includes("循环泵密封圈")) throw new Error("the answer is not shown");
  await shot("tried");
  await page.keyboard.press("Escape");
  say("document added and tried");
}

async function addServer() {
  await button("添加工具").click();
  await page.getByRole("menuitem", { name: /MCP/ }).click();
  await page.getByLabel("名称", { exact: true }).fill("工单系统");
  await page.getByLabel("服务地址").fill(env("MCP_URL"));
  await shot("mcp");
  await button("连接").click();
  await page.getByRole("dialog", { name: "工单系统" }).waitFor();
  await page.getByText("新建工单").waitFor();
  await shot("mcp-tools");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await shot("page-all");
  say("MCP server connected");
}

async function agent() {
  const app = await call("POST", "/apps", { mode: "agent-chat", name: "维修助手", description: "查库存、算总价、开工单", icon: "🛠️", icon_color: "#FCEFD2" });
  await page.goto(`${base}/apps/${app.id}/edit`);
  await page.getByRole("heading", { name: "工具", exact: true }).waitFor();
  await button("添加工具").click();
  await page.getByRole("dialog", { name: "添加工具" }).waitFor();
  await shot("picker");
  for (const name of ["计算", "查询备件库存", "新建工单"]) {
    await page.getByRole("searchbox", { name: "搜索工具" }).fill(name);
    await page.getByRole("dialog", { name: "添加工具" }).getByRole("button", { name: new RegExp(`^${name}`) }).first().click();
  }
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  const list = page.getByRole("list", { name: "工具", exact: true });
  await expect(async () => (await list.getByRole("switch").count()) === 3, "three tools are chosen");
  const row = list.getByRole("listitem").filter({ hasText: "get_part" });
  await row.getByText("2 个参数").click();
  await row.getByRole("radio", { name: "固定值" }).last().click();
  await shot("agent");
  await page.getByRole("textbox", { name: "消息", exact: true }).fill("P-7 还有多少？都换掉要多少钱？顺便开张工单。");
  await button("发送").click();
  await page.getByText(/总价与库存：/).waitFor({ timeout: 30_000 });
  const text = await page.getByRole("article", { name: "一问一答" }).last().innerText();
  for (const want of ["835.8", "循环泵密封圈", "WO-2026-118"]) if (!text.includes(want)) throw new Error(`the answer lacks ${want}: ${text}`);
  await shot("answer");
  say("the agent answered with three tools");
}

async function look() {
  await call("PATCH", "/me", { language: "en", theme: "dark" });
  await page.goto(`${base}/tools`);
  await page.getByRole("heading", { name: "Tools", exact: true }).waitFor();
  await page.getByRole("button", { name: /Calculator/ }).waitFor();
  await page.waitForTimeout(300);
  await shot("dark");
  await page.getByRole("button", { name: /备件库存/ }).click();
  await page.getByText("get_part").waitFor();
  await page.waitForTimeout(300);
  await shot("dark-provider");
  await button("Delete").click();
  await page.getByText("1 app uses it", { exact: false }).waitFor();
  await page.waitForTimeout(300);
  await shot("dark-delete");
  await button("Cancel").click();
  await page.getByRole("dialog", { name: "备件库存" }).getByRole("button", { name: "Edit", exact: true }).click();
  await page.getByText("4 operations", { exact: false }).waitFor();
  await page.waitForTimeout(300);
  await shot("dark-edit");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.goto(`${base}/tools`);
  await page.getByRole("button", { name: /^Charts/ }).click();
  await page.getByLabel("Data").fill("月份,产量\n一月,12\n二月,18\n三月,9");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByRole("img", { name: /chart\.svg/ }).waitFor();
  await page.waitForTimeout(300);
  await shot("dark-chart");
}

try {
  await setUp();
  await addDocument();
  await addServer();
  await agent();
  await look();
  if (complaints.length > 0) throw new Error(`the page complained:\n${complaints.join("\n")}`);
} catch (err) {
  await shot("failed").catch(() => undefined);
  throw err;
} finally {
  await browser.close();
}
