// A chatflow built on the canvas with the mouse from blank: twelve nodes with a branch, an iteration, code, HTTP and a person who
// decides. It is broken, the checklist leads to the places, it is mended and talked to. Then a workflow by keyboard only.
//   BASE_URL=… SETUP_CODE=… MODEL_URL=… ECHO_URL=… SHOTS=dir node e2e/canvas.mjs
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { start, watch } from "./browser.mjs";
import { expect } from "./expect.mjs";

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
const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN", colorScheme: "light", permissions: ["clipboard-read", "clipboard-write"] });
context.setDefaultTimeout(15_000);
watch(context, complaints, ["/console/api/me"]);
let step = 0;
const say = (s) => console.log(`canvas: ${s}`);
async function api(method, path, data) {
  const r = await context.request.fetch(`${base}/console/api${path}`, { method, data });
  const s = await r.text();
  if (!r.ok()) throw new Error(`${method} ${path}: ${r.status()} ${s}`);
  return s ? JSON.parse(s) : {};
}
const graphOf = async (id) => (await api("GET", `/apps/${id}`)).draft.graph;

async function journey(page) {
  const shot = (name) => page.screenshot({ path: join(shots, `canvas-${String(++step).padStart(2, "0")}-${name}.png`) });
  await api("POST", "/setup", { code: env("SETUP_CODE"), name: "李明", email: "li@example.com", password: "correct horse 9 battery", workspace_name: "测试站", language: "zh-CN" });
  const { endpoint } = await api("POST", "/endpoints", { name: "脚本模型", vendor: "custom", protocol: "openai", base_url: env("MODEL_URL"), key: "sk-test-key-123456", models: [{ name: "echo", kind: "llm" }] });
  await api("PUT", "/models/defaults", { ...(await api("GET", "/models/defaults")), llm: { endpoint_id: endpoint.id, name: "echo" } });
  const app = await api("POST", "/apps", { mode: "advanced-chat", name: "售后助手", description: "", icon: "🛠️", icon_color: "#E0F1F4" });
  await page.addInitScript(() => localStorage.getItem("islet.canvas.run") ?? localStorage.setItem("islet.canvas.run", "0"));
  await page.goto(`${base}/apps/${app.id}/edit`);
  const card = (name) => page.locator("[data-node]", { hasText: name }).first();
  const nodeOf = async (name) => page.locator(`.react-flow__node[data-id="${await card(name).getAttribute("data-node")}"]`);
  const panel = page.locator("aside");
  const button = (name) => panel.getByRole("button", { name, exact: true });
  const close = () => panel.getByRole("button", { name: "关闭" }).click();
  /** Chooses in the palette. */
  const kind = async (q) => {
    const search = page.getByRole("combobox", { name: /搜索节点/ });
    await search.fill(q);
    await search.press("Enter");
    await panel.waitFor();
  };
  const variable = async (field, word) => {
    await panel.getByRole("button", { name: field }).first().click();
    await page.keyboard.type(word);
    await page.keyboard.press("Enter");
  };
  const write = async (label, text) => {
    await panel.getByRole("textbox", { name: label }).click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type(text);
  };
  const center = async (locator) => {
    const b = await locator.boundingBox();
    return { x: b.x + b.width / 2, y: b.y + b.height / 2 };
  };
  const drag = async (from, to) => {
    const a = await center(from);
    await page.mouse.move(a.x, a.y);
    await page.mouse.down();
    await page.mouse.move(a.x + 20, a.y + 5, { steps: 3 });
    await page.mouse.move(to.x, to.y, { steps: 8 });
    await page.mouse.up();
  };
  /** Points at an edge and takes it away. */
  const cut = async (id, part = 0.7) => {
    const at = await page.locator(`.react-flow__edge[data-id="${id}"] .react-flow__edge-path`).evaluate((path, at) => {
      const p = path.getPointAtLength(path.getTotalLength() * at).matrixTransform(path.getScreenCTM());
      return { x: p.x, y: p.y };
    }, part);
    await page.mouse.move(at.x - 1, at.y);
    await page.mouse.move(at.x, at.y);
    await page.getByRole("button", { name: "删除连线" }).click();
    await expect(async () => !(await graphOf(app.id)).edges.some((e) => e.id === id), `the edge ${id} is gone`);
  };
  const rename = async (name) => {
    const title = panel.getByRole("textbox", { name: "名称" }).first();
    await title.fill(name);
    await title.press("Enter");
  };

  // Code in the middle of the edge from start to the model.
  await card("开始").waitFor();
  await page.waitForTimeout(300);
  const edge = page.locator(".react-flow__edge").first();
  await edge.hover({ force: true });
  await page.getByRole("button", { name: "在此插入节点" }).click();
  await kind("dmzx");
  await panel.locator(".cm-content").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText("def main() -> dict:\n    return {\"result\": [\"甲\", \"乙\", \"丙\"]}\n");
  await panel.getByRole("combobox", { name: "result 的类型" }).click();
  await page.getByRole("option", { name: "array[string]", exact: true }).click();
  await close();
  await shot("code");

  // An iteration from an edge that is let go on the ground; a template inside.
  const code = await nodeOf("代码执行");
  const at = await center(code);
  await drag(code.locator(".canvas-out"), { x: at.x + 40, y: at.y + 260 });
  await kind("dd");
  await page.locator(".react-flow__node-box").getByRole("button", { name: "添加节点" }).click();
  await kind("mbzh");
  await panel.locator(".cm-content").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText("一项");
  await close();
  await card("迭代").click();
  await variable("输入列表", "result");
  await variable("每一项的结果", "output");
  await close();
  await page.keyboard.press("Control+o");
  await page.waitForTimeout(500);
  await shot("iteration");

  // The branch behind it; the model on IF, HTTP and a person on ELSE.
  await (await nodeOf("迭代")).locator(".canvas-out").last().click();
  await kind("tjfz");
  await button("添加条件").click();
  if (!(await page.getByRole("listbox").isVisible().catch(() => false))) await panel.getByRole("button", { name: /条件 1 的变量/ }).click();
  await page.keyboard.type("query");
  await page.keyboard.press("Enter");
  await write(/条件 1 的值/, "退款");
  await close();
  await page.locator(".react-flow__edge").first().waitFor();
  await expect(async () => (await graphOf(app.id)).edges.length >= 5, "five edges are saved");
  await page.keyboard.press("Control+o");
  await page.waitForTimeout(500);
  const branch = await nodeOf("条件分支");
  await branch.locator(".canvas-out").nth(1).click();
  await kind("http");
  await write("URL", env("ECHO_URL"));
  await close();
  await (await nodeOf("HTTP 请求")).locator(".canvas-out").first().click();
  await kind("rgsr");
  await write("表单内容", "是否同意转人工？");
  await close();
  await page.keyboard.press("Control+o");
  await page.waitForTimeout(500);
  await (await nodeOf("人工输入")).locator(".canvas-out").nth(0).click();
  await kind("zjhf");
  await rename("已转人工");
  await write("回复", "已为您转接人工客服。");
  await close();
  await (await nodeOf("人工输入")).locator(".canvas-out").nth(1).click();
  await kind("zjhf");
  await rename("无人处理");
  await write("回复", "暂时无人处理，请稍后再试。");
  await close();
  await page.keyboard.press("Control+o");
  await page.waitForTimeout(500);
  // From IF to the model that was there first, whose own edge from the code goes.
  await expect(async () => (await graphOf(app.id)).nodes.length === 12, "twelve nodes");
  const codeId = (await graphOf(app.id)).nodes.find((n) => n.data.type === "code").id;
  await cut(`${codeId}-source-llm-target`);
  await page.keyboard.press("Control+o");
  await page.waitForTimeout(500);
  await drag((await nodeOf("条件分支")).locator(".canvas-out").nth(0), await center((await nodeOf("LLM")).locator(".canvas-in")));
  await expect(async () => (await graphOf(app.id)).edges.some((e) => e.sourceHandle === "true" && e.target === "llm"), "IF leads to the model");
  await page.keyboard.press("Control+o");
  await page.waitForTimeout(500);
  await expect(async () => (await graphOf(app.id)).nodes.length === 12, "twelve nodes");
  await shot("built");
  say("built with the mouse");

  // Broken: the way to the branch is cut. The checklist leads there, the keyboard mends it.
  const branchId = await card("条件分支").getAttribute("data-node");
  const boxId = await card("迭代").getAttribute("data-node");
  await cut(`${boxId}-source-${branchId}-target`, 0.5);
  const list = page.getByRole("button", { name: /个待处理问题/ });
  await list.click();
  await shot("checklist");
  await page.getByRole("list", { name: "检查清单" }).getByRole("button", { name: /条件分支.*没有连线通向该节点/ }).click();
  await panel.waitFor();
  await close();
  await card("迭代").focus();
  await page.locator(".react-flow__pane").click({ position: { x: 500, y: 20 } });
  await page.keyboard.press("Control+f");
  await page.keyboard.type("迭代");
  await page.keyboard.press("Enter");
  await expect(() => page.evaluate((id) => document.activeElement?.dataset.node === id, boxId), "the iteration has the focus");
  await page.keyboard.press("c");
  await page.keyboard.type("条件分支");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "没有待处理的问题" }).waitFor();
  say("broken, led by the checklist, mended");

  // Talked to: both ways of the branch.
  await page.getByRole("button", { name: "调试", exact: true }).click();
  const ask = async (text) => {
    const box = page.getByRole("textbox", { name: /提问/ }).or(page.getByPlaceholder(/提问/)).first();
    await box.fill(text);
    await box.press("Enter");
  };
  await ask("我的设备坏了");
  const form = page.getByRole("region", { name: "人工输入" });
  await form.getByRole("button", { name: "同意" }).click();
  await page.getByText("已为您转接人工客服。").first().waitFor();
  await page.getByRole("button", { name: /LLM.*已跳过/ }).waitFor();
  await shot("asked");
  await ask("我要退款");
  await page.getByRole("button", { name: /HTTP 请求.*已跳过/ }).waitFor();
  await shot("answered");
  say("ran both ways");

  // By keyboard only: a workflow of four nodes.
  const flow = await api("POST", "/apps", { mode: "workflow", name: "键盘", description: "", icon: "⌨️", icon_color: "#E0F1F4" });
  await page.goto(`${base}/apps/${flow.id}/edit`);
  await card("开始").waitFor();
  const active = () => page.evaluate(() => document.activeElement?.dataset?.node ?? "");
  await page.keyboard.press("Control+f");
  await page.keyboard.type("ks");
  await page.keyboard.press("Enter");
  await expect(async () => (await active()) === "start", "the start node has the focus");
  await page.keyboard.press("n");
  await page.keyboard.type("python");
  await page.keyboard.press("Enter");
  await expect(async () => (await active()) !== "start" && (await active()) !== "", "the code node has the focus");
  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
  await page.keyboard.type("mbzh");
  await page.keyboard.press("Enter");
  await page.waitForTimeout(300);
  await page.keyboard.press("Escape");
  await page.keyboard.press("c");
  await page.keyboard.type("结束");
  await page.keyboard.press("Enter");
  await expect(async () => (await graphOf(flow.id)).edges.length === 4, "four edges");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await panel.getByText("代码执行").first().waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+z");
  await expect(async () => (await graphOf(flow.id)).edges.length === 3, "undone");
  await page.keyboard.press("Control+Shift+z");
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Control+d");
  await page.keyboard.press("Control+s");
  await expect(async () => (await graphOf(flow.id)).nodes.length === 7, "a duplicate of all but the start");
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "快捷键", exact: true }).waitFor();
  await shot("keys");
  say("built by keyboard");
  await page.keyboard.press("Escape");
  await acrossApps(page, flow.id);
}

