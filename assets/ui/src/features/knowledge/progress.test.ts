import { describe, expect, it } from "vitest";
import type { Document, Progress } from "@/api/types";
import { actionsOf, display, making, pagesOf, share, stageTimes, tally } from "./progress";

const base: Document = {
  id: "1", dataset_id: "d", number: 1, name: "a.pdf", source: "upload_file", batch: "b", position: 1, chunking: { form: "text_model", language: "", model: { endpoint_id: "", name: "" } }, metadata: {},
  stage: "completed", paused: false, attempts: 0, total: 0, done: 0, enabled: true, archived: false, chunks: 3, children: 0, word_count: 10, tokens: 5, pages: 1, hit_count: 0, size: 1,
  created_by: "u", created_from: "web", created_at: "2026-01-01T00:00:00Z", updated_at: "2026-01-01T00:00:00Z", started_at: null, parsed_at: null, split_at: null, completed_at: null, disabled_at: null, try_at: null, revision: 1,
};
const doc = (p: Partial<Document>): Document => ({ ...base, ...p });

describe("a document", () => {
  it.each([
    [{ stage: "waiting" }, "queuing"], [{ stage: "waiting", paused: true }, "paused"], [{ stage: "parsing" }, "indexing"], [{ stage: "indexing", paused: true }, "paused"], [{ stage: "error", paused: true }, "error"],
    [{}, "available"], [{ enabled: false }, "disabled"], [{ archived: true, enabled: false }, "archived"],
  ])("%j is shown as %s", (p, want) => {
    expect(display(doc(p))).toBe(want);
  });

  it("never goes back on its way", () => {
    const way = [{ stage: "waiting" }, { stage: "parsing" }, { stage: "splitting" }, { stage: "indexing", total: 0 }, { stage: "indexing", done: 3, total: 10 }, { stage: "indexing", done: 12, total: 10 }, {}].map((p) => share(doc(p)));
    expect(way).toEqual([...way].sort((a, b) => a - b));
    expect(way.at(-1)).toBe(1);
  });

  it("says how long its stages took, and nothing of those that did not happen", () => {
    const d = doc({ started_at: "2026-01-01T00:00:00Z", parsed_at: "2026-01-01T00:00:02Z", split_at: "2026-01-01T00:00:02.500Z" });
    expect(stageTimes(d)).toEqual({ parsing: 2, splitting: 0.5, indexing: null, all: null });
    expect(stageTimes(doc({ started_at: "2026-01-01T00:00:05Z", parsed_at: "2026-01-01T00:00:02Z" })).parsing).toBeNull();
  });
});

describe("many documents", () => {
  it("are finished when each is ready or failed", () => {
    expect(tally([doc({}), doc({ stage: "error" })])).toEqual({ all: 2, ready: 1, failed: 1, paused: 0, share: 1 });
    expect(tally([doc({}), doc({ stage: "waiting", paused: true })])).toEqual({ all: 2, ready: 1, failed: 0, paused: 1, share: 0.5 });
    expect(tally([]).share).toBe(0);
  });

  it("are offered only what fits all of them", () => {
    expect(actionsOf([doc({ stage: "error" })])).toEqual(["retry", "disable"]);
    expect(actionsOf([doc({}), doc({ enabled: false })])).toEqual(["archive"]);
    expect(actionsOf([doc({ stage: "indexing", paused: true, enabled: false })])).toEqual(["resume", "enable"]);
    expect(actionsOf([])).toEqual([]);
  });

  it("go on at once where they wait for their next try", () => {
    expect(actionsOf([doc({ stage: "indexing", try_at: "2026-01-01T00:10:00Z" })])).toContain("retry");
    expect(actionsOf([doc({ stage: "indexing" })])).not.toContain("retry");
  });
});

describe("the index", () => {
  const idle: Progress = { building: false, embedded: 0, embedding: false, new_model: false, rebuilt: 0, total: 0, units: 0, vectors: 0, words: 0 };
  it("is being made while it is built or vectors are missing", () => {
    expect([making(undefined), making(idle), making({ ...idle, embedding: true }), making({ ...idle, embedding: true, units: 2 }), making({ ...idle, building: true }), making({ ...idle, new_model: true })]).toEqual([false, false, false, true, true, true]);
  });
});

describe("the text of a document", () => {
  it("is cut at pages that are counted in bytes", () => {
    const text = "前言\n第一页\n第二页";
    const at = (s: string): number => new TextEncoder().encode(text.slice(0, text.indexOf(s))).length;
    expect(pagesOf(text, [{ number: 1, start: at("第一"), name: "" }, { number: 2, start: at("第二"), name: "附表" }])).toEqual([
      { name: "", number: 0, text: "前言" }, { name: "1", number: 1, text: "第一页" }, { name: "附表", number: 2, text: "第二页" },
    ]);
  });
  it("is one piece without pages, and empty pages are left out", () => {
    expect(pagesOf(" a ", [])).toEqual([{ name: "", number: 0, text: "a" }]);
    expect(pagesOf("a  ", [{ number: 1, start: 0, name: "" }, { number: 2, start: 1, name: "" }]).map((p) => p.number)).toEqual([1]);
  });
});
