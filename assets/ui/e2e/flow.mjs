// A workflow in a real browser: import of a Dify file with a branch, a template and a form; test run with the form answered in
// the studio; publishing; the web app as a visitor has it (Chinese, dark, 390 px), reload in the middle; the log with its trace.
//   BASE_URL=… SETUP_URL=… SHOTS=dir node e2e/flow.mjs
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
const file = new URL("flow.yml", import.meta.url).pathname;
const complaints = [];
const expected = ["/console/api/me"]; // 401 before anybody is signed in
const browser = await start();

async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN", colorScheme: "light", ...options });
  context.setDefaultTimeout(15_000);
  watch(context, complaints, expected);
  return context.newPage();
}
let step = 0;
const shot = (page, name) => page.screenshot({ path: join(shots, `flow-${String(++step).padStart(2, "0")}-${name}.png`) });
const button = (page, name) => page.getByRole("button", { name, exact: true });
const say = (text) => console.log(`flow: ${text}`);

/** Fills in the expense form and runs. */
async function run(page, person, amount) {
  const form = page.getByRole("form", { name: "输入字段" });
  await form.getByLabel("报销人").fill(person);
  await form.getByLabel("金额（元）").fill(String(amount));
  await page.getByRole("button", { name: /^(运行|重新运行)$/ }).click();
}

async function journey() {
  const page = await open();
  await page.goto(env("SETUP_URL").replace(/^https?:\/\/[^/]+/, base));
  await page.getByLabel("您的姓名").fill("林晓雯");
  await page.getByLabel("邮箱").fill("lin@example.com");
  await page.getByLabel("密码", { exact: true }).fill("correct horse 9 battery");
  await page.getByLabel("工作区名称").fill("端到端测试");
  await button(page, "创建账号并开始").click();
  await page.getByRole("heading", { name: "第一步：连接模型" }).waitFor();

  await button(page, "导入文件").first().click();
  await page.locator('input[type="file"]').setInputFiles(file);
  await page.getByText("全部 8 个节点都可以在此运行。").waitFor();
  await shot(page, "imported");
  await button(page, "打开应用").click();
  await page.getByRole("heading", { name: "报销审批" }).waitFor();
  await page.getByRole("button", { name: /^人工输入, 主管审批/ }).waitFor();
  await shot(page, "graph");
  say("imported");

  await run(page, "", 0);
  await page.getByText("请填写此项").first().waitFor(); // nothing runs without what is required
  await run(page, "陈启明", 300);
  await page.getByText("陈启明 的 300 元报销自动通过。").first().waitFor();
  await page.getByRole("button", { name: /^人工输入, 主管审批.*已跳过/ }).waitFor();
  await page.getByRole("tab", { name: /^执行过程/ }).click();
  await page.getByRole("list", { name: "执行过程" }).getByRole("button", { name: /金额较大/ }).click();
  await shot(page, "small");
  await page.getByRole("tab", { name: "结果" }).click();
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: /^输入/ }).first().click();
  await run(page, "陈启明", 5200);
  const asked = page.getByRole("region", { name: "主管审批" });
  await asked.getByRole("textbox").fill("注意保存发票");
  await page.getByRole("button", { name: /^人工输入, 主管审批.*等待人工处理/ }).waitFor();
  await shot(page, "asked");
  await page.reload(); // the run waits at the server, and so does its form
  await asked.getByRole("textbox").fill("注意保存发票");
  await asked.getByRole("button", { name: "同意" }).click();
  await page.getByText("陈启明 的 5200 元报销已通过。注意保存发票").first().waitFor();
  await shot(page, "approved");
  say("ran in the studio");

  await button(page, "发布").click();
  await page.getByRole("menuitem", { name: "发布", exact: true }).click();
  await button(page, "立即发布").click();
  const link = await page.getByRole("textbox", { name: "网页应用链接" }).inputValue();
  await button(page, "完成").click();
  if (!new URL(link).pathname.startsWith("/workflow/")) throw new Error(`the web app is at ${link}`);
  await button(page, "发布").click();
  await page.getByRole("menuitem", { name: "网页应用设置" }).click();
  await page.getByRole("switch", { name: "显示执行步骤" }).click();
  await button(page, "保存").click();
  say(`published at ${link}`);

  const phone = await open({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, colorScheme: "dark" });
  await phone.goto(base + new URL(link).pathname);
  await phone.getByLabel("报销人").waitFor();
  await shot(phone, "site");
  await run(phone, "欧阳慧琳", 8800);
  const form = phone.getByRole("region", { name: "主管审批" });
  await form.waitFor();
  await expect(async () => new URL(phone.url()).searchParams.has("r"), "the run is in the address");
  await phone.reload();
  await form.getByRole("textbox").fill("超出标准");
  await shot(phone, "site-asked");
  await form.getByRole("button", { name: "驳回" }).click();
  await phone.getByText("欧阳慧琳 的报销被驳回：超出标准").waitFor();
  await phone.locator("summary").first().click();
  await shot(phone, "site-result");
  const wide = await phone.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  if (wide) throw new Error("the web app scrolls sideways at 390 px");
  await phone.context().close();
  say("ran as a visitor");

  await page.getByRole("link", { name: "日志" }).click();
  await page.getByRole("button", { name: /欧阳慧琳/ }).click();
  const drawer = page.getByRole("dialog");
  await drawer.getByText("欧阳慧琳 的报销被驳回：超出标准").first().waitFor();
  const trace = drawer.getByRole("list", { name: "执行过程" });
  await trace.getByRole("button", { name: /驳回通知/ }).click();
  await trace.getByText(/"output": "欧阳慧琳 的报销被驳回/).waitFor();
  await shot(page, "log");
  say("the log has its trace");
}

let failed = null;
try {
  await journey();
} catch (err) {
  failed = err;
  for (const c of browser.contexts()) for (const p of c.pages()) await p.screenshot({ path: join(shots, `flow-failed-${++step}.png`) }).catch(() => undefined);
}
await browser.close();
for (const c of complaints) console.error(c);
if (failed) console.error(failed.stack);
if (failed || complaints.length > 0) process.exit(1);
say("no complaints");
