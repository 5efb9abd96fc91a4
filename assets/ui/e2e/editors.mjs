// How apps come about, in a real browser: each of the five types from blank by mouse, one by keys alone up to the first answer, an
// agent with its thoughts, four models side by side, a prompt that the model writes, a template, a pasted file, a chat turned into
// a graph, words kept out. axe looks at every screen; any console message fails the run.
//   BASE_URL=… SETUP_CODE=… MODEL_URL=… SHOTS=dir node e2e/editors.mjs
import { mkdirSync, readFileSync } from "node:fs";
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
const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const complaints = [];
const browser = await start();
const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "zh-CN", colorScheme: "light", reducedMotion: "reduce", bypassCSP: true });
context.setDefaultTimeout(15_000);
watch(context, complaints, ["/console/api/me"]);
const page = await context.newPage();

let step = 0;
/** A picture, and axe's word on it; the canvas is looked at by its own journey. */
async function shot(name, canvas = false) {
  await page.screenshot({ path: join(shots, `editors-${String(++step).padStart(2, "0")}-${name}.png`) });
  if (canvas) return;
  await page.evaluate(axe);
  const bad = await page.evaluate(async () => {
    const r = await window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] });
    return r.violations.filter((v) => v.impact === "serious" || v.impact === "critical").map((v) => `${v.id} ${v.nodes.slice(0, 2).map((n) => n.html.slice(0, 120)).join(" | ")}`);
  });
  if (bad.length > 0) throw new Error(`axe, ${name}: ${bad.join("\n")}`);
}
const button = (name, within = page) => within.getByRole("button", { name, exact: true });
const dialog = page.getByRole("dialog");
const say = (text) => console.log(`editors: ${text}`);
const api = async (method, path, data) => {
  const r = await page.request.fetch(`${base}/console/api${path}`, { method, data });
  if (!r.ok()) throw new Error(`${method} ${path}: ${r.status()} ${await r.text()}`);
  return r.json();
};

async function setUp() {
  await api("POST", "/setup", { code: env("SETUP_CODE"), name: "林晓雯", email: "lin@example.com", password: "correct horse 9 battery", workspace_name: "端到端测试", language: "zh-CN" });
  const model = (name, tools) => ({ name, kind: "llm", abilities: { tools } });
  const ep = await api("POST", "/endpoints", { name: "实验室", vendor: "custom", protocol: "openai", base_url: env("MODEL_URL"), key: "sk-1234567890", models: [model("qwen3", true), model("glm4", false), model("deepseek", true), model("llama3", true)] });
  await api("PUT", "/models/defaults", { llm: { endpoint_id: ep.endpoint.id, name: "qwen3" } });
}

const types = ["聊天助手", "智能体", "文本生成", "对话流", "工作流"];

async function blank() {
  await page.goto(`${base}/apps`);
  await shot("first");
  for (const [i, type] of types.entries()) {
    await page.goto(`${base}/apps`);
    await button("创建应用").first().click();
    await dialog.getByRole("radio", { name: type }).click();
    await dialog.getByLabel("名称", { exact: true }).fill(`空白${type}`);
    if (i === 0) await shot("create");
    await button("创建", dialog).click();
    await page.getByRole("heading", { name: `空白${type}` }).waitFor();
    await page.waitForURL(/\/edit/);
  }
  await page.goto(`${base}/apps`);
  for (const type of types) await page.getByRole("link", { name: `打开 空白${type}` }).waitFor();
  await shot("apps");
  say("five types from blank");
}

