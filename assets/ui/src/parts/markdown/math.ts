// Models write LaTeX in four ways. The renderer reads two of them ($…$ and $$…$$); this turns the others into those, and keeps
// "$5 and $10" from becoming a formula. Code is left alone.

const code = /(^|\n)(`{3,}|~{3,})[\s\S]*?(?:\n\2[^\n]*(?=\n|$)|$)|`+[^`\n]*`+/g;

export function hasMath(text: string): boolean {
  return /\$|\\\(|\\\[/.test(text);
}

export function normalizeMath(text: string): string {
  let out = "";
  let at = 0;
  for (const m of text.matchAll(code)) {
    out += prose(text.slice(at, m.index)) + m[0];
    at = m.index + m[0].length;
  }
  return out + prose(text.slice(at));
}

function prose(s: string): string {
  const t = s
    .replace(/\\\[([\s\S]*?)\\\]/g, (_, body: string) => `$$${body.includes("\n") ? body : `\n${body.trim()}\n`}$$`)
    .replace(/\\\(([\s\S]*?)\\\)/g, (_, body: string) => `$${body.trim()}$`);
  return escapeMoney(t);
}

/** Pandoc's rule: an opening $ has no space after it, a closing one no space before it and no digit after it. */
function escapeMoney(s: string): string {
  const parts = s.split(/(\$\$[\s\S]*?\$\$)/);
  return parts
    .map((p) => {
      if (p.startsWith("$$")) return p;
      let out = "";
      let at = 0;
      for (const m of p.matchAll(/(?<!\\)\$(?=\S)([^$\n]*?[^\s\\$])\$(?!\d)/g)) {
        if (/^\d[\d,.]*\s/.test(m[1] ?? "") && !/[\\^_=+]/.test(m[1] ?? "")) continue; // "$5 to $"
        out += lone(p.slice(at, m.index)) + m[0];
        at = m.index + m[0].length;
      }
      return out + lone(p.slice(at));
    })
    .join("");
}

function lone(s: string): string {
  return s.replace(/(?<!\\)\$/g, "\\$");
}
