// Published apps in a real browser: a table of 100 rows run on the server; the bubble on a page of another site; an app for invited people.
//   BASE_URL=… SETUP_CODE=… MODEL_URL=… SHOTS=dir node e2e/public.mjs
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
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
const expected = ["/console/api/me", "/door"];
const browser = await start();
const say = (text) => console.log(`public: ${text}`);

async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: "zh-CN", colorScheme: "light", acceptDownloads: true, ...options });
  context.setDefaultTimeout(15_000);
  watch(context, complaints, expected);
  return context.newPage();
}
let step = 0;
const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
async function shot(page, name) {
  await page.waitForTimeout(200); // panels have come to rest
  await page.screenshot({ path: join(shots, `public-${String(++step).padStart(2, "0")}-${name}.png`) });
  if (name === "failed") return;
  const bad = await page.evaluate(`(() => { ${axe}; return axe.run(document, { iframes: false, resultTypes: ["violations"] }).then((r) => r.violations.filter((v) => v.impact === "serious" || v.impact === "critical").map((v) => v.id + ": " + v.nodes.slice(0, 2).map((n) => n.html.slice(0, 160)).join(" | "))); })()`);
  for (const b of bad) complaints.push(`axe on ${name}: ${b}`);
}
const button = (page, name) => page.getByRole("button", { name, exact: true });

/** The console API with the owner's cookie: what other journeys do by hand is done at once here. */
async function api(page, method, path, data) {
  const r = await page.request.fetch(`${base}/console/api${path}`, { method, ...(data ? { data } : {}) });
  if (!r.ok()) throw new Error(`${method} ${path}: ${r.status()} ${await r.text()}`);
  return r.json();
}

const node = (id, data) => ({ id, type: "custom", position: { x: 0, y: 0 }, data });

async function prepare(page) {
  await api(page, "POST", "/setup", { code: env("SETUP_CODE"), name: "林晓雯", email: "lin@example.com", password: "correct horse 9 battery", workspace_name: "端到端测试", language: "zh-CN" });
  const ep = await api(page, "POST", "/endpoints", { name: "本地模型", vendor: "custom", protocol: "openai", base_url: env("MODEL_URL"), key: "sk-test-123456", models: [{ name: "echo", kind: "llm" }] });
  const model = { endpoint_id: ep.endpoint.id, name: "echo" };
  const make = async (mode, name, icon, settings) => {
    const a = await api(page, "POST", "/apps", { mode, name, description: "", icon, icon_color: "#e0f1f4" });
    await api(page, "PUT", `/apps/${a.id}/draft`, { rev: a.draft_rev, settings: { variables: [], suggested: [], ...settings } });
    await api(page, "POST", `/apps/${a.id}/publish`, { name: "", note: "" });
    return a;
  };
  const flow = await make("workflow", "客户回访通知", "📨", {
    graph: {
      nodes: [
        node("start", { type: "start", title: "开始", variables: [
          { variable: "name", label: "姓名", type: "text-input", required: true, max_length: 48 },
          { variable: "amount", label: "金额", type: "number", required: false },
        ] }),
        node("say", { type: "llm", title: "撰写", model: { provider: ep.endpoint.id, name: "echo", mode: "chat", completion_params: {} }, prompt_template: [{ role: "user", text: "say: 尊敬的{{#start.name#}}，您的金额为 {{#start.amount#}} 元。" }], context: { enabled: false } }),
        node("end", { type: "end", title: "结束", outputs: [{ variable: "text", value_selector: ["say", "text"] }] }),
      ],
      edges: [{ source: "start", target: "say", sourceHandle: "source" }, { source: "say", target: "end", sourceHandle: "source" }],
    },
  });
  const chat = await make("chat", "员工服务台", "💬", {
    model, prompt: "你是服务台助手。", opening: "您好{{dept}}的同事，有什么可以帮您？", suggested: ["say: 年假可以累积吗？", "say: 如何报销差旅费？"],
    variables: [{ name: "dept", label: "部门", kind: "text", required: false }],
  });
  await api(page, "PATCH", `/apps/${chat.id}/site`, { description: "回答人事、财务、IT 的常见问题", disclaimer: "内容由模型生成，仅供参考。", copyright: "华东区域中心", privacy_url: "http://10.0.0.9/privacy", color: "#7c3aed", inverted: true });
  return { flow, chat };
}

