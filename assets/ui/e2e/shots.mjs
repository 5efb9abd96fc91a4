// Pictures of every page on the made-up data, to be looked at: node e2e/shots.mjs [name filter]
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";
import { picked } from "./mock-knowledge.mjs";

export const launch = { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] };
const port = 8191;
const base = `http://127.0.0.1:${port}`;
const dir = process.env.SHOTS ?? "/tmp/shots";
const only = process.argv[2] ?? "";
mkdirSync(dir, { recursive: true });

const app = "/apps/0190a000-0000-7000-8000-000000000101/edit";
const desk = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
const click = (role, name) => (p) => p.getByRole(role, { name }).first().click();
const steps = (...fs) => async (p) => { for (const f of fs) { await f(p); await p.waitForTimeout(150); } };
const wait = (ms) => (p) => p.waitForTimeout(ms);

const editOf = (n) => `/apps/0190a000-0000-7000-8000-000000000${n}/edit`;
const yml = new URL("flow.yml", import.meta.url).pathname;
const pick = (p) => p.locator('input[type="file"]').first().setInputFiles(yml);
const fillRun = (p) => p.locator('input[type="file"]').first().setInputFiles({ name: "招标文件.docx", mimeType: "application/msword", buffer: Buffer.from("x") });
const runIt = steps(fillRun, wait(400), click("button", /^(运行|Run)$/));

const know = "/knowledge/0190a000-0000-7000-8000-000000001001";
const docOf = (n) => `${know}/documents/0190a000-0000-7000-8000-00000000${n}`;
const give = (files) => (p) => p.locator('input[type="file"]').first().setInputFiles(files);
const drag = (p) => p.evaluate(() => {
  const d = new DataTransfer();
  d.items.add(new File(["x"], "a.txt"));
  document.body.dispatchEvent(new DragEvent("dragenter", { bubbles: true, dataTransfer: d }));
});
const processed = steps(give(picked), wait(900), click("button", /^(保存并处理|Save and process)$/), wait(700));

