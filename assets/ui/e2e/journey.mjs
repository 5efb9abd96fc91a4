// The main job in a real browser: set-up, model, app, prompt, debug chat, publish, web app (Chinese, dark, 390 px), backup; and
// after a restore, the same conversation once more.
//   BASE_URL=… SETUP_URL=… MODEL_URL=… SHOTS=dir STATE=file node e2e/journey.mjs build
//   BASE_URL=…                         SHOTS=dir STATE=file node e2e/journey.mjs restored
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "./expect.mjs";
import { start, watch } from "./browser.mjs";

const part = process.argv[2] ?? "build";
const env = (name) => {
  const v = process.env[name];
  if (!v) throw new Error(`${name} is not set`);
  return v;
};
const base = env("BASE_URL").replace(/\/$/, "");
const shots = env("SHOTS");
const state = env("STATE");
mkdirSync(shots, { recursive: true });

const person = { name: "林晓雯", email: "lin@example.com", password: "correct horse 9 battery" };
const question = "合同里的付款条款有什么风险？";
const complaints = [];
const expected = ["/console/api/me"]; // 401 before anybody is signed in
const browser = await start();

async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "zh-CN", colorScheme: "light", ...options });
  context.setDefaultTimeout(15_000);
  watch(context, complaints, expected);
  return context.newPage();
}
let step = 0;
const shot = (page, name) => page.screenshot({ path: join(shots, `${part}-${String(++step).padStart(2, "0")}-${name}.png`) });
const button = (page, name) => page.getByRole("button", { name, exact: true });
const say = (text) => console.log(`${part}: ${text}`);

/** Sends a question and waits for the end of the answer; returns its text. */
async function ask(page, text) {
  const before = await page.getByRole("article", { name: "一问一答" }).count();
  await page.getByRole("textbox", { name: "消息", exact: true }).fill(text);
  await button(page, "发送").click();
  const turn = page.getByRole("article", { name: "一问一答" }).nth(before);
  await turn.getByRole("button", { name: "复制回答" }).waitFor({ timeout: 60_000 });
  await expect(async () => (await button(page, "停止").count()) === 0, "the answer ends");
  const answer = (await turn.locator(".prose").last().innerText()).trim();
  if (answer === "") throw new Error("the answer is empty");
  return answer;
}

