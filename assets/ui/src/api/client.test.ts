import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiError, get, listen, post, request, url } from "./client";

function answer(status: number, text: string, headers: { [k: string]: string } = {}): void {
  vi.stubGlobal("fetch", async () => new Response(text, { status, headers }));
}

async function error(p: Promise<unknown>): Promise<ApiError> {
  try {
    await p;
  } catch (err) {
    if (err instanceof ApiError) return err;
    throw err;
  }
  throw new Error("nothing was thrown");
}

describe("client", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    listen({ unauthorized: () => undefined, reachable: () => undefined, language: () => "zh-CN" });
  });

  it("gives the code, sentence, status and request id of the server", async () => {
    answer(409, JSON.stringify({ code: "draft_conflict", message: "the draft was changed", status: 409, request_id: "r1" }));
    expect(await error(get("/x"))).toMatchObject({ code: "draft_conflict", message: "the draft was changed", status: 409, requestId: "r1" });
  });

  it("tells how long to wait", async () => {
    answer(429, JSON.stringify({ code: "rate_limited", message: "slow down", status: 429 }), { "Retry-After": "30" });
    expect((await error(get("/x"))).retryAfter).toBe(30);
  });

  it("calls a refused connection network", async () => {
    vi.stubGlobal("fetch", async () => {
      throw new TypeError("Failed to fetch");
    });
    const seen: boolean[] = [];
    listen({ reachable: (ok) => seen.push(ok) });
    expect(await error(get("/x"))).toMatchObject({ code: "network", status: 0 });
    expect(seen).toEqual([false]);
  });

  it("calls the page of a proxy in between network or bad_response", async () => {
    answer(502, "<html>bad gateway</html>");
    expect((await error(get("/x"))).code).toBe("network");
    answer(403, "<html>forbidden</html>");
    expect((await error(get("/x"))).code).toBe("bad_response");
    answer(200, "<html>sign in to the wifi</html>");
    expect((await error(get("/x"))).code).toBe("bad_response");
  });

  it("lets an abort through as it is", async () => {
    vi.stubGlobal("fetch", async () => {
      throw new DOMException("aborted", "AbortError");
    });
    await expect(request("/x")).rejects.toMatchObject({ name: "AbortError" });
  });

  it("tells of a session that ended, but not of a wrong password", async () => {
    const told: string[] = [];
    listen({ unauthorized: (p) => told.push(p) });
    answer(401, JSON.stringify({ code: "signin_failed", message: "wrong", status: 401 }));
    await error(post("/console/api/signin"));
    answer(401, JSON.stringify({ code: "unauthorized", message: "sign in", status: 401 }));
    await error(get("/console/api/apps"));
    expect(told).toEqual(["/console/api/apps"]);
  });

  it("asks in the language of the page and sends JSON", async () => {
    const sent = vi.fn(async (_path: string, _init: RequestInit) => new Response("{}"));
    vi.stubGlobal("fetch", sent);
    listen({ language: () => "en" });
    await post("/x", { a: 1 });
    const init = sent.mock.calls[0]?.[1];
    const headers = new Headers(init?.headers);
    expect(headers.get("Accept-Language")).toBe("en");
    expect(headers.get("Content-Type")).toBe("application/json");
    expect(init?.body).toBe('{"a":1}');
  });

  it("takes an empty answer", async () => {
    answer(200, "");
    expect(await get("/x")).toEqual({});
  });

  it("builds paths without empty parameters", () => {
    expect(url("/apps", { q: "合同 a&b", mode: "", mine: true, page: 2, x: undefined, y: false })).toBe("/apps?q=%E5%90%88%E5%90%8C+a%26b&mine=1&page=2");
    expect(url("/apps")).toBe("/apps");
  });
});
