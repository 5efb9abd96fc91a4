import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

// Every browser that runs this UI reads woff2; the other two formats KaTeX lists would only make the binary bigger.
function onlyWoff2(): Plugin {
  return {
    name: "katex-only-woff2",
    enforce: "pre",
    transform(code, id) {
      if (!id.includes("katex") || !id.split("?")[0]?.endsWith(".css")) return null;
      return code.replace(/,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\((["'])[a-z]+\1\)/g, "");
    },
  };
}

const server = process.env["ISLET_SERVER"] ?? "http://127.0.0.1:8090";

export default defineConfig({
  plugins: [onlyWoff2(), react(), tailwindcss()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "../dist",
    emptyOutDir: true, // public/.gitkeep comes back with every build
    assetsDir: "assets",
    target: "es2022",
    assetsInlineLimit: 0, // the server allows no data: fonts
    sourcemap: false,
    chunkSizeWarningLimit: 900,
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/console/api": server, "/api": server, "/v1": server } },
  test: {
    environment: "jsdom",
    setupFiles: ["./src/test/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    css: false,
    pool: "threads",
  },
});
