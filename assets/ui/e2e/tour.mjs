// Every page of a real site, looked at by a machine and kept for people: pictures, axe, console.
//   BASE_URL=… SETUP_CODE=… MODEL_URL=… SHOTS=dir [ONLY=regexp] [LOOKS=zl,ed] [PAGES=1] node e2e/tour.mjs
// Looks are a language (z, e) and a theme (l, d). PAGES=1 leaves out dialogs and states, which is what CI does.
import { mkdirSync, readFileSync } from "node:fs";
import { start, watch } from "./browser.mjs";
import { person, seed } from "./seed.mjs";
import { scenes } from "./scenes.mjs";

const env = (name) => {
  const v = process.env[name];
  if (!v) throw new Error(`${name} is not set`);
  return v;
};
const base = env("BASE_URL").replace(/\/$/, "");
const dir = env("SHOTS");
mkdirSync(dir, { recursive: true });
const only = new RegExp(process.env.ONLY ?? "");
const looks = (process.env.LOOKS ?? "zl,ed").split(",");
const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const complaints = [];

const site = await seed(base, env("SETUP_CODE"), env("MODEL_URL"));
const browser = await start();

const windows = new Map();

/** The window of a look, a width and a person; it is opened once. */
async function open(look, scene) {
  const key = `${look} ${scene.phone} ${scene.stranger}`;
  if (!windows.has(key)) windows.set(key, await opened(look, scene));
  const w = windows.get(key);
  w.expected.splice(0, w.expected.length, ...(scene.fails ?? []), "/console/api/me");
  return w;
}

async function opened(look, scene) {
  const language = look[0] === "z" ? "zh-CN" : "en";
  const phone = scene.phone === true;
  const context = await browser.newContext({
    viewport: phone ? { width: 390, height: 844 } : { width: 1280, height: 800 },
    deviceScaleFactor: phone ? 2 : 1, locale: language, colorScheme: look[1] === "d" ? "dark" : "light", reducedMotion: "reduce", bypassCSP: true, // for axe
    ...(scene.stranger ? {} : { storageState: state }),
  });
  context.setDefaultTimeout(10_000);
  const said = [];
  const expected = [];
  watch(context, said, expected);
  await context.addInitScript((l) => {
    if (window === window.top && location.protocol.startsWith("http")) localStorage.setItem("islet.lang", l);
  }, language);
  return { page: await context.newPage(), said, expected };
}

async function signedIn() {
  const context = await browser.newContext();
  const res = await context.request.post(`${base}/console/api/signin`, { data: person });
  if (!res.ok()) throw new Error(`sign-in: ${res.status()} ${await res.text()}`);
  const kept = await context.storageState();
  await context.close();
  return kept;
}
const state = await signedIn();

async function check(page, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const r = await window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"], rules: { "label-content-name-mismatch": { enabled: false } } }); // experimental in axe: it reads a card's lines as one word
    return r.violations.map((v) => ({ id: v.id, impact: v.impact, at: v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 140)}${n.any[0]?.message ? ` [${n.any[0].message.slice(0, 120)}]` : ""}`).join(" | ") }));
  });
  for (const v of found) {
    const text = `${name}: axe ${v.impact} ${v.id}: ${v.at}`;
    if (v.impact === "serious" || v.impact === "critical") complaints.push(text);
    else console.log(text);
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth + 1);
  if (wide) complaints.push(`${name}: the page scrolls sideways`);
}

/** What is looked at is not changed by it: an editor that is opened and left saves nothing. */
async function revisions() {
  const revs = {};
  for (const { id } of Object.values(site.apps)) revs[id] = (await site.owner("GET", `/console/api/apps/${id}`)).draft_rev;
  return JSON.stringify(revs);
}
const before = await revisions();

let seen = 0;
for (const look of looks) {
  await site.owner("PATCH", "/console/api/me", { language: look[0] === "z" ? "zh-CN" : "en" });
  for (const scene of scenes(site).filter((s) => only.test(s.name) && !(process.env.PAGES && s.do))) {
    const name = `${scene.name}-${look}`;
    const { page, said } = await open(look, scene);
    try {
      await page.goto(base + scene.path);
      await page.waitForLoadState("networkidle", { timeout: 5000 }).catch(() => undefined);
      await page.waitForTimeout(200);
      await scene.do?.(page);
      await page.waitForTimeout(scene.do ? 400 : 100);
      await check(page, name);
    } catch (err) {
      complaints.push(`${name}: ${err.message.split("\n").slice(0, 3).join(" ")}`);
    }
    await page.screenshot({ path: `${dir}/${name}.png` });
    for (const s of said.splice(0)) complaints.push(`${name}: ${s}`);
    seen++;
  }
}
await browser.close();
if ((await revisions()) !== before) complaints.push("a draft was saved although nobody changed it");
for (const c of complaints) console.error(c);
console.log(`tour: ${seen} pictures, ${complaints.length} complaints`);
if (complaints.length > 0) process.exit(1);
