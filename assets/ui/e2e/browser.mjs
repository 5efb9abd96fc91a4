// Starts Debian's Chromium and watches every page of it: a console error or warning, or an uncaught error, fails the journey.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const paths = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].filter(Boolean);

export async function start() {
  const executablePath = paths.find((p) => existsSync(p));
  if (!executablePath) throw new Error(`no Chromium at ${paths.join(", ")}; install the Debian package chromium or set CHROMIUM`);
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
      "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required"],
  });
}

/** Collects what a page complains about. Responses that the journey expects to fail are named by their path. */
export function watch(context, complaints, expected = []) {
  context.on("page", (page) => {
    page.on("pageerror", (e) => complaints.push(`uncaught: ${e.message}`));
    page.on("console", (m) => {
      if (m.type() !== "error" && m.type() !== "warning") return;
      const from = m.location().url ?? "";
      if (/Failed to load resource/.test(m.text()) && expected.some((e) => from.endsWith(e))) return;
      complaints.push(`console.${m.type()}: ${m.text()} (${from})`);
    });
    page.on("request", (r) => {
      const url = new URL(r.url());
      if (!["data:", "blob:"].includes(url.protocol) && !["localhost", "127.0.0.1", "[::1]"].includes(url.hostname)) complaints.push(`asked ${url.host}`);
    });
  });
}