async function batch(flow) {
  const rows = Array.from({ length: 100 }, (_v, i) => (i === 6 || i === 41 ? `,${i}` : `客户${i + 1},${(i + 1) * 10}`));
  const table = Buffer.from(`\uFEFF姓名,金额,备注\r\n${rows.map((r) => `${r},x`).join("\r\n")}\r\n`);
  const page = await open();
  await page.goto(`${base}/workflow/${flow.site.code}`);
  await page.getByLabel("姓名").waitFor();
  await shot(page, "workflow");
  await page.getByRole("radio", { name: "批量运行" }).click();
  await page.getByText("还没有批量任务").waitFor();
  await shot(page, "batch-empty");
  const [template] = await Promise.all([page.waitForEvent("download"), (async () => {
    await button(page, "下载模板").click();
    await page.getByRole("menuitem", { name: "CSV", exact: true }).click();
  })()]);
  const head = readFileSync(await template.path(), "utf8");
  if (!head.startsWith("\uFEFF姓名,金额")) throw new Error(`template: ${head}`);
  await page.locator('input[type="file"]').setInputFiles({ name: "回访名单.csv", mimeType: "text/csv", buffer: table });
  await page.getByText("有 2 行会失败").waitFor();
  await page.getByText("应用没有对应的输入，以下列不会使用：备注").waitFor();
  await shot(page, "batch-plan");
  await button(page, "运行 100 行").click();
  await page.getByRole("progressbar").waitFor();
  await expect(async () => Number(await page.getByRole("progressbar").getAttribute("aria-valuenow")) > 3, "some rows are done");
  await shot(page, "batch-running");
  const address = page.url();
  await page.goto("about:blank"); // nobody looks
  await new Promise((r) => setTimeout(r, 500));
  await page.goto(address);
  await page.getByText("已完成 100 / 100").waitFor({ timeout: 60_000 });
  await page.getByRole("radio", { name: "失败 2" }).click();
  await page.getByText("请填写").first().waitFor().catch(() => undefined);
  await expect(async () => (await page.getByRole("row").count()) === 3, "two failed rows under a head");
  await shot(page, "batch-failed");
  await page.getByRole("radio", { name: "全部 100" }).click();
  await page.getByRole("row").nth(3).getByRole("button").click();
  await page.getByRole("dialog").getByText("尊敬的客户3").first().waitFor();
  await shot(page, "batch-row");
  await page.keyboard.press("Escape");
  const [results] = await Promise.all([page.waitForEvent("download"), (async () => {
    await button(page, "下载结果").click();
    await page.getByRole("menuitem", { name: "CSV", exact: true }).click();
  })()]);
  const lines = readFileSync(await results.path(), "utf8").replace(/\r\n$/, "").split("\r\n");
  if (lines.length !== 101 || !lines[0].startsWith("\uFEFF#,姓名,金额,text,状态") || !lines[1].includes("尊敬的客户1，您的金额为 10 元。") || !lines[7].includes("失败")) throw new Error(`export: ${lines.length} lines, ${lines[0]}, ${lines[1]}, ${lines[7]}`);
  await page.context().close();

  const phone = await open({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, colorScheme: "dark", locale: "en-US" });
  await phone.goto(`${base}/workflow/${flow.site.code}?name=Ann&amount=7`);
  await phone.keyboard.press("Escape");
  await expect(async () => (await phone.locator("input").first().inputValue()) === "Ann", "the address fills in the form");
  await shot(phone, "workflow-phone");
  await phone.goto(`${base}/workflow/${flow.site.code}?batch=new`);
  await phone.locator('input[type="file"]').setInputFiles({ name: "list.csv", mimeType: "text/csv", buffer: table });
  await phone.getByRole("progressbar").or(phone.getByText(/100 (行|rows)/).first()).first().waitFor();
  await shot(phone, "batch-phone");
  await sideways(phone);
  await phone.context().close();
  say("a table of 100 rows ran, two failed, the results were taken away");
}

