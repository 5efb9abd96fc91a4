import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { preloads } from "./scripts/preloads.ts";

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
  plugins: [onlyWoff2(), react(), tailwindcss(), preloads()],
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
    rolldownOptions: {
      output: {
        // A request costs more than the bytes of a small file: icons are one file, what every page is made of is another.
        codeSplitting: {
          groups: [
            { name: "icons", test: /node_modules[\\/]lucide-react[\\/]/, priority: 20 },
            { name: "kit", test: /src[\\/](?:ui[\\/]|lib[\\/]|api[\\/]|parts[\\/](?:me|preferences|logo)\.)|node_modules[\\/](?:radix-ui|@radix-ui|@floating-ui|zustand)[\\/]/, priority: 15 },
            { name: "base", test: /node_modules[\\/](?:react|react-dom|scheduler|use-sync-external-store|i18next|react-i18next|@tanstack)[\\/]/, priority: 10 },
          ],
        },
      },
    },
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
