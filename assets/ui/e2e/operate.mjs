// An app in use, in a real browser: an answer is annotated in the log, the same question is answered from the annotation in the web
// app, the annotation's history shows it, the overview counts it; then the pages in both languages, light and dark, and at 390 px.
//   BASE_URL=… SETUP_CODE=… MODEL_URL=… SHOTS=dir node e2e/operate.mjs
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { start, watch } from "./browser.mjs";
import { expect } from "./expect.mjs";
import { person, seed } from "./seed.mjs";

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
const say = (text) => console.log(`operate: ${text}`);
const site = await seed(base, env("SETUP_CODE"), env("MODEL_URL"));
const browser = await start();
const chat = site.apps.chat;
const button = (page, name) => page.getByRole("button", { name, exact: true });

async function open(language, theme, width) {
  const context = await browser.newContext({ viewport: { width, height: width < 500 ? 844 : 800 }, locale: language, colorScheme: theme, bypassCSP: true });
  context.setDefaultTimeout(15_000);
  watch(context, complaints, ["/console/api/me"]);
  const page = await context.newPage();
  await context.request.post(`${base}/console/api/signin`, { data: person });
  await context.request.patch(`${base}/console/api/me`, { data: { language, theme } });
  return page;
}

async function look(page, name) {
  await page.waitForTimeout(400);
  await page.screenshot({ path: join(shots, `operate-${name}.png`) });
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  for (const v of found.violations.filter((x) => x.impact === "serious" || x.impact === "critical")) complaints.push(`axe on ${name}: ${v.id} ${v.nodes[0]?.html.slice(0, 160)}`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wide > 0) complaints.push(`${name} scrolls sideways by ${wide}`);
}

try {
  const page = await open("zh-CN", "light", 1280);
  await page.goto(`${base}/apps/${chat.id}/logs`);
  await button(page, "付款条款有什么风险？").click();
  await button(page, "标注").first().waitFor();
  await page.getByRole("button", { name: "添加标注", exact: true }).or(button(page, "标注")).first().click();
  await page.getByRole("textbox", { name: "回答" }).fill("先核对付款节点与验收条件是否一致，再看逾期利息。");
  await look(page, "annotate");
  await button(page, "保存").click();
  await button(page, "编辑标注").waitFor();
  await look(page, "log-drawer");
  await button(page, "提示词日志").first().click();
  await look(page, "prompt-log");
  say("annotated from the log");

  await page.goto(`${base}/apps/${chat.id}/annotations`);
  await page.getByText("付款条款有什么风险？").waitFor();
  await page.getByRole("switch", { name: "标注回复" }).click();
  await look(page, "reply-dialog");
  await button(page, "开启").click();
  await page.getByText(/已开启/).waitFor();
  await page.getByText("正在处理标注…").waitFor({ state: "detached" });
  say("annotation reply is on");

  const visitor = await (await browser.newContext({ viewport: { width: 390, height: 844 }, locale: "zh-CN" })).newPage();
  await visitor.goto(`${base}/chat/${chat.code}`);
  await visitor.getByRole("textbox", { name: /消息|部门/ }).first().waitFor();
  const begin = visitor.getByRole("button", { name: /开始对话/ });
  if (await begin.count()) await begin.first().click();
  await visitor.getByRole("textbox", { name: "消息" }).fill("付款条款有什么风险");
  await visitor.keyboard.press("Enter");
  await visitor.getByText("先核对付款节点与验收条件是否一致").waitFor();
  await visitor.getByText("来自标注回复").waitFor();
  await visitor.screenshot({ path: join(shots, "operate-visitor.png") });
  say("the annotation answers a visitor");

  await page.reload();
  await page.getByRole("button", { name: /命中记录/ }).click();
  await page.getByRole("dialog").getByText("付款条款有什么风险", { exact: true }).waitFor();
  await look(page, "hits");
  say("its history shows the question");

  await page.goto(`${base}/apps/${chat.id}/overview`);
  const count = page.locator("dl > div").filter({ hasText: "消息数" }).locator("dd").first();
  await expect(async () => (await count.textContent()) === "4", "the overview counts four messages");
  await page.getByText("1 条来自标注").waitFor();
  await button(page, "二维码").click();
  await look(page, "qr");
  await page.keyboard.press("Escape");
  say("the overview counts it");

  for (const [language, theme, width] of [["zh-CN", "light", 1280], ["en", "dark", 1280], ["zh-CN", "dark", 390]]) {
    const p = await open(language, theme, width);
    const mark = `${language.slice(0, 2)}-${theme}-${width}`;
    for (const [name, path] of [["overview", `/apps/${chat.id}/overview`], ["logs", `/apps/${chat.id}/logs`], ["annotations", `/apps/${chat.id}/annotations`], ["runs", `/apps/${site.apps.workflow.id}/logs`], ["api", `/apps/${chat.id}/api`], ["apps", "/apps"], ["edit", `/apps/${chat.id}/edit`]]) {
      if (name === "edit" && width < 500) continue;
      await p.goto(base + path);
      await p.getByRole("heading", { level: 1 }).first().waitFor();
      await p.waitForLoadState("networkidle").catch(() => undefined);
      await look(p, `${name}-${mark}`);
    }
    await p.context().close();
  }
  if (complaints.length > 0) throw new Error(complaints.join("\n"));
  say("done");
} catch (err) {
  for (const c of browser.contexts()) for (const p of c.pages()) await p.screenshot({ path: join(shots, `operate-failed-${Math.floor(performance.now())}.png`) }).catch(() => undefined);
  console.error(complaints.join("\n"));
  throw err;
} finally {
  await browser.close();
}