/** Presses Tab until what has the focus is called so. */
async function tabTo(name, most = 120) {
  for (let i = 0; i < most; i++) {
    const now = await page.evaluate(() => document.activeElement?.getAttribute("aria-label") || document.activeElement?.labels?.[0]?.innerText || document.activeElement?.innerText || "");
    if (now.trim() === name) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never came to ${name}`);
}

async function byKeys() {
  await page.goto(`${base}/apps`);
  await page.getByRole("heading", { name: "工作室" }).waitFor();
  await page.keyboard.press("?");
  await dialog.getByText("新建应用", { exact: false }).or(dialog.getByText("创建应用")).first().waitFor();
  await shot("keys");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  await page.keyboard.press("Control+k");
  await page.keyboard.type("创建应用");
  await page.keyboard.press("Enter");
  await dialog.getByLabel("名称", { exact: true }).waitFor();
  await tabTo("名称");
  await page.keyboard.type("键盘助手");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "键盘助手" }).waitFor();
  await tabTo("提示词");
  await page.keyboard.type("你是键盘助手，回答简洁。");
  await tabTo("消息");
  await page.keyboard.type("say: 只用键盘也可以");
  await page.keyboard.press("Enter");
  await page.locator(".prose", { hasText: "只用键盘也可以" }).waitFor();
  await shot("by-keys");
  for (const [i, type] of types.entries()) if (i > 0) await typeByKeys(i, type);
  say("each of the five types and its first answer by keys alone");
}

/** Makes an app of one of the types from blank, builds what it needs and runs it, without the mouse. */
async function typeByKeys(i, type) {
  await page.goto(`${base}/apps`);
  await page.getByRole("heading", { name: "工作室" }).waitFor();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("创建应用");
  await page.keyboard.press("Enter");
  await dialog.getByLabel("名称", { exact: true }).waitFor();
  for (let n = 0; n < 12 && !(await page.evaluate(() => document.activeElement?.getAttribute("role") === "radio")); n++) await page.keyboard.press("Shift+Tab");
  for (let n = 0; n < i; n++) await page.keyboard.press("ArrowRight", { delay: 60 }); // as fingers do: the choice follows the focus while the key is down
  await dialog.getByRole("radio", { name: type, checked: true }).waitFor();
  await tabTo("名称");
  await page.keyboard.type(`键盘${type}`);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: `键盘${type}` }).waitFor();
  await page.waitForURL(/\/edit/);
  if (type === "智能体") {
    await tabTo("提示词");
    await page.keyboard.type("你由键盘写成。");
    await tabTo("消息");
    await page.keyboard.type("say: 由键盘写成");
    await page.keyboard.press("Enter");
  } else if (type === "文本生成") {
    await tabTo("查询内容");
    await page.keyboard.type("say: 由键盘写成");
    await tabTo("生成");
    await page.keyboard.press("Enter");
  } else if (type === "对话流") {
    await page.locator("[data-node]").first().waitFor();
    await page.keyboard.press("Alt+r");
    await tabTo("消息");
    await page.keyboard.type("say: 由键盘写成");
    await page.keyboard.press("Enter");
  } else {
    await graphByKeys();
  }
  await page.getByText("由键盘写成").last().waitFor();
  if (type !== "工作流") await page.locator(".prose", { hasText: "由键盘写成" }).last().waitFor();
}

/** start → template → end, and a test run of it. */
async function graphByKeys() {
  await page.locator('[data-node="start"], [data-node]').first().waitFor();
  await page.keyboard.press("Control+f");
  await page.keyboard.type("ks");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.hasAttribute("data-node"));
  await page.keyboard.press("n");
  await page.keyboard.type("mbzh");
  await page.keyboard.press("Enter");
  await page.waitForTimeout(400);
  await tabTo("模板转换");
  await page.keyboard.type("由键盘写成");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Alt+r");
  await tabTo("运行");
  await page.keyboard.press("Enter");
}

async function generator() {
  await page.goto(`${base}/apps`);
  await page.getByRole("link", { name: "打开 空白聊天助手" }).click();
  await button("帮我写").click();
  await dialog.getByLabel("用来做什么？").fill("say: 你是{{department}}的报销助手。");
  await page.keyboard.press("Control+Enter");
  await button("采用", dialog).and(page.locator(":enabled")).waitFor();
  await button("再写一版", dialog).click();
  await dialog.getByRole("group", { name: "版本" }).getByText("2/2").waitFor();
  await shot("generator");
  await button("采用", dialog).click();
  await dialog.waitFor({ state: "hidden" });
  await expect(async () => (await page.getByRole("textbox", { name: "提示词" }).inputValue()).includes("{{department}}"), "the prompt is taken");
  await button("忽略").click();
  await page.getByText("{{department}}", { exact: true }).first().waitFor();
  await page.getByRole("textbox", { name: "提示词" }).fill("你是{{team}}的报销助手。");
  await button("添加").or(page.getByRole("button", { name: "全部添加" })).first().click();
  await page.getByText("已保存").waitFor();
  await shot("declared");
  say("a prompt written by the model, its variables declared");
}

async function compare() {
  await button("多模型对比").first().click();
  await button("添加模型").click();
  await button("添加模型").click();
  await expect(async () => (await page.getByRole("button", { name: /^模型 \d: / }).count()) === 4, "four columns with a model each");
  await page.getByLabel("team").first().fill("财务部");
  await page.getByRole("textbox", { name: "消息", exact: true }).fill("count to 12");
  await page.keyboard.press("Enter");
  await expect(async () => (await page.getByRole("button", { name: "复制回答" }).count()) === 4, "four answers");
  await shot("compare");
  await page.getByRole("region", { name: "deepseek" }).getByRole("button", { name: "选用此模型" }).click();
  await page.getByRole("region", { name: "deepseek" }).getByText("应用当前模型").waitFor();
  await button("返回编辑").click();
  await page.getByRole("button", { name: /deepseek/ }).first().waitFor();
  await page.getByText("已保存").waitFor();
  say("four models side by side, one taken");
}

async function moderation() {
  await page.getByRole("switch", { name: "内容审查" }).click();
  await page.getByLabel("屏蔽词，每行一个").fill("内部价");
  await page.getByLabel("审查回答").click();
  await page.getByText("已保存").waitFor();
  await page.getByRole("region", { name: "调试" }).getByLabel("team").fill("财务部");
  await page.getByRole("textbox", { name: "消息", exact: true }).fill("内部价是多少？");
  await page.keyboard.press("Enter");
  await page.locator(".prose", { hasText: "抱歉，无法回答此问题。" }).waitFor();
  await page.getByRole("textbox", { name: "提示词" }).fill("简洁回答。");
  await page.getByText("已保存").waitFor();
  await shot("moderation");
  say("a word is kept out");
}

async function agent() {
  await page.goto(`${base}/apps`);
  await page.getByRole("link", { name: "打开 空白智能体" }).click();
  await page.getByText("当前使用此方式：qwen3 支持直接调用工具。").waitFor();
  await button("添加工具").click();
  await page.getByRole("searchbox", { name: "搜索工具" }).fill("星期");
  await page.getByRole("button", { name: /星期几/ }).first().click();
  await page.keyboard.press("Escape");
  await page.getByRole("list", { name: "工具" }).getByText("星期几").first().waitFor();
  await page.getByText("已保存").waitFor();
  await page.getByRole("textbox", { name: "消息", exact: true }).fill("请调用 weekday");
  await page.keyboard.press("Enter");
  await page.locator("summary", { hasText: "调用工具 1 次" }).waitFor();
  await page.locator(".prose", { hasText: "the tool said" }).waitFor();
  await page.getByRole("button", { name: "复制回答" }).waitFor(); // it was unfolded while it happened, and is folded now
  await page.locator("summary", { hasText: "调用工具 1 次" }).click();
  await page.locator("summary", { hasText: "星期几" }).last().click();
  await page.getByText("is a", { exact: false }).first().waitFor();
  await shot("agent");
  say("an agent calls a tool and shows it");
}

async function template() {
  await page.goto(`${base}/templates`);
  await page.getByRole("searchbox", { name: "搜索模板" }).fill("审批");
  await button("人工审批流程").waitFor();
  await shot("templates");
  await button("人工审批流程").click();
  await page.getByRole("img", { name: "人工审批流程的流程图" }).waitFor();
  await shot("template");
  await button("使用此模板").click();
  await page.waitForURL(/\/edit/);
  await page.getByRole("heading", { name: "人工审批流程" }).waitFor();
  await page.getByText("负责人审批").first().waitFor();
  await shot("template-open", true);
  say("a template opens in its editor");
}

async function pasted() {
  await page.goto(`${base}/apps`);
  await button("导入文件").first().click();
  await dialog.getByRole("radio", { name: "粘贴内容" }).click();
  await dialog.getByRole("textbox").fill("app: {mode: chat, name: 粘贴来的应用}\nkind: app\nversion: 0.6.0\nmodel_config: {pre_prompt: 你好}\n");
  await shot("paste");
  await button("导入", dialog).click();
  await dialog.getByText("内容已全部导入。").waitFor();
  await shot("pasted");
  await button("打开应用", dialog).click();
  await page.getByRole("heading", { name: "粘贴来的应用" }).waitFor();
  await button("更多操作").or(page.getByRole("button", { name: "更多" })).first().click();
  await page.getByRole("menuitem", { name: "转为流程编排" }).click();
  await shot("convert");
  await button("转换", dialog).click();
  await page.getByText("直接回复").first().waitFor();
  await shot("converted", true);
  say("a pasted file becomes an app, and that a chatflow");
}

async function palette() {
  await page.goto(`${base}/apps`);
  await page.getByRole("heading", { name: "工作室" }).waitFor();
  await page.keyboard.press("Control+k");
  const box = page.getByRole("combobox");
  await box.waitFor();
  await page.getByRole("option").first().getByText("粘贴来的应用").waitFor(); // what was opened last
  await shot("palette");
  await box.fill("人工审批");
  await page.getByRole("option", { name: /人工审批流程/ }).first().waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "人工审批流程" }).waitFor();
  say("the palette finds it again");
}

try {
  await setUp();
  await blank();
  await byKeys();
  await generator();
  await compare();
  await moderation();
  await agent();
  await template();
  await pasted();
  await palette();
  if (complaints.length > 0) throw new Error(`the pages complained:\n${complaints.join("\n")}`);
} catch (err) {
  await page.screenshot({ path: join(shots, "editors-failed.png") }).catch(() => undefined);
  console.error(String(err?.stack ?? err), complaints.join("\n"));
  process.exitCode = 1;
} finally {
  await browser.close();
}
