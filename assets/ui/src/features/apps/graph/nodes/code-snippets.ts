// Programs to begin with, by what people want. They are examples that run, not a library. Pure.
import type { Language } from "./code";

export const snippetIds = ["json", "join", "pick", "table", "split", "date"] as const;
export type SnippetId = (typeof snippetIds)[number];

export interface Snippet {
  inputs: readonly string[];
  outputs: readonly { name: string; type: string }[];
  code: Record<Language, string>;
}

export const snippets: Record<SnippetId, Snippet> = {
  json: {
    inputs: ["text"],
    outputs: [{ name: "data", type: "object" }, { name: "ok", type: "boolean" }],
    code: {
      python3: `import json
import re


def main(text: str) -> dict:
    found = re.search(r"\\{.*\\}", text, re.S)
    try:
        return {"data": json.loads(found.group(0)), "ok": True}
    except (AttributeError, ValueError):
        return {"data": {}, "ok": False}
`,
      javascript: `function main({text}) {
    const found = /\\{[\\s\\S]*\\}/.exec(text)
    try {
        return {data: JSON.parse(found[0]), ok: true}
    } catch (e) {
        return {data: {}, ok: false}
    }
}
`,
    },
  },
  join: {
    inputs: ["items"],
    outputs: [{ name: "text", type: "string" }, { name: "count", type: "number" }],
    code: {
      python3: `def main(items: list) -> dict:
    lines = [f"{n}. {item}" for n, item in enumerate(items, 1)]
    return {"text": "\\n".join(lines), "count": len(items)}
`,
      javascript: `function main({items}) {
    const lines = items.map((item, i) => (i + 1) + ". " + item)
    return {text: lines.join("\\n"), count: items.length}
}
`,
    },
  },
  pick: {
    inputs: ["text"],
    outputs: [{ name: "found", type: "array[string]" }],
    code: {
      python3: `import re


def main(text: str) -> dict:
    found = re.findall(r"[\\w.+-]+@[\\w-]+\\.[\\w.]+", text)
    return {"found": found[:30]}
`,
      javascript: `function main({text}) {
    const found = text.match(/[\\w.+-]+@[\\w-]+\\.[\\w.]+/g) || []
    return {found: found.slice(0, 30)}
}
`,
    },
  },
  table: {
    inputs: ["rows"],
    outputs: [{ name: "table", type: "string" }],
    code: {
      python3: `def main(rows: list) -> dict:
    if not rows:
        return {"table": ""}
    names = list(rows[0])
    lines = [" | ".join(names), " | ".join("---" for _ in names)]
    lines += [" | ".join(str(row.get(n, "")) for n in names) for row in rows]
    return {"table": "\\n".join(f"| {line} |" for line in lines)}
`,
      javascript: `function main({rows}) {
    if (rows.length === 0) return {table: ""}
    const names = Object.keys(rows[0])
    const lines = [names, names.map(() => "---")].concat(rows.map((row) => names.map((n) => row[n] === undefined ? "" : row[n])))
    return {table: lines.map((cells) => "| " + cells.join(" | ") + " |").join("\\n")}
}
`,
    },
  },
  split: {
    inputs: ["text", "size"],
    outputs: [{ name: "parts", type: "array[string]" }],
    code: {
      python3: `def main(text: str, size: int) -> dict:
    parts = [text[i:i + size] for i in range(0, len(text), size)]
    return {"parts": parts[:30]}
`,
      javascript: `function main({text, size}) {
    const parts = []
    for (let i = 0; i < text.length && parts.length < 30; i += size) parts.push(text.slice(i, i + size))
    return {parts: parts}
}
`,
    },
  },
  date: {
    inputs: [],
    outputs: [{ name: "date", type: "string" }, { name: "weekday", type: "number" }],
    code: {
      python3: `from datetime import datetime, timezone


def main() -> dict:
    now = datetime.now(timezone.utc)
    return {"date": now.strftime("%Y-%m-%d"), "weekday": now.isoweekday()}
`,
      javascript: `function main() {
    const now = new Date()
    return {date: now.toISOString().slice(0, 10), weekday: now.getUTCDay() || 7}
}
`,
    },
  },
};
