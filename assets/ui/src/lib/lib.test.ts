import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import type { Variable } from "@/api/types";
import { draftOf, optionProblems, optionsOf } from "@/features/models/endpoint-form";
import { variableProblems } from "@/features/apps/variable-rules";
import { grantable } from "@/features/members/roles";
import { curlSample, pythonSample, scriptSample } from "./curl";
import { emailProblem, passwordProblem, urlProblem } from "./form";
import { bytes, compact, relativeTime } from "./format";
import { headersProblem, headersText, parseHeaders } from "./headers";
import { absolute, siteLink } from "./links";
import { match } from "./match";
import { atLeast } from "./role";
import { fillSettings, isSet, numberParam, paramCount, stops, withParam, withPreset } from "./settings";
import { fill, nameProblem, newVariable, pieces, renameIn, undeclared, used } from "./variables";
import { fieldProblems, firstValues, ofVariable } from "./fields";

const v = (name: string, part: Partial<Variable> = {}): Variable => ({ ...newVariable(name), ...part });

describe("variables", () => {
  it.each([
    ["{{name}}", ["name"]],
    ["{{ name }} and {{name}}", ["name"]],
    ["你是{{部门}}的助手，{{a_1}}", ["部门", "a_1"]],
    ["{{1a}} {{a-b}} {{}} {{ }} {name} {{a b}}", []],
    ["{{a}}{{b}}", ["a", "b"]],
    ["{{{a}}}", ["a"]],
    ["", []],
  ])("finds the variables of %j", (text, want) => {
    expect(used(text)).toEqual(want);
  });

  it("names what is used and not declared, once, in order", () => {
    expect(undeclared([v("a")], "{{b}} {{a}} {{c}} {{b}}", "{{d}}")).toEqual(["b", "c", "d"]);
  });

  it.each(["", "{{a}}", "x{{a}}y{{b}}\n", "{{", "}}{{a"])("cuts %j into pieces that join to the same text", (text) => {
    expect(pieces(text).map((p) => p.text).join("")).toBe(text);
  });

  it("renames only the variable itself", () => {
    expect(renameIn("{{ab}} {{ a }} a {{a}}", "a", "甲")).toBe("{{ab}} {{甲}} a {{甲}}");
  });

  it("fills in values, false and 0 too, and leaves what is empty", () => {
    expect(fill("{{a}} {{b}} {{c}} {{d}}", { a: "x", b: 0, c: "", d: false })).toBe("x 0 {{c}} false");
  });

  it("never fills a value in twice", () => {
    expect(fill("{{a}}", { a: "{{b}}", b: "no" })).toBe("{{b}}");
  });

  it.each([
    ["", "var.nameEmpty"],
    ["1a", "var.nameBad"],
    ["a b", "var.nameBad"],
    ["é", "var.nameBad"],
    ["x".repeat(101), "var.nameBad"],
    ["taken", "var.nameTwice"],
    ["部门", undefined],
    ["_x9", undefined],
  ])("judges the name %j", (name, want) => {
    expect(nameProblem(name, ["taken"])).toBe(want);
  });

  it("checks the form of the variables", () => {
    const vars = [v("t"), v("long", { max_length: 2 }), v("n", { kind: "number" }), v("s", { kind: "select", options: ["a"] }), v("c", { kind: "checkbox" }), v("o", { required: false })];
    expect(fieldProblems(vars.map(ofVariable), {})).toEqual({ t: "inputs.required", long: "inputs.required", n: "inputs.required", s: "inputs.required" });
    expect(fieldProblems(vars.map(ofVariable), { t: "x".repeat(257), long: "三个字", n: "1", s: "b" })).toEqual({ t: "inputs.tooLong", long: "inputs.tooLong", n: "inputs.number", s: "inputs.option" });
    expect(fieldProblems(vars.map(ofVariable), { t: "x", long: "二字", n: 0, s: "a" })).toEqual({});
  });

  it("counts characters, not code units", () => {
    expect(fieldProblems([ofVariable(v("t", { max_length: 2 }))], { t: "👍👍" })).toEqual({});
  });

  it("starts with the defaults", () => {
    expect(firstValues([v("a", { default: "x" }), v("b"), v("c", { kind: "checkbox" }), v("d", { kind: "number", default: 0 })].map(ofVariable))).toEqual({ a: "x", c: false, d: 0 });
  });

  it("keeps impossible variables from being saved", () => {
    expect(variableProblems(v("s", { kind: "select", options: ["a", " a "] }))).toEqual(["var.optionsFew"]);
    expect(variableProblems(v("t", { default: "abc", max_length: 2 }))).toEqual(["var.defaultLong"]);
    expect(variableProblems(v("h", { hidden: true }))).toEqual(["var.hiddenRequired"]);
    expect(variableProblems(v("ok", { default: "a", hidden: true }))).toEqual([]);
  });
});

