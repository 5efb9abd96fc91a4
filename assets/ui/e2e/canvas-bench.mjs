// A graph of five hundred nodes on the canvas: how soon it is there, how many frames a second while one pans, how soon a panel opens.
//   BASE_URL=… SETUP_CODE=… node e2e/canvas-bench.mjs
import { start } from "./browser.mjs";

const base = process.env.BASE_URL.replace(/\/$/, "");
const person = { email: "bench@example.com", password: "correct horse 9 battery" };
const browser = await start();
const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
async function api(method, path, data) {
  const r = await context.request.fetch(`${base}/console/api${path}`, { method, data });
  if (!r.ok()) throw new Error(`${method} ${path}: ${r.status()} ${await r.text()}`);
  return r.json();
}

/** Twenty-five columns of twenty, each reading the one before it; every fourth column branches. */
function graph() {
  const nodes = [];
  const edges = [];
  const put = (id, type, x, y, data) => nodes.push({ id, type: "custom", position: { x, y }, positionAbsolute: { x, y }, width: 244, height: 90, sourcePosition: "right", targetPosition: "left", data: { type, title: `${type} ${id}`, desc: "", ...data } });
  const join = (a, b, handle, from, to) => edges.push({ id: `${a}-${handle}-${b}-target`, type: "custom", source: a, sourceHandle: handle, target: b, targetHandle: "target", data: { sourceType: from, targetType: to } });
  put("start", "start", 0, 0, { variables: [{ variable: "q", label: "q", type: "text-input", required: true }] });
  let last = Array.from({ length: 20 }, () => ["start", "start"]);
  for (let c = 1; nodes.length < 499; c++) {
    const next = [];
    for (let r = 0; r < 20 && nodes.length < 499; r++) {
      const id = `n${c}x${r}`;
      const [before, kind] = last[r];
      const type = c % 4 === 3 ? "if-else" : c % 4 === 1 ? "llm" : c % 4 === 2 ? "code" : "template-transform";
      const read = before === "start" ? ["start", "q"] : [before, "text"];
      const data = { llm: { model: { provider: "p", name: "bench-model", mode: "chat", completion_params: {} }, prompt_template: [{ role: "user", text: `{{#${read.join(".")}#}}` }], context: { enabled: false, variable_selector: [] }, vision: { enabled: false } },
        code: { code_language: "python3", code: "def main(a):\n    return {'result': a}", variables: [{ variable: "a", value_selector: read }], outputs: { result: { type: "string", children: null } } },
        "if-else": { cases: [{ case_id: "true", logical_operator: "and", conditions: [{ id: "1", variable_selector: read, comparison_operator: "contains", value: "x", varType: "string" }] }] },
        "template-transform": { template: "{{ a }}", variables: [{ variable: "a", value_selector: read }] } }[type];
      put(id, type, c * 320, r * 160, data);
      join(before, id, kind === "if-else" ? "true" : "source", kind, type);
      next.push([id, type]);
    }
    last = next;
  }
  put("end", "end", 30 * 320, 0, { outputs: [] });
  join(last[0][0], "end", last[0][1] === "if-else" ? "true" : "source", last[0][1], "end");
  return { nodes, edges, viewport: { x: 0, y: 0, zoom: 1 } };
}

await api("POST", "/setup", { code: process.env.SETUP_CODE, name: "Bench", ...person, workspace_name: "Bench", language: "en" });
const app = await api("POST", "/apps", { mode: "workflow", name: "Five hundred", description: "", icon: "🧪", icon_color: "#e0f1f4" });
const g = graph();
await api("PUT", `/apps/${app.id}/draft`, { rev: app.draft_rev, settings: { ...app.draft, graph: g } });
console.log(`canvas of ${g.nodes.length} nodes and ${g.edges.length} edges`);

