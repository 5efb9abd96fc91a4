// What must stay true of the source is a test.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { touches } from "@/api/keys";
import { framed, open } from "@/router";
import { en } from "@/text/en";
import { zh } from "@/text/zh";

const src = join(__dirname, "..");
const files: string[] = [];
const walk = (dir: string): void => {
  for (const e of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, e.name);
    if (e.isDirectory()) walk(path);
    else if (/\.tsx?$/.test(e.name) && !e.name.endsWith(".d.ts")) files.push(path);
  }
};
walk(src);
const name = (f: string): string => relative(src, f);
const own = files.filter((f) => !/\.test\.tsx?$/.test(f) && !f.includes("/test/"));
const parse = (f: string): ts.SourceFile => ts.createSourceFile(f, readFileSync(f, "utf8"), ts.ScriptTarget.Latest, true, f.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
const at = (s: ts.SourceFile, n: ts.Node): string => `${name(s.fileName)}:${s.getLineAndCharacterOfPosition(n.getStart()).line + 1}`;

describe("texts", () => {
  it("has every key in both languages", () => {
    const english = Object.keys(en).filter((k) => !k.endsWith("_one"));
    expect(Object.keys(zh).sort()).toEqual(english.sort());
  });

  it("says every key once: of two, one would be lost in silence", () => {
    const all = files.filter((f) => f.includes("/text/en/")).flatMap((f) => [...readFileSync(f, "utf8").matchAll(/^ {2}"([^"]+)":/gm)].map((m) => m[1] ?? ""));
    expect(all.filter((k, i) => all.indexOf(k) !== i)).toEqual([]);
  });

  it("has a plural for every singular", () => {
    for (const k of Object.keys(en)) if (k.endsWith("_one")) expect(Object.keys(en)).toContain(k.replace(/_one$/, "_other"));
  });

  it("uses the same parameters in both languages", () => {
    const params = (s: string): string[] => [...new Set([...s.matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1] ?? ""))].filter((p) => p !== "count").sort();
    const chinese = new Map<string, string>(Object.entries(zh));
    for (const [k, v] of Object.entries(en)) {
      const other = chinese.get(k);
      if (other !== undefined) expect([k, ...params(other)]).toEqual([k, ...params(v)]);
    }
  });

  it("leaves nothing empty, and no Chinese in English", () => {
    for (const [k, v] of [...Object.entries(en), ...Object.entries(zh)]) expect(v.trim(), k).not.toBe("");
    for (const [k, v] of Object.entries(en)) expect(/\p{Script=Han}/u.test(v), k).toBe(false);
  });

  it("uses every key", () => {
    const all = own.filter((f) => !f.includes("/text/")).map((f) => readFileSync(f, "utf8")).join("\n");
    const made = [...all.matchAll(/`([a-zA-Z.]+\.)\$\{[^}]+\}([\w.]*)`/g)].map((m) => new RegExp(`^${(m[1] ?? "").replaceAll(".", "\\.")}[\\w-]+${(m[2] ?? "").replaceAll(".", "\\.")}$`));
    const unused = Object.keys(en)
      .map((k) => k.replace(/_(one|other)$/, ""))
      .filter((k) => !all.includes(`"${k}"`) && !made.some((r) => r.test(k)));
    expect([...new Set(unused)]).toEqual([]);
  });

  // Words that a person reads come from src/text. Symbols and example values may stand in the page.
  it("stands nowhere else", () => {
    const found: string[] = [];
    const spoken = ["label", "title", "placeholder", "alt", "aria-label", "purpose", "text", "hint", "action", "summary"];
    const words = (s: string): boolean => /\p{Script=Han}/u.test(s) || /[A-Za-z]{2,}\s+[A-Za-z]{2,}/.test(s) || /^[A-Z][a-z]{2,}/.test(s.trim());
    const fine = (s: string): boolean => /^(Esc|Ctrl K|islet)$/.test(s.trim());
    for (const f of own.filter((x) => x.endsWith(".tsx"))) {
      const s = parse(f);
      const visit = (n: ts.Node): void => {
        if (ts.isJsxText(n) && words(n.text) && !fine(n.text)) found.push(`${at(s, n)} ${n.text.trim()}`);
        if (ts.isJsxAttribute(n) && n.initializer && ts.isStringLiteral(n.initializer) && spoken.includes(n.name.getText()) && words(n.initializer.text) && !/^X-|^-----|^islet /.test(n.initializer.text)) found.push(`${at(s, n)} ${n.initializer.text}`);
        if (ts.isStringLiteral(n) && /\p{Script=Han}/u.test(n.text)) found.push(`${at(s, n)} ${n.text}`);
        ts.forEachChild(n, visit);
      };
      visit(s);
    }
    expect(found).toEqual([]);
  });
});

describe("source", () => {
  it("says nothing the compiler cannot check: no any, no as", () => {
    const found: string[] = [];
    for (const f of files) {
      const s = parse(f);
      const visit = (n: ts.Node): void => {
        if (n.kind === ts.SyntaxKind.AnyKeyword) found.push(`${at(s, n)} any`);
        if (ts.isAsExpression(n) && n.type.getText() !== "const") found.push(`${at(s, n)} as`);
        if (ts.isNonNullExpression(n)) found.push(`${at(s, n)} !`);
        ts.forEachChild(n, visit);
      };
      visit(s);
    }
    expect(found).toEqual([]);
  });

  it("keeps files under 600 lines", () => {
    for (const f of files) expect(readFileSync(f, "utf8").split("\n").length, name(f)).toBeLessThan(600);
  });

  it("keeps features apart", () => {
    const found: string[] = [];
    for (const f of own) {
      const mine = /features\/(\w+)\//.exec(f)?.[1];
      for (const m of readFileSync(f, "utf8").matchAll(/from "@\/features\/(\w+)\//g)) {
        if (name(f) === "router.tsx") continue;
        if (m[1] !== mine) found.push(`${name(f)} imports ${m[1]}`);
      }
    }
    expect(found).toEqual([]);
  });

  it("styles the kit by props: no component of it takes className", () => {
    for (const f of own.filter((x) => x.includes("/ui/"))) expect(/className\??:/.test(readFileSync(f, "utf8")), name(f)).toBe(false);
  });

  it("writes colours in tokens.css only", () => {
    const found: string[] = [];
    for (const f of own.filter((x) => !/logo|icon-picker/.test(x))) for (const m of readFileSync(f, "utf8").matchAll(/(?:bg|text|border)-\[#|["'`]#[0-9a-f]{6}["'`]/gi)) found.push(`${name(f)} ${m[0]}`);
    expect(found).toEqual([]);
  });

  it("asks nobody but its own server", () => {
    const found: string[] = [];
    for (const f of own) for (const m of readFileSync(f, "utf8").matchAll(/https?:\/\/[\w.-]+/g)) if (!/^https?:\/\/(127\.0\.0\.1|10\.|www\.w3\.org)/.test(m[0])) found.push(`${name(f)} ${m[0]}`);
    expect(found).toEqual([]);
  });
});

describe("routes", () => {
  it("has the pages of the map", () => {
    expect(framed.map((r) => r.fullPath).sort()).toEqual(["/apps", "/apps/$appId/annotations", "/apps/$appId/api", "/apps/$appId/batches", "/apps/$appId/edit", "/apps/$appId/logs", "/apps/$appId/overview", "/backups", "/knowledge", "/knowledge/$id", "/knowledge/$id/add", "/knowledge/$id/documents/$did", "/knowledge/new", "/members", "/models", "/profile", "/settings", "/templates", "/tools"]);
    expect(open.map((r) => r.fullPath).sort()).toEqual(["/chat/$code", "/chatbot/$code", "/completion/$code", "/form/$token", "/invite/$token", "/setup", "/shared/$code/$token", "/signin", "/workflow/$code"]);
  });
  it("names every page and says who may open it", () => {
    for (const r of framed) {
      expect(r.options.staticData?.title, r.fullPath).toBeTruthy();
      expect(r.options.staticData?.role, r.fullPath).toBeTruthy();
    }
  });
  it("invalidates something after every change", () => {
    for (const [k, v] of Object.entries(touches)) expect(typeof v === "function" ? v("x", "y").length : v.length, k).toBeGreaterThan(0);
  });
});