describe("settings", () => {
  it("fills in what a server leaves null", () => {
    const s = fillSettings(JSON.parse('{"model":{"endpoint_id":"","name":""},"prompt":"","variables":null,"opening":"","suggested":null,"files":{"enabled":false,"kinds":null,"max":0,"methods":null,"detail":""}}'));
    expect([s.variables, s.suggested, s.files.kinds, s.files.methods]).toEqual([[], [], [], []]);
  });

  it("switches parameters on and off and leaves no empty object behind", () => {
    const m = { endpoint_id: "e", name: "n" };
    const on = withParam(m, "temperature", 0);
    expect(on).toEqual({ ...m, params: { temperature: 0 } });
    expect(numberParam(on, "temperature")).toBe(0);
    expect(withParam(on, "temperature", null)).toEqual(m);
    expect(paramCount(withPreset(on, "creative"))).toBe(2);
    expect(stops(withParam(m, "stop", ["a", "b"]))).toEqual(["a", "b"]);
  });

  it("knows a chosen model from none", () => {
    expect([isSet(null), isSet({ endpoint_id: "", name: "" }), isSet({ endpoint_id: "e", name: "n" })]).toEqual([false, false, true]);
  });
});

describe("endpoint options", () => {
  const draft = draftOf({ name: "n", base_url: "http://x", protocol: "openai" });
  it("sends only what is set", () => {
    expect(optionsOf(draft)).toEqual({});
    expect(optionsOf({ ...draft, timeout: 30, retries: 0, http1: true, headers: "X-Team: legal\n\nX-B:2", ca: " pem " })).toEqual({ timeout_seconds: 30, retries: -1, http1: true, headers: { "X-Team": "legal", "X-B": "2" }, ca: "pem" });
  });
  it("survives a round trip", () => {
    const options = { timeout_seconds: 5, retries: -1, headers: { A: "b: c" }, skip_verify: true };
    expect(optionsOf(draftOf({ ...draft, options }))).toEqual(options);
  });
  it("finds what is wrong", () => {
    expect(optionProblems({ ...draft, headers: "no colon", ca: "nonsense" })).toEqual({ headers: "endpoint.headersBad", ca: "endpoint.caBad" });
    expect(headersProblem("A: b\n\nC: d")).toBe(false);
    expect(headersText(parseHeaders("A: b\nC:d"))).toBe("A: b\nC: d");
  });
});