/** A result is kept, shared, and read by another browser. */
async function keep(owner, flow) {
  await api(owner, "PATCH", `/apps/${flow.id}/site`, { sharing: true });
  const page = await open();
  await page.goto(`${base}/workflow/${flow.site.code}?${new URLSearchParams({ name: "H4sIAAAAAAAAA0ssKk7MLMoHAAfKJ8wIAAAA", amount: "12" })}`);
  await page.getByLabel("姓名").fill("吴敏");
  await button(page, "运行").click();
  await page.getByText("尊敬的吴敏，您的金额为 12 元。").first().waitFor();
  await button(page, "保存结果").click();
  await button(page, "取消保存").waitFor();
  await button(page, "分享").click();
  const link = await page.getByRole("textbox", { name: "结果链接" }).inputValue();
  await shot(page, "share");
  await button(page, "完成").click();
  await page.getByRole("radio", { name: "已保存" }).click();
  await page.getByText("尊敬的吴敏").last().waitFor();
  await shot(page, "kept");
  await page.context().close();
  const other = await open({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, colorScheme: "dark" });
  await other.goto(link);
  await other.getByText("尊敬的吴敏，您的金额为 12 元。").waitFor();
  await shot(other, "shared");
  await sideways(other);
  await other.context().close();
  say("a result was kept and shared");
}

async function sideways(page) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  if (wide) throw new Error(`${page.url()} scrolls sideways`);
}

/** A page of another site, which asks nobody but us and islet. */
function host(html) {
  return new Promise((done) => {
    const s = createServer((req, res) => {
      res.setHeader("Content-Type", "text/html; charset=utf-8");
      res.end(req.url === "/" ? html : "");
    }).listen(0, "127.0.0.1", () => done({ url: `http://127.0.0.1:${s.address().port}`, close: () => s.close() }));
  });
}

async function bubble(owner, chat) {
  const site = await host(`<!doctype html><html lang="zh-CN"><title>门户</title><h1>内部门户</h1><p>欢迎。</p>
<script>window.difyChatbotConfig = { token: ${JSON.stringify(chat.site.code)}, baseUrl: ${JSON.stringify(base)}, inputs: { dept: "财务部" }, systemVariables: { user_id: "E1024" }, draggable: true };</script>
<script src="${base}/embed.min.js" id="${chat.site.code}" defer></script></html>`);
  const refused = await browser.newPage(); // the browser says on its console that it refuses
  await refused.goto(site.url);
  await refused.locator("#dify-chatbot-bubble-button").click();
  await refused.waitForTimeout(1500);
  if (await refused.frameLocator("#dify-chatbot-bubble-window").getByRole("textbox").count()) throw new Error("a site that is not named shows the app");
  await refused.close();

  await owner.goto(`${base}/apps/${chat.id}/edit`);
  await button(owner, "发布").click();
  await owner.getByRole("menuitem", { name: "嵌入" }).click();
  await owner.getByText("目前还没有网站可以嵌入此应用").waitFor();
  await owner.getByLabel("允许嵌入的网站").fill(`${site.url}/`);
  await shot(owner, "embed");
  await button(owner, "保存网站").click();
  await expect(async () => (await owner.getByText("目前还没有网站可以嵌入此应用").count()) === 0, "the site is named");
  await owner.getByRole("radio", { name: "链接与二维码" }).click();
  await owner.getByRole("img", { name: "链接的二维码" }).waitFor();
  await shot(owner, "embed-link");
  await button(owner, "完成").click();

  const page = await open();
  await page.goto(site.url);
  const knob = page.getByRole("button", { name: "打开对话" });
  await knob.focus();
  await page.keyboard.press("Enter");
  const frame = page.frameLocator("#dify-chatbot-bubble-window");
  await frame.getByText("您好财务部的同事").waitFor();
  const box = frame.getByRole("textbox", { name: "消息" });
  await box.fill("say: 第一个回答");
  await box.press("Enter");
  await frame.getByRole("log").getByText("第一个回答", { exact: true }).waitFor();
  await box.fill("say: 第二个回答");
  await box.press("Enter");
  await frame.getByRole("log").getByText("第二个回答", { exact: true }).waitFor();
  await shot(page, "bubble");
  await box.press("Escape");
  await page.getByRole("button", { name: "打开对话" }).waitFor();
  if (!(await page.evaluate(() => document.activeElement?.id === "dify-chatbot-bubble-button"))) throw new Error("the focus does not come back to the bubble");
  await page.reload();
  await page.getByRole("button", { name: "打开对话" }).click();
  await frame.getByRole("button", { name: "显示对话列表" }).click();
  await frame.getByText("第一个回答").first().waitFor(); // the history is still there, without a cookie
  await shot(page, "bubble-list");
  await page.context().close();
  site.close();
  say("the bubble was refused, then named, and chatted from another site");
}

