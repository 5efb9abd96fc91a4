// Fails a build whose first page, or any page, has grown too heavy. Sizes are gzip, as they travel.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const dist = process.argv[2] ?? "../dist";
const KB = 1024;
const FIRST = 250 * KB; // what the browser loads before anything shows
const PAGE = 250 * KB; // a page with all it imports, the first load included
const EDIT = 320 * KB; // the editor of an app, which nobody opens first
const GRAPH = 650 * KB; // the page of a workflow, where people stay

const gz = (file) => gzipSync(readFileSync(file)).length;
const assets = join(dist, "assets");
const html = readFileSync(join(dist, "index.html"), "utf8");
const size = new Map(readdirSync(assets).filter((f) => f.endsWith(".js")).map((f) => [f, gz(join(assets, f))]));

// Static imports of a chunk, transitively. Dynamic ones load when they are needed.
function closure(files, seen = new Set()) {
  for (const f of files) {
    if (seen.has(f) || !size.has(f)) continue;
    seen.add(f);
    const code = readFileSync(join(assets, f), "utf8");
    const next = [...code.matchAll(/(?:import|from)\s*["']\.\/([\w.-]+\.js)["']/g)].map((m) => m[1]);
    closure(next, seen);
  }
  return seen;
}
const sum = (set) => [...set].reduce((n, f) => n + size.get(f), 0);
const kb = (n) => `${(n / KB).toFixed(1)} KB`;

const first = closure([...html.matchAll(/\/assets\/([\w.-]+\.js)/g)].map((m) => m[1]));
const rows = [["first load", sum(first), FIRST]];
const lazy = (files) => new Set(files.flatMap((f) => [...readFileSync(join(assets, f), "utf8").matchAll(/import\(["'`]\.\/((?:setup|signin|invite|list|edit|editor|logs|page|routes|chat|workflow|completion|form|profile|frame)-[\w-]+\.js)["'`]\)/g)].map((m) => m[1])));
const own = lazy([...first]);
const pages = new Set([...own, ...[...lazy([...own])].filter((f) => !first.has(f))]); // a page may load its own kind late
for (const p of pages) rows.push([p, sum(closure([p], new Set(first))), p.startsWith("editor-") ? GRAPH : p.startsWith("edit-") ? EDIT : PAGE]);

let bad = 0;
for (const [name, n, max] of rows) {
  if (n > max) bad++;
  console.log(`${n > max ? "TOO BIG" : "ok     "} ${name.padEnd(28)} ${kb(n).padStart(10)} gz of ${kb(max)}`);
}
const css = readdirSync(assets).filter((f) => f.endsWith(".css")).map((f) => `${f} ${kb(gz(join(assets, f)))}`);
console.log(`css: ${css.join(", ")}`);
const old = readdirSync(assets).filter((f) => /\.(ttf|woff)$/.test(f));
if (old.length > 0) {
  bad++;
  console.log(`fonts that no browser of ours needs: ${old.join(", ")}`);
}
for (const f of [".gitkeep", "start.js", "favicon.svg"]) {
  if (!existsSync(join(dist, f))) {
    bad++;
    console.log(`${f} is missing`);
  }
}
process.exit(bad > 0 ? 1 : 0);