const shots = [
  { name: "know", path: "/knowledge" },
  { name: "know-empty", scene: "empty", path: "/knowledge" },
  { name: "know-errors", scene: "errors", path: "/knowledge" },
  { name: "know-slow", scene: "loading", path: "/knowledge" },
  { name: "know-none", path: "/knowledge", do: steps((p) => p.getByRole("searchbox").fill("zzz"), wait(300)) },
  { name: "know-phone", path: "/knowledge", size: phone },
  { name: "know-new", path: "/knowledge/new" },
  { name: "know-new-files", path: "/knowledge/new", do: steps(give(picked), wait(900)) },
  { name: "know-new-parent", path: "/knowledge/new", do: steps(give(picked), click("radio", /父子分段|Parent and child/), click("radio", /^(自定义|My own)$/), wait(900), (p) => p.mouse.wheel(0, 500)) },
  { name: "know-new-qa", path: "/knowledge/new", do: steps(give(picked), click("radio", /^(问答|Questions)/), wait(900), (p) => p.mouse.wheel(0, 500)) },
  { name: "know-new-refused", scene: "refused", path: "/knowledge/new", do: steps(give(picked.concat({ name: "empty.md", mimeType: "text/plain", buffer: Buffer.from("") })), wait(900)) },
  { name: "know-new-phone", path: "/knowledge/new", size: phone, do: steps(give(picked), wait(900)) },
  { name: "know-progress", scene: "busy", path: "/knowledge/new", do: processed },
  { name: "know-progress-phone", scene: "busy", path: "/knowledge/new", size: phone, do: processed },
  { name: "know-done", path: "/knowledge/new", do: processed },
  { name: "know-done-some", scene: "refused", path: `${know}/add`, do: steps(give(picked), wait(900), click("button", /^(保存并处理|Save and process)$/), wait(700)) },
  { name: "know-docs", path: know },
  { name: "know-docs-words", scene: "words", path: know },
  { name: "know-docs-stuck", scene: "stuck", path: know },
  { name: "know-docs-bare", scene: "bare", path: know },
  { name: "know-docs-picked", path: know, do: steps(click("checkbox", /全选本页|All on this page/), wait(200)) },
  { name: "know-docs-metadata", path: know, do: steps(click("checkbox", /全选本页|All on this page/), click("button", /设置元数据|Set metadata/), wait(400)) },
  { name: "know-docs-delete", path: know, do: steps(click("checkbox", /全选本页|All on this page/), click("button", /^(删除|Delete)$/), wait(300)) },
  { name: "know-docs-menu", path: know, do: click("button", /^(差旅报销标准.docx 的操作|Actions for 差旅报销标准.docx)$/) },
  { name: "know-docs-drop", path: know, do: steps(drag, wait(200)) },
  { name: "know-docs-phone", path: know, size: phone },
  { name: "know-doc", path: docOf(2001) },
  { name: "know-doc-chunk", path: `${docOf(2001)}?chunk=0190a000-0000-7000-8000-000000003006` },
  { name: "know-doc-lost", path: `${docOf(2001)}?chunk=0190a000-0000-7000-8000-000000009999` },
  { name: "know-doc-open", path: docOf(2001), do: click("button", /全部展开|Open all/) },
  { name: "know-doc-edit", path: docOf(2001), do: steps(click("button", /编辑分段 2$|Edit chunk 2$/), wait(300)) },
  { name: "know-doc-children", scene: "parent", path: docOf(2001), do: steps(click("button", /编辑分段 1$|Edit chunk 1$/), wait(300), click("button", /编辑子分段 1|Edit child 1/), wait(100)) },
  { name: "know-doc-import", path: docOf(2001), do: steps(click("button", /导入表格|Import table/), wait(200)) },
  { name: "know-doc-rechunk", path: docOf(2001), do: steps(click("button", /重新分段|Cut again/), wait(900)) },
  { name: "know-doc-replace", path: docOf(2001), do: steps(click("button", /的操作$|^Actions for/), click("menuitem", /替换文件|Replace file/), wait(200)) },
  { name: "know-doc-text", path: docOf(2001), do: steps(click("tab", /原文|Text/), wait(400)) },
  { name: "know-doc-details", path: docOf(2001), do: steps(click("tab", /详情|Details/), wait(400)) },
  { name: "know-doc-error", path: docOf(2005) },
  { name: "know-doc-phone", path: docOf(2001), size: phone },
  { name: "know-doc-phone-edit", scene: "parent", path: docOf(2001), size: phone, do: steps(click("button", /编辑分段 1$|Edit chunk 1$/), wait(400)) },
  { name: "flow", path: editOf(106) },
  { name: "flow-node", path: editOf(106), do: steps(click("button", /^(工具|Tool), /), wait(300)) },
  { name: "flow-working", scene: "working", path: editOf(106), do: steps(runIt, wait(1200)) },
  { name: "flow-asked", scene: "asked", path: editOf(106), do: steps(runIt, wait(1200)) },
  { name: "flow-done", path: editOf(106), do: steps(runIt, wait(1500), click("button", /逐条评审/), wait(300)) },
  { name: "flow-failed", scene: "failed", path: editOf(106), do: steps(runIt, wait(1500)) },
  { name: "flow-variables", path: editOf(106), do: steps(click("button", /^(变量|Variables)/), wait(300)) },
  { name: "flow-history", path: editOf(106), do: steps(click("button", /运行历史|Earlier runs/), wait(400)) },
  { name: "flow-export", path: editOf(106), do: steps(click("button", /^(更多|More)$/), click("menuitem", /导出文件|Export file/), wait(300)) },
  { name: "chatflow", path: editOf(107) },
  { name: "agent", path: editOf(108), do: (p) => p.evaluate(() => document.getElementById("agent")?.scrollIntoView()) },
  { name: "completion", path: editOf(109) },
  { name: "import", path: "/apps", do: click("button", /^(导入文件|Import file)$/) },
  { name: "import-done", path: "/apps", do: steps(click("button", /^(导入文件|Import file)$/), pick, wait(500)) },
  { name: "import-pending", scene: "pending", path: "/apps", do: steps(click("button", /^(导入文件|Import file)$/), pick, wait(500)) },
  { name: "logs", path: editOf(106).replace("edit", "logs") },
  { name: "logs-empty", scene: "empty", path: editOf(106).replace("edit", "logs") },
  { name: "logs-run", path: editOf(106).replace("edit", "logs?run=0190a000-0000-7000-8000-000000000920"), do: steps(wait(400), click("button", /逐条评审/), wait(300)) },
  { name: "logs-paused", path: editOf(106).replace("edit", "logs?run=0190a000-0000-7000-8000-000000000921"), do: wait(400) },
  { name: "logs-chat", path: editOf(101).replace("edit", "logs") },
  { name: "logs-chat-open", path: editOf(101).replace("edit", "logs"), do: steps(click("button", /付款条款/), wait(500)) },
  { name: "site-flow", path: "/workflow/flow" },
  { name: "site-flow-done", path: "/workflow/flow", do: steps(runIt, wait(1500)) },
  { name: "site-flow-phone", path: "/workflow/flow", size: phone },
  { name: "site-flow-phone-asked", scene: "asked", path: "/workflow/flow", size: phone, do: steps(runIt, wait(1500)) },
  { name: "site-flow-phone-done", path: "/workflow/flow", size: phone, do: steps(runIt, wait(1500)) },
  { name: "site-flow-phone-failed", scene: "failed", path: "/workflow/flow", size: phone, do: steps(runIt, wait(1500)) },
  { name: "site-text", path: "/completion/text" },
  { name: "site-text-phone", scene: "fast", path: "/completion/text", size: phone, do: steps(click("button", /^(生成|Generate)$/), wait(2500)) },
  { name: "form", path: "/form/tok" },
  { name: "form-phone", path: "/form/tok", size: phone },
  { name: "form-answered", scene: "answered", path: "/form/tok" },
  { name: "form-expired", scene: "expired", path: "/form/tok", size: phone },
  { name: "form-gone", path: "/form/gone" },
  { name: "setup", scene: "setup", path: "/setup?code=ABCD" },
  { name: "signin", scene: "out", path: "/signin" },
  { name: "signin-phone", scene: "out", path: "/signin?expired=true", size: phone },
  { name: "invite", path: "/invite/tok" },
  { name: "invite-bad", path: "/invite/bad" },
  { name: "apps", path: "/apps" },
  { name: "apps-empty", scene: "empty", path: "/apps" },
  { name: "apps-errors", scene: "errors", path: "/apps" },
  { name: "apps-slow", scene: "slowish", path: "/apps" },
  { name: "apps-create", path: "/apps?create=true" },
  { name: "apps-palette", path: "/apps", do: steps((p) => p.keyboard.press("Control+k"), wait(200)) },
  { name: "apps-delete", path: "/apps", do: steps(click("button", /合同审阅助手 的操作|Actions for 合同审阅助手/), click("menuitem", /删除|Delete/)) },
  { name: "apps-phone", path: "/apps", size: phone },
  { name: "edit", path: app },
  { name: "edit-low", path: app, do: (p) => p.evaluate(() => document.getElementById("features")?.scrollIntoView()) },
  { name: "edit-model", path: app, do: click("button", /^(模型|Model):/) },
  { name: "edit-params", path: app, do: click("button", /参数|parameter/i) },
  { name: "edit-publish", path: app, do: click("button", /^(发布|Publish)$/) },
  { name: "edit-publish-dialog", path: app, do: steps(click("button", /^(发布|Publish)$/), click("menuitem", /发布更新|Publish update/)) },
  { name: "edit-versions", path: app, do: steps(click("button", /^(发布|Publish)$/), click("menuitem", /版本历史|Versions/), wait(400)) },
  { name: "app-api", path: app.replace(/edit$/, "api"), do: steps(click("button", /创建密钥|Create key/), wait(300)) },
  { name: "edit-site", path: app, do: steps(click("button", /^(发布|Publish)$/), click("menuitem", /网页应用设置|Web app settings/), wait(300)) },
  { name: "edit-variable", path: app, do: click("button", /编辑变量 contract_type|Edit variable contract_type/) },
  { name: "edit-chat", path: app, do: steps((p) => p.getByRole("textbox", { name: /^(消息|Message)$/ }).fill("这份采购合同的付款条款有什么风险？"), (p) => p.keyboard.press("Enter"), wait(9000)) },
  { name: "edit-log", path: app, do: steps((p) => p.getByRole("textbox", { name: /^(消息|Message)$/ }).fill("付款条款有什么风险？"), (p) => p.keyboard.press("Enter"), wait(9000), click("button", /提示词日志|Prompt log/), wait(400)) },
  { name: "models", path: "/models", do: click("button", /4 (个模型|models)/) },
  { name: "models-empty", scene: "empty", path: "/models" },
  { name: "models-vendors", path: "/models?add=true" },
  { name: "models-probe", path: "/models?add=true", do: steps(click("button", /vLLM/), click("button", /检测连接|Check connection/), wait(1800)) },
  { name: "models-edit", path: "/models", do: steps(click("button", /vLLM.*的操作|Actions for vLLM/), click("menuitem", /编辑接入点|Edit endpoint/)) },
  { name: "models-keys", path: "/models", do: steps(click("button", /vLLM.*的操作|Actions for vLLM/), click("menuitem", /^(密钥|Keys)$/)) },
  { name: "members", path: "/members" },
  { name: "members-invite", path: "/members", do: steps(click("button", /^(邀请|Invite)$/), (p) => p.getByRole("textbox", { name: /邮箱|E-mail/ }).fill("new@example.com"), click("button", /生成链接|Make link/), wait(300)) },
  { name: "backups", path: "/backups" },
  { name: "backups-settings", path: "/backups", do: click("button", /备份设置|Backup settings/) },
  { name: "backups-restore", path: "/backups", do: (p) => p.locator("summary").first().click() },
  { name: "settings", path: "/settings" },
  { name: "profile", path: "/profile" },
  { name: "missing", path: "/nowhere" },
  { name: "chat", path: "/chat/demo?c=0190a000-0000-7000-8000-000000000500" },
  { name: "chat-top", path: "/chat/demo?c=0190a000-0000-7000-8000-000000000500", do: steps(wait(600), (p) => p.evaluate(() => document.querySelector("[role=log]")?.parentElement?.scrollTo(0, 0)), wait(1200)) },
  { name: "chat-new", path: "/chat/demo" },
  { name: "chat-plain", scene: "plain", path: "/chat/demo" },
  { name: "chat-off", scene: "off", path: "/chat/demo" },
  { name: "chat-phone", path: "/chat/demo?c=0190a000-0000-7000-8000-000000000500", size: phone },
  { name: "chat-phone-new", path: "/chat/demo", size: phone },
  { name: "chat-phone-list", path: "/chat/demo", size: phone, do: click("button", /显示对话列表|Show conversations/) },
  { name: "chat-stream", scene: "plain", path: "/chat/demo", do: steps((p) => p.getByRole("textbox", { name: /^(消息|Message)$/ }).fill("付款条款有什么风险？"), (p) => p.keyboard.press("Enter"), wait(2500)) },
];

