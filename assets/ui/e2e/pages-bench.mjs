// How soon a page shows what matters (LCP), from an empty browser cache with the processor slowed down four times.
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
await browser.close();