describe("small things", () => {
  it("checks forms", () => {
    expect([emailProblem(""), emailProblem("a"), emailProblem("a@b")]).toEqual(["form.required", "form.email", undefined]);
    expect([passwordProblem(""), passwordProblem("1234567"), passwordProblem("12345678")]).toEqual(["form.required", "form.password", undefined]);
    expect([urlProblem(""), urlProblem("10.0.0.1:80"), urlProblem("ftp://x"), urlProblem("http://10.0.0.1:80/v1")]).toEqual(["form.required", "form.url", "form.url", undefined]);
  });
  it("formats", () => {
    expect([bytes(0, "en"), bytes(1536, "en"), bytes(48_230_112, "en")]).toEqual(["0 B", "1.5 KB", "46 MB"]);
    expect([compact(131072), compact(32000), compact(8192), compact(512), compact(1_000_000)]).toEqual(["128K", "32K", "8K", "512", "1M"]);
    const now = Date.parse("2026-11-23T12:00:00Z");
    expect(relativeTime("2026-11-23T11:57:00Z", "zh-CN", now)).toBe("3分钟前");
    expect(relativeTime("2026-11-24T12:00:00Z", "en", now)).toBe("tomorrow");
    expect(relativeTime("nonsense", "en", now)).toBe("");
  });
  it("makes links", () => {
    expect(siteLink("chat", "ab", "http://h:1")).toBe("http://h:1/chat/ab");
    expect(absolute("/invite/x", "http://h:1")).toBe("http://h:1/invite/x");
    expect(absolute("http://other/invite/x", "http://h:1")).toBe("http://other/invite/x");
  });
  it("searches words in any order", () => {
    expect(match("合同 审", "合同审阅助手")).toBe(true);
    expect(match("b a", "A", "B")).toBe(true);
    expect(match("c", "a", undefined)).toBe(false);
  });
  it("orders roles", () => {
    expect([atLeast("owner", "admin"), atLeast("editor", "admin"), atLeast("member", "member")]).toEqual([true, false, true]);
    expect(grantable("admin")).toEqual(["editor", "member"]);
    expect(grantable("owner")).toContain("admin");
  });
  it("prints a script that Node runs as it is, and reads the answer", async () => {
    const asked: string[] = [];
    const server = createServer((req, res) => {
      req.on("data", (b: Buffer) => asked.push(b.toString()));
      req.on("end", () => {
        asked.push(req.headers.authorization ?? "");
        res.end(req.url === "/v1/chat-messages" && asked[0]?.includes("streaming") ? 'event: ping\n\ndata: {"event":"agent_message","answer":"4"}\n\ndata: {"event":"agent_message","answer":"2"}\n\n' : '{"answer":"42"}');
      });
    });
    await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
    const at = server.address();
    const base = `http://127.0.0.1:${typeof at === "object" && at ? at.port : 0}/v1`;
    const run = (code: string): Promise<string> => new Promise((done, fail) => execFile(process.execPath, ["--input-type=module", "-e", code], (err, out) => (err ? fail(err) : done(out))));
    for (const mode of ["chat", "agent-chat"] as const) {
      asked.length = 0;
      expect((await run(scriptSample(base, "app-x", mode, [ofVariable(v("who", { label: `it's "me"` }))]))).trim()).toBe("42");
      expect(asked[0]).toContain(`it's \\"me\\"`);
      expect(asked.at(-1)).toBe("Bearer app-x");
    }
    server.close();
    expect(scriptSample(base, "", "workflow", [])).toContain("process.env.ISLET_KEY");
  });
  it("prints Python that reads the key from its environment unless it has one", () => {
    expect(pythonSample("http://h/v1", "", "workflow", [])).toContain('os.environ["ISLET_KEY"]');
    const s = pythonSample("http://h/v1", "app-x", "completion", []);
    expect(s).toContain('"Bearer app-x"');
    expect(s).not.toContain("import os");
  });
  it("prints a call that a shell runs as it is", () => {
    const s = curlSample("http://h/v1", "app-x", "chat", [v("who", { label: "it's me" }), v("n", { kind: "number" })].map(ofVariable));
    expect(s).toContain("Bearer app-x");
    expect(s).toContain(`it'\\''s me`);
    expect(curlSample("http://h/v1", "", "chat", [])).toContain("$ISLET_KEY");
    expect(curlSample("http://h/v1", "", "workflow", [])).toContain("/v1/workflows/run");
    expect(curlSample("http://h/v1", "", "workflow", [])).not.toContain("query");
    expect(curlSample("http://h/v1", "", "agent-chat", [])).toContain("streaming");
  });
});
