// Knowledge in a real browser: a Chinese PDF, a Word file and a text in GBK are dropped and processed, found by a retrieval test,
// asked why a passage was not found, attached to a chat app that answers with the built-in model quote, and its citation opened.
//   BASE_URL=… SETUP_URL=… SHOTS=dir node e2e/knowledge.mjs
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
const complaints = [];
const expected = ["/console/api/me"]; // 401 before anybody is signed in
const browser = await start();
const files = [["员工休假管理办法.pdf", "leave.pdf", "application/pdf"], ["差旅报销标准.docx", "travel.docx", "application/octet-stream"], ["设备维护记录.txt", "machines-gbk.txt", "text/plain"]];

async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "zh-CN", colorScheme: "light", ...options });
  context.setDefaultTimeout(15_000);
  watch(context, complaints, expected);
  return context.newPage();
}
let step = 0;
const shot = (page, name) => page.screenshot({ path: join(shots, `knowledge-${String(++step).padStart(2, "0")}-${name}.png`) });
const button = (page, name) => page.getByRole("button", { name, exact: true });
const say = (text) => console.log(`knowledge: ${text}`);

async function journey() {
  const page = await open();
  await page.goto(env("SETUP_URL").replace(/^https?:\/\/[^/]+/, base));
  await page.getByLabel("您的姓名").fill("林晓雯");
  await page.getByLabel("邮箱").fill("lin@example.com");
  await page.getByLabel("密码", { exact: true }).fill("correct horse 9 battery");
  await page.getByLabel("工作区名称").fill("端到端测试");
  await button(page, "创建账号并开始").click();
  await page.getByRole("link", { name: "知识库", exact: true }).click();
  await page.getByText("还没有知识库").waitFor();
  await shot(page, "empty");

  await page.getByRole("button", { name: "新建知识库" }).first().click();
  await page.locator('input[type="file"]').first().setInputFiles(files.map(([name, file, mimeType]) => ({ name, mimeType, buffer: readFileSync(new URL(`files/${file}`, import.meta.url)) })));
  await page.getByRole("region", { name: "预览" }).getByText("年休假").first().waitFor();
  await shot(page, "wizard");
  await page.getByLabel("知识库名称").fill("公司制度");
  await button(page, "保存并处理").click();
  await page.getByText("全部文档已就绪").waitFor({ timeout: 60_000 });
  await shot(page, "processed");
  say("processed");

  await button(page, "检索测试").click();
  const ask = async (q) => {
    await page.getByRole("textbox", { name: "问题" }).fill(q);
    await button(page, "检索").click();
  };
  await ask("住宿标准是每晚多少钱？");
  await page.getByText("一线城市住宿标准为每晚五百元").first().waitFor();
  await shot(page, "retrieval");
  await ask("E-207");
  await page.getByText("排气温度过高").first().waitFor();
  say("found");

  await page.getByRole("link", { name: "工作室" }).first().click();
  await button(page, "创建应用").first().click();
  await page.getByRole("dialog").getByLabel("名称").fill("制度助手");
  await page.getByRole("dialog").getByRole("button", { name: "创建", exact: true }).click();
  await page.locator("#knowledge").getByRole("button", { name: "添加" }).click();
  await page.getByRole("menuitem", { name: "公司制度" }).click();
  await page.locator("#knowledge").getByText("公司制度").waitFor();
  await page.locator("#knowledge").getByText("检索方式").click();
  await shot(page, "app");
  await page.locator("#knowledge").getByText("检索方式").click();
  await page.getByRole("textbox", { name: "消息" }).fill("病假超过十五个工作日由谁审批？");
  await page.keyboard.press("Enter");
  const sources = page.getByRole("group", { name: "来源" });
  await sources.first().waitFor({ timeout: 30_000 });
  await page.getByText("须由部门负责人和人力资源部共同审批").first().waitFor();
  await page.locator("blockquote").first().waitFor();
  await shot(page, "answer");
  await sources.getByRole("button", { name: /员工休假管理办法/ }).first().click();
  await page.getByRole("dialog").getByText("诊断证明").waitFor();
  await shot(page, "citation");
  await page.getByRole("dialog").getByRole("link", { name: "打开该片段" }).click();
  await page.locator("[aria-current=true]").getByText("诊断证明").waitFor();
  await shot(page, "document");
  say("answered with its source");

  const phone = await open({ viewport: { width: 390, height: 844 }, colorScheme: "dark", storageState: await page.context().storageState() });
  await phone.goto(page.url().replace(/\/documents\/.*/, ""));
  await phone.getByRole("link", { name: "差旅报销标准.docx" }).waitFor();
  await shot(phone, "phone");
  if (await phone.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)) throw new Error("documents scroll sideways at 390 px");
}

let failed = null;
try {
  await journey();
} catch (err) {
  failed = err;
  for (const c of browser.contexts()) for (const p of c.pages()) await p.screenshot({ path: join(shots, `knowledge-failed-${++step}.png`) }).catch(() => undefined);
}
await browser.close();
for (const c of complaints) console.error(c);
if (failed) console.error(failed.stack);
if (failed || complaints.length > 0) process.exit(1);
say("no complaints");