async function guests(owner, chat) {
  await button(owner, "发布").click();
  await owner.getByRole("menuitem", { name: /访问权限/ }).click();
  const drawer = owner.getByRole("dialog", { name: "访问权限" });
  await drawer.getByRole("combobox").click();
  await owner.getByRole("option", { name: /受邀用户/ }).click();
  await drawer.getByText("还没有用户").waitFor();
  await drawer.getByRole("button", { name: "添加用户" }).click();
  const dialog = owner.getByRole("dialog", { name: "添加用户" });
  await dialog.getByLabel("登录名").fill("zhang.wei");
  await dialog.getByLabel("姓名").fill("张伟");
  await shot(owner, "access-add");
  await dialog.getByRole("button", { name: "添加用户" }).click();
  const link = await owner.getByRole("textbox", { name: "链接" }).inputValue();
  await button(owner, "完成").last().click();
  await drawer.locator('input[type="file"]').count();
  await drawer.getByRole("button", { name: "导入" }).click();
  await owner.getByRole("dialog", { name: "导入" }).locator('input[type="file"]').setInputFiles({ name: "people.csv", mimeType: "text/csv", buffer: Buffer.from("登录名,姓名,密码\nli.na,李娜,correct horse 7\nx,太短,\nwang.fang,王芳,\n") });
  await owner.getByText("已添加 2 人").waitFor();
  await shot(owner, "access-import");
  await button(owner, "完成").last().click();
  await drawer.getByRole("button", { name: "生成邀请码" }).click();
  const codes = owner.getByRole("dialog", { name: "生成邀请码" });
  await codes.getByLabel("邀请码数量").fill("4");
  await codes.getByRole("button", { name: "生成邀请码" }).click();
  await owner.getByText("仅显示这一次").waitFor();
  const code = await owner.getByRole("dialog", { name: "邀请码" }).locator("span.select-all").first().textContent();
  await shot(owner, "access-codes");
  await button(owner, "完成").last().click();
  await shot(owner, "access");
  await button(owner, "完成").click();

  expected.push(`/api/sites/${chat.site.code}`, "/signin");
  const stranger = await open();
  await stranger.goto(`${base}/chat/${chat.site.code}`);
  await stranger.getByRole("form", { name: "登录" }).waitFor();
  if (await stranger.getByText("您好").count()) throw new Error("a stranger sees the opening");
  await stranger.getByLabel("登录名").fill("li.na");
  await stranger.getByLabel("密码", { exact: true }).fill("wrong wrong 1");
  await button(stranger, "登录").click();
  await stranger.getByText("登录名或密码不正确").waitFor();
  await shot(stranger, "door");
  await stranger.getByLabel("密码", { exact: true }).fill("correct horse 7");
  await button(stranger, "登录").click();
  await stranger.getByRole("log").getByText("有什么可以帮您").waitFor();
  const box = stranger.getByRole("textbox", { name: "消息" });
  await box.fill("say: 李娜的回答");
  await box.press("Enter");
  await stranger.getByRole("log").getByText("李娜的回答", { exact: true }).waitFor();
  await shot(stranger, "guest-chat");

  const phone = await open({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, colorScheme: "dark" });
  await phone.goto(`${base}/chat/${chat.site.code}?join=${encodeURIComponent(code.trim())}`);
  await phone.getByRole("form", { name: "创建账号" }).waitFor();
  await shot(phone, "join");
  await phone.getByLabel("登录名").fill("zhao.min");
  await phone.getByLabel("密码", { exact: true }).fill("correct horse 5");
  await button(phone, "创建账号").click();
  await phone.getByRole("log").getByText("有什么可以帮您").waitFor();
  await phone.getByRole("button", { name: "显示对话列表" }).click();
  if (await phone.getByText("李娜的回答").count()) throw new Error("one guest sees another's conversation");
  await phone.getByText("您的提问会保存在您的账号下").waitFor();
  await shot(phone, "guest-phone-list");
  await phone.keyboard.press("Escape");
  await phone.getByRole("button", { name: "say: 年假可以累积吗？" }).click();
  await phone.getByRole("log").getByText("年假可以累积吗？", { exact: true }).last().waitFor();
  await shot(phone, "guest-phone");
  await sideways(phone);
  await phone.context().close();

  const second = await open({ viewport: { width: 390, height: 844 }, locale: "en-US" });
  await second.goto(`${base}/chat/${chat.site.code}`);
  await second.getByRole("form").waitFor();
  await shot(second, "door-phone");
  await second.locator('input[autocomplete="username"]').fill("LI.NA");
  await second.locator('input[type="password"]').fill("correct horse 7");
  await second.locator('button[type="submit"]').click();
  await second.getByRole("textbox", { name: /消息|Message/ }).waitFor();
  await second.getByRole("button", { name: /显示对话列表|Show conversations/ }).click();
  await second.getByText("李娜的回答").first().waitFor(); // her history came along
  await second.context().close();

  const fresh = await open();
  await fresh.goto(link);
  await fresh.getByText("张伟，您好！").waitFor();
  await shot(fresh, "set-password");
  await fresh.getByLabel("密码", { exact: true }).fill("correct horse 3");
  await button(fresh, "保存并登录").click();
  await fresh.getByRole("log").getByText("有什么可以帮您").waitFor();
  await fresh.getByRole("button", { name: "张伟" }).click();
  await shot(fresh, "person-menu");
  await fresh.getByRole("menuitem", { name: "退出登录" }).click();
  await fresh.getByRole("form", { name: "登录" }).waitFor();
  await fresh.context().close();
  await stranger.context().close();
  say("a stranger was turned away, guests were served, each with a history of their own");
}

