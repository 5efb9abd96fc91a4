import { describe, expect, it } from "vitest";
import { qr } from "./qr";

/** A sum over all modules; the values below are those of a code that agreed with another encoder module by module. */
const sum = (g: boolean[][] | null): number => (g ?? []).flat().reduce((h, on, i) => (h * 31 + (on ? i + 1 : 7)) % 1_000_003, 0);

describe("QR codes", () => {
  it("grow with the text and are square", () => {
    expect(qr("x")?.length).toBe(21);
    expect(qr("x".repeat(60))?.length).toBe(33);
    expect(qr("x".repeat(213))?.length).toBe(57);
    expect(qr("x".repeat(214))).toBeNull();
    expect(qr("中".repeat(71))?.length).toBe(57);
  });
  it("are what they were", () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7].map((m) => sum(qr("http://10.0.0.5:8090/chat/abcdefghij0123456789", m)))).toMatchInlineSnapshot(`
      [
        97225,
        596837,
        868633,
        853656,
        799294,
        864579,
        153863,
        112723,
      ]
    `);
    expect(sum(qr("x".repeat(200), 3))).toMatchInlineSnapshot(`115992`);
  });
});