const looks = { zl: ["zh-CN", "light"], zd: ["zh-CN", "dark"], el: ["en", "light"], ed: ["en", "dark"] };
const want = (process.env.LOOKS ?? "zl,zd").split(",");
const mock = spawn(process.execPath, [new URL("mock.mjs", import.meta.url).pathname, String(port)], { stdio: "inherit" });
await new Promise((r) => setTimeout(r, 500));
const browser = await chromium.launch(launch);
let bad = 0;
const axe = process.env.AXE ? (await import("node:fs")).readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8") : null;
for (const s of shots.filter((x) => x.name.match(new RegExp(only)))) {
  for (const look of want) {
    const [lang, theme] = looks[look];
    await fetch(`${base}/__scene/${s.scene ?? "full"}`);
    const ctx = await browser.newContext({ viewport: s.size ?? desk, locale: lang, colorScheme: theme, deviceScaleFactor: s.size ? 2 : 1, bypassCSP: axe !== null });
    const page = await ctx.newPage();
    await page.addInitScript((l) => localStorage.setItem("islet.lang", l), lang);
    await page.route("**/console/api/me", async (r) => {
      if (r.request().method() !== "GET") return r.continue();
      const res = await r.fetch();
      const body = await res.json();
      if (body.user) body.user.language = lang;
      await r.fulfill({ response: res, json: body });
    });
    page.on("console", (m) => { if (["error", "warning"].includes(m.type()) && !/status of (4|5)\d\d/.test(m.text())) { bad++; console.log(`${s.name}-${look} console.${m.type()}: ${m.text().slice(0, 400)}`); } });
    page.on("pageerror", (e) => { bad++; console.log(`${s.name}-${look} error: ${e.message}`); });
    try {
      await page.goto(base + s.path);
      await page.waitForLoadState("networkidle", { timeout: 6000 }).catch(() => undefined);
      await page.waitForTimeout(350);
      await s.do?.(page);
      await page.waitForTimeout(350);
    } catch (e) {
      bad++;
      console.log(`${s.name}-${look}: ${e.message.split("\n")[0]}`);
    }
    await page.screenshot({ path: `${dir}/${s.name}-${look}.png` });
    if (axe) {
      await page.evaluate(axe);
      const found = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"] }).then((r) => r.violations.map((v) => `${v.impact} ${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 140) + (n.any[0]?.message ? ` [${n.any[0].message.slice(0, 120)}]` : "")).join(" | ")}`)));
      for (const v of found) { bad++; console.log(`${s.name}-${look} axe ${v}`); }
    }
    await ctx.close();
  }
}
await browser.close();
mock.kill();
console.log(bad === 0 ? "no complaints" : `${bad} complaints`);