const page = await context.newPage();
await page.addInitScript(() => localStorage.setItem("islet.canvas.run", "0"));
const opens = [];
for (let i = 0; i < 5; i++) {
  await page.goto(`${base}/apps/${app.id}/edit`);
  await page.locator('[data-node="start"]').waitFor();
  opens.push(await page.evaluate(() => performance.now()));
}
opens.sort((a, b) => a - b);
console.log(`  first card after        median ${opens[2].toFixed(0)} ms`);
await page.waitForTimeout(1500);

/** Frames while every frame moves the canvas on. */
const pan = (seconds) => page.evaluate(async ([s]) => {
  const pane = document.querySelector(".react-flow__pane");
  const r = pane.getBoundingClientRect();
  const times = [];
  const began = performance.now();
  let last = began;
  let n = 0;
  while (performance.now() - began < s * 1000) {
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    times.push(now - last);
    last = now;
    const phase = Math.floor(n++ / 20) % 4;
    pane.dispatchEvent(new WheelEvent("wheel", { deltaX: [24, 0, -24, 0][phase], deltaY: [0, 24, 0, -24][phase], clientX: r.x + r.width / 2, clientY: r.y + r.height / 2, bubbles: true, cancelable: true }));
  }
  times.sort((a, b) => a - b);
  return { frames: times.length, fps: (times.length * 1000) / times.reduce((a, b) => a + b, 0), p95: times[Math.floor(times.length * 0.95)], cards: document.querySelectorAll("[data-node]").length };
}, [seconds]);

const cdp = await context.newCDPSession(page);
await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
const busy = async () => Object.fromEntries((await cdp.send("Performance.getMetrics")).metrics.map((m) => [m.name, m.value])).TaskDuration * 1000;
for (const [name, keys] of [["50 %", "Shift+5"], ["100 %", "Shift+1"], ["all in sight", "1"]]) {
  await page.locator(".react-flow__pane").click({ position: { x: 700, y: 20 } });
  await page.keyboard.press(keys);
  await page.waitForTimeout(600);
  const before = await busy();
  const f = await pan(4);
  const used = ((await busy()) - before) / f.frames;
  console.log(`  panning at ${name.padEnd(13)} ${f.fps.toFixed(0).padStart(3)} frames a second, ${used.toFixed(1).padStart(4)} ms of the page's thread for each   (95 % within ${f.p95.toFixed(1)} ms, ${f.cards} cards drawn)`);
}

await page.locator(".react-flow__pane").click({ position: { x: 700, y: 20 } });
await page.keyboard.press("Control+f");
await page.keyboard.type("llm n5x5");
await page.keyboard.press("Enter");
await page.waitForTimeout(600);
await page.keyboard.press("Shift+1");
await page.waitForTimeout(600);
/** From the click to the frame in which the panel of the node stands there. */
const panel = (id) => page.evaluate(async (node) => {
  const el = document.querySelector(`[data-node="${node}"]`);
  const title = el.querySelector("[title]:nth-child(2)")?.textContent ?? "";
  const began = performance.now();
  el.click();
  const there = () => {
    const a = document.querySelector("aside");
    return a !== null && (a.textContent.includes(title) || [...a.querySelectorAll("input, textarea")].some((i) => i.value === title));
  };
  while (!there()) {
    if (performance.now() - began > 5000) throw new Error(`no panel of ${node}`);
    await new Promise(requestAnimationFrame);
  }
  await new Promise(requestAnimationFrame);
  return performance.now() - began;
}, id);
const seen = await page.evaluate(() => [...document.querySelectorAll("[data-node]")].map((e) => e.dataset.node));
const times = [];
for (const id of [...seen, ...seen, ...seen].slice(0, 30)) {
  times.push(await panel(id));
  await page.waitForTimeout(60);
}
const first = times[0];
const rest = times.slice(Math.min(seen.length, 15)).sort((a, b) => a - b);
console.log(`  opening a panel         median ${rest[Math.floor(rest.length / 2)].toFixed(0)} ms, 95 % within ${rest[Math.floor(rest.length * 0.95)].toFixed(0)} ms (the very first, whose code is loaded, ${first.toFixed(0)} ms)`);
await browser.close();
