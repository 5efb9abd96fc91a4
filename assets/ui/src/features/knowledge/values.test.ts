import { describe, expect, it } from "vitest";
import { changes, common, shownValue } from "./values";

describe("metadata of many documents", () => {
  const docs = [{ metadata: { a: 1, b: "x" } }, { metadata: { a: 1, b: "y" } }, { metadata: { a: 1 } }];
  it("shows what all of them have, and leaves open what differs", () => {
    expect(common(docs, "a")).toEqual({ value: 1, mixed: false });
    expect(common(docs, "b")).toEqual({ value: undefined, mixed: true });
    expect(common(docs, "c")).toEqual({ value: undefined, mixed: false });
  });

  it("sends only what was changed, and null for what is empty", () => {
    expect(changes({ a: " x ", b: "  ", c: undefined, d: null, e: 0 })).toEqual({ a: "x", b: null, c: null, d: null, e: 0 });
    expect(changes({})).toEqual({});
  });
});

describe("a time", () => {
  it("reads as the day on which it was typed, in whatever zone", () => {
    expect(shownValue(new Date(2026, 0, 31).getTime() / 1000, "time")).toBe("2026-01-31");
    expect(shownValue(new Date(2026, 0, 31, 9, 5).getTime() / 1000, "time")).toBe("2026-01-31 09:05");
    expect(shownValue("2026-01", "time")).toBe("2026-01");
    expect(shownValue(7, "number")).toBe("7");
  });
});