/** Nodes go from one app to another by the browser's own clipboard; a file that is dropped on the canvas becomes its draft. */
async function acrossApps(page, from) {
  const to = await api("POST", "/apps", { mode: "workflow", name: "另一个应用", description: "", icon: "📋", icon_color: "#E0F1F4" });
  await page.goto(`${base}/apps/${from}/edit`);
  await page.locator("[data-node]").first().waitFor();
  await page.locator(".react-flow__pane").click({ position: { x: 700, y: 700 } });
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Control+c");
  await page.goto(`${base}/apps/${to.id}/edit`);
  await page.locator("[data-node]").first().waitFor();
  const before = (await graphOf(to.id)).nodes.length;
  await page.locator(".react-flow__pane").click({ position: { x: 700, y: 700 } });
  await page.keyboard.press("Control+v");
  await expect(async () => (await graphOf(to.id)).nodes.length > before, "the nodes of the other app are here");
  const types = (await graphOf(to.id)).nodes.map((n) => n.data.type);
  if (!types.includes("code") || types.filter((x) => x === "start").length !== 1) throw new Error(`pasted ${types}`);
  const yml = await (await context.request.get(`${base}/console/api/apps/${from}/export`)).text();
  const data = await page.evaluateHandle((text) => {
    const d = new DataTransfer();
    d.items.add(new File([text], "键盘.yml", { type: "application/yaml" }));
    return d;
  }, yml);
  const canvas = page.locator(".react-flow").first();
  for (const type of ["dragenter", "dragover", "drop"]) await canvas.dispatchEvent(type, { dataTransfer: data });
  const dialog = page.getByRole("dialog");
  await dialog.getByText("键盘").first().waitFor();
  await page.screenshot({ path: join(shots, `canvas-${String(++step).padStart(2, "0")}-dropped.png`) });
  await dialog.getByRole("button", { name: /替换|导入/ }).last().click();
  const want = (await graphOf(from)).nodes.length;
  await expect(async () => (await graphOf(to.id)).nodes.length === want, "the file is the draft");
  say("nodes pasted in another app, a dropped file taken");
}

const page = await context.newPage();
let failed = null;
try {
  await journey(page);
} catch (err) {
  failed = err;
  await page.screenshot({ path: join(shots, "canvas-failed.png") }).catch(() => undefined);
}
await browser.close();
for (const c of complaints) console.error(c);
if (failed) console.error(failed.stack);
if (failed || complaints.length > 0) process.exit(1);
say("no complaints");