/** Speaks into the microphone of a page or frame; what was said stands in the box, which is returned. */
async function spoken(page) {
  await button(page, "语音输入").click();
  await page.getByRole("timer").waitFor();
  await new Promise((r) => setTimeout(r, 400)); // something to hear
  await button(page, "说完了").click();
  const box = page.getByRole("textbox", { name: "消息" });
  await expect(async () => (await box.inputValue()) === "会议几点开始？", "what was said is written down");
  return box;
}

/** The next sound that a page, or a frame of it, asks for. */
const sounds = (page) => page.waitForResponse((r) => r.url().split("?")[0].endsWith("/speech") && r.request().method() === "GET").then((r) => {
  if (r.status() !== 200 && r.status() !== 206) throw new Error(`read aloud: ${r.status()}`);
});

/** A question is spoken and its answer read aloud: where the app is built, on its web app, and framed by another site. */
async function voice(owner) {
  const ep = await api(owner, "POST", "/endpoints", { name: "语音服务", vendor: "custom", protocol: "openai", base_url: env("MODEL_URL"), key: "sk-test-123456", models: [{ name: "echo", kind: "llm" }, { name: "whisper", kind: "speech2text" }, { name: "tts", kind: "tts" }] });
  const ref = (name) => ({ endpoint_id: ep.endpoint.id, name });
  const app = await api(owner, "POST", "/apps", { mode: "chat", name: "语音助手", description: "", icon: "🎙️", icon_color: "#e0f1f4" });
  await api(owner, "PUT", `/apps/${app.id}/draft`, { rev: app.draft_rev, settings: { variables: [], suggested: [], model: ref("echo"), prompt: "简短回答。" } });
  await owner.goto(`${base}/apps/${app.id}/edit`);
  await owner.getByRole("switch", { name: "语音输入" }).click();
  await owner.getByText("尚未选择语音识别模型").waitFor();
  await owner.getByRole("switch", { name: "朗读回答" }).click();
  await owner.getByText("尚未选择语音合成模型").waitFor();
  await owner.getByRole("switch", { name: "朗读回答" }).scrollIntoViewIfNeeded();
  await shot(owner, "voice-no-model");
  await owner.getByText("已保存").first().waitFor({ state: "attached" });
  await api(owner, "PUT", "/models/defaults", { llm: null, embedding: null, rerank: null, speech2text: ref("whisper"), tts: ref("tts") });
  await owner.reload();
  await owner.getByRole("combobox", { name: "所说语言" }).click();
  await owner.getByRole("option", { name: "中文", exact: true }).click();
  await owner.getByText("从模型服务的 3 种音色中选择").waitFor();
  await owner.getByRole("combobox", { name: "音色语言" }).click();
  await owner.getByRole("option", { name: "英语" }).click();
  const timbre = owner.getByLabel(/^音色(（|\s|可选|$)/).last();
  await timbre.fill("nova");
  const offered = await timbre.evaluate((el) => [...el.list.options].map((o) => o.value).join(" "));
  if (offered !== "alloy nova") throw new Error(`voices offered in English: ${offered}`);
  await owner.getByRole("checkbox", { name: "自动朗读新回答" }).click();
  await timbre.scrollIntoViewIfNeeded();
  await shot(owner, "voice-settings");
  await button(owner, "语音输入").click();
  await owner.getByRole("timer").waitFor();
  await owner.keyboard.press("Escape"); // thought better of it
  await button(owner, "语音输入").waitFor();
  const tried = await spoken(owner);
  const aloud = sounds(owner);
  await tried.press("Enter");
  await owner.getByText("echo: 会议几点开始？").waitFor();
  await aloud; // by itself
  await shot(owner, "voice-debug");
  const { draft } = await api(owner, "GET", `/apps/${app.id}`);
  const kept = JSON.stringify(draft.speech);
  for (const part of ['"listen_language":"zh"', '"language":"en"', '"voice":"nova"', '"auto_play":true']) if (!kept.includes(part)) throw new Error(`the draft keeps ${kept}`);

  await api(owner, "POST", `/apps/${app.id}/publish`, { name: "", note: "" });
  const { site } = await api(owner, "GET", `/apps/${app.id}`);
  const page = await open({ permissions: ["microphone"] });
  await page.goto(`${base}/chat/${site.code}`);
  await button(page, "语音输入").click();
  await page.getByRole("timer").waitFor();
  await shot(page, "voice-recording");
  await button(page, "取消录音").click();
  const box = await spoken(page);
  const first = sounds(page);
  await box.press("Enter");
  await page.getByText("echo: 会议几点开始？").waitFor();
  await first;
  await page.waitForTimeout(800);
  await button(page, "朗读").waitFor(); // played to its end
  const again = sounds(page);
  await button(page, "朗读").click();
  await again;
  await shot(page, "voice-answer");
  await page.context().close();

  const other = await host(`<!doctype html><html lang="zh-CN"><title>门户</title><h1>内部门户</h1><script>window.isletChatbotConfig = { token: ${JSON.stringify(site.code)}, baseUrl: ${JSON.stringify(base)} };</script><script src="${base}/embed.js" defer></script></html>`);
  await api(owner, "PATCH", `/apps/${app.id}/site`, { embed: [other.url] });
  const portal = await open({ permissions: ["microphone"] });
  await portal.goto(other.url);
  await portal.getByRole("button", { name: "打开对话" }).click();
  const framed = await spoken(portal.frameLocator("iframe"));
  const there = sounds(portal);
  await framed.press("Enter");
  await there;
  await shot(portal, "voice-framed");
  await portal.context().close();
  other.close();
  say("a question was spoken, and its answer read aloud: in the studio, on the web app, and framed by another site");
}

let failed = null;
const owner = await open();
try {
  const { flow, chat } = await prepare(owner);
  if (!process.env.ONLY || process.env.ONLY.includes("batch")) await batch(flow);
  if (!process.env.ONLY || process.env.ONLY.includes("keep")) await keep(owner, flow);
  if (!process.env.ONLY || process.env.ONLY.includes("bubble")) await bubble(owner, chat);
  else await owner.goto(`${base}/apps/${chat.id}/edit`);
  if (!process.env.ONLY || process.env.ONLY.includes("guests")) await guests(owner, chat);
  if (!process.env.ONLY || process.env.ONLY.includes("voice")) await voice(owner);
  if (complaints.length > 0) throw new Error(`the pages complained:\n${complaints.join("\n")}`);
} catch (err) {
  failed = err;
  for (const c of browser.contexts()) for (const p of c.pages()) await shot(p, "failed").catch(() => undefined);
}
await browser.close();
if (failed) {
  console.error(failed);
  process.exit(1);
}
