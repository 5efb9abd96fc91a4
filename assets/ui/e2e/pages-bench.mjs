// How soon a page shows what matters (LCP), from an empty browser cache with the processor slowed down four times; and how smoothly a
// thousand cards scroll, without slowing down.
//   BASE_URL=… SETUP_CODE=… MODEL_URL=… node e2e/pages-bench.mjs
import { start } from "./browser.mjs";
import { person, seed } from "./seed.mjs";

const base = process.env.BASE_URL.replace(/\/$/, "");
const site = await seed(base, process.env.SETUP_CODE, process.env.MODEL_URL);
const browser = await start();
const first = await browser.newContext();
await first.request.post(`${base}/console/api/signin`, { data: person });
const storageState = await first.storageState();
await first.close();

async function once(path, stranger) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "zh-CN", ...(stranger ? {} : { storageState }) });
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  await page.addInitScript(() => {
    window.lcp = 0;
    new PerformanceObserver((l) => { for (const e of l.getEntries()) window.lcp = e.startTime; }).observe({ type: "largest-contentful-paint", buffered: true });
  });
  await page.goto(base + path);
  await page.waitForLoadState("networkidle");
  await page.waitForTimeout(300);
  const ms = await page.evaluate(() => window.lcp);
  await context.close();
  return ms;
}

for (const [name, path, stranger] of [
  ["sign-in", "/signin", true],
  ["app list", "/apps", false],
  ["editor of a chat app", `/apps/${site.apps.chat.id}/edit`, false],
  ["canvas", `/apps/${site.apps.workflow.id}/edit`, false],
  ["published chat", `/chat/${site.apps.chat.code}`, true],
]) {
  const runs = [];
  for (let i = 0; i < 9; i++) runs.push(await once(path, stranger));
  runs.sort((a, b) => a - b);
  console.log(`LCP at 4x slowdown  ${name.padEnd(22)} median ${runs[4].toFixed(0).padStart(5)} ms   (least ${runs[0].toFixed(0)}, most ${runs[8].toFixed(0)})`);
}

/** Frames while every frame scrolls on, and the longest wait for one. */
const scroll = (page, box, seconds) => page.evaluate(async ([box, seconds]) => {
  const el = document.querySelector(box);
  el.scrollTop = 0;
  const times = [];
  const began = performance.now();
  for (let last = began, down = true; performance.now() - began < seconds * 1000;) {
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    times.push(now - last);
    last = now;
    if (el.scrollTop + el.clientHeight >= el.scrollHeight - 2) down = false;
    if (el.scrollTop <= 0) down = true;
    el.scrollTop += down ? 60 : -60;
  }
  times.sort((a, b) => a - b);
  return { fps: (times.length * 1000) / times.reduce((a, b) => a + b, 0), p95: times[Math.floor(times.length * 0.95)], most: times.at(-1) };
}, [box, seconds]);

const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "zh-CN", storageState });
const have = (await (await context.request.get(`${base}/console/api/apps?limit=1`)).json()).total;
for (let n = have; n < 1000; n++) {
  const r = await context.request.post(`${base}/console/api/apps`, { data: { mode: "chat", name: `第 ${n} 号应用，名称长短不一${"的".repeat(n % 30)}`, description: "按您的提示词，在对话中回答问题。".repeat(n % 4), icon: "🧪", icon_color: "#e0f1f4" } });
  if (!r.ok()) throw new Error(`app ${n}: ${r.status()}`);
}
const page = await context.newPage();
await page.goto(`${base}/apps`);
const box = "#main";
await page.locator(box).waitFor();
for (let cards = 0; cards < 1000;) {
  await page.evaluate((b) => { const el = document.querySelector(b); el.scrollTop = el.scrollHeight; }, box);
  await page.waitForTimeout(60);
  cards = await page.locator(`${box} a[href$="/edit"]`).count();
}
await page.waitForTimeout(1000);
const f = await scroll(page, box, 5);
console.log(`a thousand cards         ${f.fps.toFixed(0)} frames a second while scrolling   (95 % within ${f.p95.toFixed(1)} ms, the longest ${f.most.toFixed(0)} ms)`);
await browser.close();
