// Writes into index.html which files each page loads, for public/start.js: the first page is one round of requests and not a chain of four.
import type { Plugin } from "vite";

// Pages by the first part of their address (edit: /apps/:id/edit), and the modules below src/features that they open with.
const pages: Record<string, string[]> = {
  signin: ["auth/signin"],
  setup: ["auth/setup"],
  invite: ["auth/invite"],
  chat: ["site/routes", "site/chat"],
  chatbot: ["site/routes", "site/chat"],
  completion: ["site/routes", "site/completion"],
  workflow: ["site/routes", "site/workflow"],
  "": ["frame/frame"],
  apps: ["frame/frame", "apps/list"],
  edit: ["frame/frame", "apps/edit"],
  knowledge: ["frame/frame", "knowledge/list"],
};

export function preloads(): Plugin {
  return {
    name: "islet-preloads",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle, chunk: entry }) {
        const chunks = Object.values(bundle ?? {}).filter((c) => c.type === "chunk");
        const closure = (files: string[], seen: Set<string>): Set<string> => {
          for (const f of files.filter((f) => !seen.has(f))) {
            seen.add(f);
            closure(chunks.find((c) => c.fileName === f)?.imports ?? [], seen);
          }
          return seen;
        };
        const first = closure(entry ? [entry.fileName] : [], new Set());
        const files: string[] = [];
        const late = (modules: string[]): number[] => {
          const own = modules.map((m) => {
            const chunk = chunks.find((c) => c.facadeModuleId?.includes(`/src/${m}.ts`));
            if (!chunk) throw new Error(`${m} has no chunk of its own any more: mend scripts/preloads.ts`);
            return chunk.fileName;
          });
          return [...closure(own, new Set(first))].filter((f) => !first.has(f)).map((f) => {
            const name = f.slice("assets/".length);
            if (!files.includes(name)) files.push(name);
            return files.indexOf(name);
          });
        };
        const table = {
          pages: Object.fromEntries(Object.entries(pages).map(([at, parts]) => [at, late(parts.map((p) => `features/${p}`))])),
          en: late(["text/en"]),
          "zh-CN": late(["text/zh"]),
          files,
        };
        const at = '<script src="/start.js">';
        if (!html.includes(at)) throw new Error("index.html does not load start.js: mend scripts/preloads.ts");
        return html.replace(at, `<script type="application/json" id="preloads">${JSON.stringify(table)}</script>\n    ${at}`);
      },
    },
  };
}
