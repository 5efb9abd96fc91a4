// A draft is tried piece by piece in a real browser: one node alone with values typed in; the whole app; a value of the variable
// inspector changed and the run gone on from there; a look at an earlier run; a version published, the draft changed, the two
// compared on the drawing and field by field, and the version restored.
//   BASE_URL=… SETUP_URL=… SHOTS=dir node e2e/inspect.mjs
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createRequire } from "node:module";
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
const file = new URL("inspect.yml", import.meta.url).pathname;
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const complaints = [];
const browser = await start();

let step = 0;
const shot = (page, name) => page.screenshot({ path: join(shots, `inspect-${String(++step).padStart(2, "0")}-${name}.png`) });
const button = (page, name) => page.getByRole("button", { name, exact: true });
const say = (text) => console.log(`inspect: ${text}`);

/** No serious violation on what is shown. */
async function accessible(page, what) {
  await page.addScriptTag({ path: axe });
  const found = await page.evaluate(async () => (await window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa"] })).violations.filter((v) => v.impact === "serious" || v.impact === "critical").map((v) => `${v.id}: ${v.nodes[0]?.html}`));
  for (const f of found) complaints.push(`axe on ${what}: ${f}`);
}

/** Opens the panel of a node and its last run. */
async function lastRun(page, title) {
  await page.locator(".react-flow__node").filter({ hasText: title }).first().click();
  const panel = page.getByRole("complementary");
  await panel.getByText("最近运行").first().click();
  return panel;
}

async function journey() {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: "zh-CN", colorScheme: "light", bypassCSP: true }); // for axe
  context.setDefaultTimeout(15_000);
  watch(context, complaints, ["/console/api/me"]); // 401 before anybody is signed in
  const page = await context.newPage();
  await page.goto(env("SETUP_URL").replace(/^https?:\/\/[^/]+/, base));
  await page.getByLabel("您的姓名").fill("林晓雯");
  await page.getByLabel("邮箱").fill("lin@example.com");
  await page.getByLabel("密码", { exact: true }).fill("correct horse 9 battery");
  await page.getByLabel("工作区名称").fill("端到端测试");
  await button(page, "创建账号并开始").click();
  await page.getByRole("heading", { name: "第一步：连接模型" }).waitFor();
  await button(page, "导入文件").first().click();
  await page.locator('input[type="file"]').setInputFiles(file);
  await page.getByText("全部 4 个节点都可以在此运行。").waitFor();
  await button(page, "打开应用").click();
  await page.getByRole("heading", { name: "问候语" }).waitFor();

  // One node alone: nothing was tried yet, so its value is typed in.
  let panel = await lastRun(page, "写问候");
  await panel.getByText("尚未运行").first().waitFor();
  await panel.getByRole("button", { name: "运行此节点" }).last().click();
  const ask = page.getByRole("dialog");
  await ask.getByRole("textbox").fill("顾先生");
  await shot(page, "node-form");
  await accessible(page, "the form of a node");
  await ask.getByRole("button", { name: "运行", exact: true }).click();
  await panel.getByText("您好，顾先生！").first().waitFor();
  await panel.getByText("单独运行").first().waitFor();
  await shot(page, "last-run");
  say("a node ran alone");

  // The whole app, then the inspector: change what the first node made and go on behind it.
  await page.keyboard.press("Escape");
  await button(page, "试运行").click();
  const form = page.getByRole("form", { name: "输入字段" });
  await form.getByLabel("称呼").fill("陈女士");
  await form.getByRole("button", { name: "运行", exact: true }).click();
  await page.getByText("您好，陈女士！——云帆科技").first().waitFor();
  await button(page, "变量检查器").click();
  const inspector = page.getByRole("region", { name: "变量检查器" });
  await inspector.getByRole("group", { name: "写问候" }).getByRole("button", { name: /output/ }).click();
  await inspector.getByText("您好，陈女士！", { exact: true }).waitFor();
  await shot(page, "inspector");
  await accessible(page, "the inspector");
  if (await page.getByText("sk-of-the-journey").count()) throw new Error("the secret is shown");
  await inspector.getByRole("button", { name: "编辑" }).click();
  await inspector.getByRole("textbox", { name: "值", exact: true }).fill("早上好，陈女士！");
  await shot(page, "edit");
  await inspector.getByRole("button", { name: "保存" }).click();
  await inspector.getByText("已修改").first().waitFor();
  await inspector.getByRole("group", { name: "加落款" }).hover();
  await inspector.getByRole("button", { name: "从“加落款”继续" }).click();
  await page.getByText("早上好，陈女士！——云帆科技").first().waitFor();
  await page.getByRole("tab", { name: /^执行过程/ }).click();
  const trace = page.getByRole("list", { name: "执行过程" });
  await trace.getByRole("button", { name: /加落款/ }).waitFor();
  if (await trace.getByRole("button", { name: /写问候/ }).count()) throw new Error("a node before the one that was gone on from ran again");
  await page.getByRole("tab", { name: "详情" }).click();
  await shot(page, "gone-on");
  await inspector.getByRole("group", { name: "写问候" }).getByRole("button", { name: /output/ }).click();
  await inspector.getByRole("button", { name: "恢复原值" }).click();
  await inspector.getByText("您好，陈女士！", { exact: true }).waitFor();
  say("a value was changed and gone on from");

  // An earlier run, drawn to read.
  await page.getByRole("button", { name: "运行历史" }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: /陈女士/ }).last().click();
  await page.getByRole("region", { name: "历史运行" }).getByText("您好，陈女士！——云帆科技").first().waitFor();
  await shot(page, "replay");
  await button(page, "返回当前").click();
  await inspector.getByRole("button", { name: "关闭" }).click();
  say("an earlier run was looked at");

  // Publish, change, compare, restore.
  const publish = page.getByRole("button", { name: "发布", exact: true });
  await publish.click();
  await page.getByRole("menuitem", { name: "发布", exact: true }).click();
  await page.getByRole("dialog").getByRole("textbox").first().fill("首版");
  await button(page, "立即发布").click();
  await button(page, "完成").click();
  await page.evaluate(async () => {
    const id = location.pathname.split("/")[2];
    const at = `/console/api/apps/${id}`;
    const app = await (await fetch(at)).json();
    const graph = app.draft.graph;
    const sign = graph.nodes.find((n) => n.id === "sign");
    sign.data.template = "{{ text }}\n祝好！\n——{{ company }}";
    graph.nodes.push({ id: "extra", type: "custom", position: { x: 600, y: 240 }, data: { type: "template-transform", title: "备用", template: "备用", variables: [] } });
    graph.edges.push({ id: "e9", source: "greet", sourceHandle: "source", target: "extra", targetHandle: "target", type: "custom", data: {} });
    const token = (window.document.cookie.match(/csrf[^=]*=([^;]+)/) ?? [])[1];
    const res = await fetch(`${at}/draft`, { method: "PUT", headers: { "Content-Type": "application/json", ...(token ? { "X-CSRF-Token": token } : {}) }, body: JSON.stringify({ settings: app.draft, rev: app.draft_rev }) });
    if (!res.ok) throw new Error(await res.text());
  });
  await page.reload();
  await page.locator(".react-flow__node").filter({ hasText: "备用" }).first().waitFor();
  await publish.click();
  await page.getByRole("menuitem", { name: "版本历史" }).click();
  await page.getByRole("dialog").getByText("首版").waitFor();
  await shot(page, "versions");
  await page.getByRole("button", { name: "将“首版”与草稿对比" }).click();
  const diff = page.getByRole("dialog", { name: "版本对比" });
  await diff.getByRole("button", { name: /备用, 新增$/ }).waitFor();
  await diff.getByText("祝好！").waitFor();
  await shot(page, "diff");
  await accessible(page, "the comparison");
  await diff.getByRole("radio", { name: "双栏" }).or(diff.getByRole("button", { name: "双栏" })).first().click();
  await shot(page, "diff-columns");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "首版 的操作" }).click();
  await page.getByRole("menuitem", { name: "恢复为草稿" }).click();
  await page.getByRole("dialog").getByRole("button", { name: /恢复/ }).last().click();
  await expect(async () => (await page.locator(".react-flow__node").filter({ hasText: "备用" }).count()) === 0, "the added node is gone after the restore");
  await shot(page, "restored");
  say("a version was compared and restored");
}

let failed = null;
try {
  await journey();
} catch (err) {
  failed = err;
  for (const c of browser.contexts()) for (const p of c.pages()) await p.screenshot({ path: join(shots, `inspect-failed-${++step}.png`) }).catch(() => undefined);
}
await browser.close();
for (const c of complaints) console.error(c);
if (failed) console.error(failed.stack);
if (failed || complaints.length > 0) process.exit(1);
say("no complaints");
