import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "./client";
import { generate } from "./make";
import type { GenerateStep } from "./make";

function answer(body: string, status = 200): void {
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response(body, { status, headers: { "Content-Type": status === 200 ? "text/event-stream" : "application/json" } }));
}

async function all(signal = new AbortController().signal): Promise<GenerateStep[]> {
  const out: GenerateStep[] = [];
  for await (const s of generate({ kind: "prompt", instruction: "x" }, signal)) out.push(s);
  return out;
}

describe("what a model writes", () => {
  afterEach(() => vi.restoreAllMocks());
  it("comes in pieces and ends with the whole", async () => {
    answer('event: delta\ndata: {"text":"Be "}\n\nevent: delta\ndata: {"text":"brief"}\n\nevent: done\ndata: {"text":"Be brief","model":"m","usage":{}}\n\nevent: delta\ndata: {"text":"late"}\n\n');
    const steps = await all();
    expect(steps.map((s) => (s.kind === "delta" ? s.text : s.result.text))).toEqual(["Be ", "brief", "Be brief"]);
  });
  it("says in a sentence what went wrong, before or on the way", async () => {
    answer('event: delta\ndata: {"text":"a"}\n\nevent: error\ndata: {"code":"quote_cannot","message":"connect a language model","status":400}\n\n');
    await expect(all()).rejects.toMatchObject({ code: "quote_cannot", message: "connect a language model" });
    answer('{"code":"generate_no_model","message":"connect a model server","status":400}', 400);
    await expect(all()).rejects.toMatchObject({ code: "generate_no_model" });
  });
  it("is no success if the stream just ends", async () => {
    answer('event: delta\ndata: {"text":"a"}\n\n');
    await expect(all()).rejects.toBeInstanceOf(ApiError);
  });
});