async function build() {
  const page = await open();

  await page.goto(env("SETUP_URL").replace(/^https?:\/\/[^/]+/, base));
  await page.getByLabel("您的姓名").fill(person.name);
  await page.getByLabel("邮箱").fill(person.email);
  await page.getByLabel("密码", { exact: true }).fill(person.password);
  await page.getByLabel("工作区名称").fill("端到端测试");
  await shot(page, "setup");
  await button(page, "创建账号并开始").click();
  await page.getByRole("heading", { name: "第一步：连接模型" }).waitFor();
  say("set up");

  await page.getByRole("link", { name: "连接模型" }).first().click();
  await button(page, "OpenAI 兼容").or(page.getByRole("button", { name: /vLLM/ })).first().click();
  await page.getByLabel("地址", { exact: true }).fill(env("MODEL_URL"));
  await button(page, "检测连接").click();
  await page.getByRole("button", { name: /^(保存|仍然保存)$/ }).waitFor({ timeout: 60_000 });
  await shot(page, "model");
  if ((await button(page, "仍然保存").count()) > 0) throw new Error(`the probe failed: ${await page.getByRole("list", { name: "检测结果" }).innerText()}`);
  await button(page, "保存").click();
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await page.getByRole("article").first().waitFor();
  await shot(page, "models");
  say("model connected");

  await page.getByRole("link", { name: "工作室" }).click();
  await page.getByRole("button", { name: "创建应用" }).first().click();
  await page.getByLabel("名称", { exact: true }).fill("合同审阅助手");
  await page.getByLabel("描述").fill("指出合同条款的风险");
  await button(page, "创建").click();
  await page.getByRole("heading", { name: "合同审阅助手" }).waitFor();
  const prompt = page.getByRole("textbox", { name: "提示词" });
  await prompt.fill("你是{{部门}}的合同审阅助手，回答简洁。");
  await button(page, "全部添加").click();
  await page.getByText("已保存").waitFor();
  const model = page.getByRole("button", { name: /^模型: / });
  if ((await model.innerText()).includes("选择模型")) {
    await model.click();
    await page.getByRole("group").getByRole("button").first().click();
    await page.getByText("已保存").waitFor();
  }
  await page.getByRole("region", { name: "调试" }).getByLabel("部门").fill("法务部");
  const answer = await ask(page, question);
  await shot(page, "debug");
  await button(page, "提示词日志").last().click();
  await page.getByText("你是法务部的合同审阅助手").first().waitFor();
  await shot(page, "log");
  await page.keyboard.press("Escape");
  say(`debug chat answered: ${answer.slice(0, 40)}`);

  await button(page, "发布").click();
  await page.getByRole("menuitem", { name: "发布", exact: true }).click();
  await page.getByLabel("版本名称").fill("第一版");
  await button(page, "立即发布").click();
  const link = await page.getByRole("textbox", { name: "网页应用链接" }).inputValue();
  await shot(page, "published");
  await button(page, "完成").click();
  say(`published at ${link}`);

  const phone = await open({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, colorScheme: "dark" });
  const chat = new URL(link).pathname;
  await phone.goto(base + chat);
  await phone.getByLabel("部门").fill("采购部");
  await shot(phone, "web-app-new");
  const reply = await ask(phone, question);
  await expect(async () => new URL(phone.url()).searchParams.has("c"), "the conversation is in the address");
  await phone.reload();
  await phone.getByRole("article", { name: "一问一答" }).waitFor();
  await shot(phone, "web-app");
  const address = phone.url().slice(base.length);
  writeFileSync(state, JSON.stringify({ storage: await phone.context().storageState(), address, question, reply }));
  await phone.context().close();
  say("web app answered");

  await page.goto(`${base}/backups`);
  await page.getByRole("button", { name: "立即备份" }).first().click();
  await page.getByRole("cell", { name: "已验证" }).first().waitFor({ timeout: 60_000 });
  await page.locator("summary").first().click();
  await shot(page, "backup");
  const download = await page.getByRole("link", { name: "下载" }).first().getAttribute("href");
  say(`backup at ${base}${download}`);
}

async function restored() {
  const { storage, address, question: asked, reply } = JSON.parse(readFileSync(state, "utf8"));
  const host = new URL(base).hostname;
  for (const c of storage.cookies) c.domain = host;
  const phone = await open({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, colorScheme: "dark", storageState: storage });
  await phone.goto(base + address);
  await phone.getByRole("article", { name: "一问一答" }).getByText(asked, { exact: true }).waitFor();
  const found = (await phone.getByRole("article", { name: "一问一答" }).first().locator(".prose").last().innerText()).trim();
  if (found !== reply) throw new Error(`the restored answer is ${JSON.stringify(found)}, want ${JSON.stringify(reply)}`);
  await shot(phone, "web-app");
  await phone.context().close();

  const page = await open();
  await page.goto(`${base}/apps`);
  await page.getByLabel("邮箱").fill(person.email);
  await page.getByLabel("密码", { exact: true }).fill(person.password);
  await button(page, "登录").click();
  await page.getByRole("link", { name: "打开 合同审阅助手" }).waitFor();
  await shot(page, "studio");
  say("the same person, app and conversation are there");
}

let failed = null;
try {
  await { build, restored }[part]();
} catch (err) {
  failed = err;
  for (const c of browser.contexts()) for (const p of c.pages()) await p.screenshot({ path: join(shots, `${part}-failed-${++step}.png`) }).catch(() => undefined);
}
await browser.close();
for (const c of complaints) console.error(c);
if (failed) console.error(failed.stack);
if (failed || complaints.length > 0) process.exit(1);
say("no complaints");
