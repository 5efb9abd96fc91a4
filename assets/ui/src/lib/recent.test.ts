import { beforeEach, describe, expect, it } from "vitest";
import { opened, recents, subject } from "./recent";

const id = (n: number): string => `00000000-0000-4000-8000-0000000000${String(n).padStart(2, "0")}`;

describe("what was opened last", () => {
  beforeEach(() => localStorage.clear());
  it("comes newest first, once, and not without end", () => {
    for (let i = 0; i < 12; i++) opened({ kind: "app", id: id(i) });
    opened({ kind: "dataset", id: id(3) });
    opened({ kind: "app", id: id(10) });
    expect(recents().slice(0, 3)).toEqual([{ kind: "app", id: id(10) }, { kind: "dataset", id: id(3) }, { kind: "app", id: id(11) }]);
    expect(recents()).toHaveLength(8);
  });
  it("survives what others wrote there", () => {
    localStorage.setItem("islet.recent", '[1, {"kind":"app"}, {"kind":"poem","id":"x"}, {"kind":"app","id":"y"}]');
    expect(recents()).toEqual([{ kind: "app", id: "y" }]);
    localStorage.setItem("islet.recent", "{");
    expect(recents()).toEqual([]);
  });
  it("is read off the address", () => {
    expect(subject(`/apps/${id(1)}/edit`)).toEqual({ kind: "app", id: id(1) });
    expect(subject(`/knowledge/${id(2)}`)).toEqual({ kind: "dataset", id: id(2) });
    expect(subject("/knowledge/new")).toBeNull();
    expect(subject("/apps")).toBeNull();
  });
});
