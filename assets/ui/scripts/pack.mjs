// Compresses the text files of a finished build: name becomes name.gz. The binary embeds and serves those as they are.
import { readdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { join, extname } from "node:path";
import { gzipSync, constants } from "node:zlib";

const text = new Set([".html", ".js", ".css", ".svg", ".json", ".txt", ".webmanifest", ".map", ".mjs"]);

function pack(dir) {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name);
    if (statSync(path).isDirectory()) pack(path);
    else if (text.has(extname(name))) {
      writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: constants.Z_BEST_COMPRESSION }));
      unlinkSync(path);
    }
  }
}

pack(process.argv[2] ?? "../dist");
writeFileSync(join(process.argv[2] ?? "../dist", ".gitkeep"), "");
