import { describe, expect, it } from "vitest";
import { folded, lineDiff, sideBySide } from "./line-diff";

const said = (a: string, b: string): string => lineDiff(a, b).map((l) => ({ same: " ", added: "+", removed: "-" })[l.kind] + l.text).join("|");

describe("lineDiff", () => {
  it("keeps what is common and tells what came and went, in order", () => {
    expect(said("a\nb\nc", "a\nc\nd")).toBe(" a|-b| c|+d");
    expect(said("", "x")).toBe("+x");
    expect(said("x", "")).toBe("-x");
    expect(said("x\ny", "x\ny")).toBe(" x| y");
    expect(said("a\nx\na\ny", "a\na\nz\ny")).toBe(" a|-x| a|+z| y");
  });
  it("gives both texts back", () => {
    const words = ["", "a", "b", "c", "dd"];
    let seed = 7;
    const next = (n: number): number => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
    for (let round = 0; round < 200; round++) {
      const make = (): string => Array.from({ length: 1 + next(9) }, () => words[1 + next(4)] ?? "").join("\n");
      const [a, b] = [make(), make()];
      const lines = lineDiff(a, b);
      expect(lines.filter((l) => l.kind !== "added").map((l) => l.text).join("\n")).toBe(a);
      expect(lines.filter((l) => l.kind !== "removed").map((l) => l.text).join("\n")).toBe(b);
    }
  });
  it("does not choke on long texts", () => {
    const many = (w: string): string => Array.from({ length: 5000 }, (_, i) => `${w}${i}`).join("\n");
    expect(lineDiff(many("a"), many("b"))).toHaveLength(10_000);
  });
});

describe("sideBySide", () => {
  it("puts what was replaced beside its replacement", () => {
    const rows = sideBySide(lineDiff("a\nb\nc", "a\nB\nB2\nc"));
    expect(rows.map((r) => [r.left?.text ?? null, r.right?.text ?? null])).toEqual([["a", "a"], ["b", "B"], [null, "B2"], ["c", "c"]]);
  });
});

describe("folded", () => {
  it("leaves out what is far from every change", () => {
    const rows = folded([..."sssssXsssss"], (x) => x === "s");
    expect(rows).toEqual([2, "s", "s", "s", "X", "s", "s", "s", 2]);
    expect(folded(["s", "s"], (x) => x === "s")).toEqual([]);
  });
});
