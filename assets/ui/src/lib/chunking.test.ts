import { expect, test } from "vitest";
import { firstRules, fromChunking, toChunking } from "./chunking";

test("rules come back as they were sent", () => {
  for (const r of [firstRules, { ...firstRules, form: "hierarchical_model" as const, custom: true, whole: true, childMax: 200, addresses: true }, { ...firstRules, form: "qa_model" as const, custom: true, max: 300, overlap: 0, spaces: false }])
    expect(fromChunking(toChunking(r))).toEqual(r);
});

test("rules that nobody set are the automatic ones", () => {
  expect(fromChunking({ form: "", language: "", model: { endpoint_id: "", name: "" } })).toEqual(firstRules);
});

test("the overlap is at most half of a chunk", () => {
  expect(JSON.stringify(toChunking({ ...firstRules, custom: true, max: 100, overlap: 90 }).rules)).toContain('"chunk_overlap":50');
});
