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

test("a child holds no more than its parent, and any number of tokens of a whole document", () => {
  const r = { ...firstRules, form: "hierarchical_model" as const, custom: true, max: 200, childMax: 512 };
  expect(fromChunking(toChunking(r)).childMax).toBe(200);
  expect(fromChunking(toChunking({ ...r, whole: true })).childMax).toBe(512);
});

test("each mode carries the name that the server knows it by", () => {
  const mode = (p: Partial<typeof firstRules>): string => JSON.stringify(toChunking({ ...firstRules, ...p }).rules);
  expect(mode({})).toContain('"mode":"automatic"');
  expect(mode({ custom: true })).toContain('"mode":"custom"');
  expect(mode({ custom: true, form: "qa_model" })).toContain('"mode":"custom"');
  expect(mode({ custom: true, form: "hierarchical_model" })).toContain('"mode":"hierarchical"');
});

test("rules that make no sense do not break the form", () => {
  for (const rules of [null, 7, "x", [], { rules: null }, { mode: "custom", rules: { segmentation: { max_tokens: "many", separator: 3 }, pre_processing_rules: [null, 1] } }])
    expect(fromChunking({ form: "text_model", language: "", model: { endpoint_id: "", name: "" }, rules }).max).toBe(firstRules.max);
});
