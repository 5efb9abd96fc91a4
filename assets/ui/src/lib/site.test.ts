import { describe, expect, it } from "vitest";
import { contrast, parseColor, shades } from "./accent";
import type { Field } from "./fields";
import { fitting, readPrefill } from "./prefill";

async function gz(text: string): Promise<string> {
  const packer = new CompressionStream("gzip");
  const writer = packer.writable.getWriter();
  void writer.write(new TextEncoder().encode(text)).then(() => writer.close());
  const b = await new Response(packer.readable).arrayBuffer();
  return btoa(String.fromCharCode(...new Uint8Array(b)));
}

describe("what an address fills in", () => {
  it("reads plain and packed values, one by one and together", async () => {
    const q = new URLSearchParams({ topic: await gz("茶 & 水"), n: "3", inputs: JSON.stringify({ kind: "a" }), "sys.user_id": await gz("alice"), "user.name": "Alice", c: "01a2300f-89a3-7e15-8686-6ba6e65c4557" });
    expect(await readPrefill(`?${q.toString()}`)).toEqual({ inputs: { topic: "茶 & 水", n: "3", kind: "a" }, user: "alice", conversation: "", name: "Alice" });
    expect((await readPrefill(`?inputs=${encodeURIComponent(await gz('{"topic":"x","on":true}'))}`)).inputs).toEqual({ topic: "x", on: true });
  });
  it("leaves alone what only looks packed", async () => {
    expect((await readPrefill("?a=H4sIbroken&b=100%25&inputs=nothing")).inputs).toEqual({ a: "H4sIbroken", b: "100%" });
  });
  it("keeps what fits its field", () => {
    const f = (name: string, kind: Field["kind"], more: Partial<Field> = {}): Field => ({ name, label: name, kind, required: false, ...more });
    const fields = [f("t", "text", { max: 3 }), f("n", "number"), f("c", "checkbox"), f("s", "select", { options: ["x"] }), f("j", "json")];
    expect(fitting(fields, { t: "abcdef", n: "4", c: "true", s: "y", j: { a: 1 }, other: "z" })).toEqual({ t: "abc", n: 4, c: true, j: '{\n  "a": 1\n}' });
    expect(fitting(fields, { n: "four" })).toEqual({});
  });
});

describe("the colour of a web app", () => {
  const rgb = (s: string | undefined): [number, number, number] => {
    const [r = 0, g = 0, b = 0] = (s?.match(/\d+/g) ?? []).map(Number);
    return [r, g, b];
  };
  it("can be read whatever was chosen", () => {
    for (const hue of ["ffff00", "000000", "ffffff", "ff0000", "00ff88", "1c64f2", "777777"]) {
      for (const dark of [false, true]) {
        const s = shades(`#${hue}`, dark);
        expect(contrast(rgb(s?.["--accent"]), rgb(s?.["--on-accent"])), hue).toBeGreaterThanOrEqual(4.5);
        expect(contrast(rgb(s?.["--accent-text"]), dark ? [23, 27, 30] : [255, 255, 255]), hue).toBeGreaterThanOrEqual(4.5);
        expect(contrast(rgb(s?.["--accent-text"]), rgb(s?.["--accent-soft"])), hue).toBeGreaterThanOrEqual(4.5);
      }
    }
    expect(parseColor("red")).toBeNull();
    expect(shades("", false)).toBeNull();
  });
});
