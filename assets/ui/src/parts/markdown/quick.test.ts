import { describe, expect, it } from "vitest";
import { formMessage, segments } from "./quick";

const form = `<form data-format="json">
  <label for="name">姓名</label> <input type="text" name="name" required placeholder="全名" />

  <input type="select" name="kind" data-options='["年假","病假"]' value="年假" />
  <input type="checkbox" name="half" checked /><input type="number" name="days" value="2" /><input type="hidden" name="id" value="7" />
  <textarea name="why">回家</textarea>
  <button data-size="small">提交</button>
</form>`;

describe("what an answer offers to click", () => {
  it("becomes buttons and forms, in their places", () => {
    const got = segments(`先选：<button data-message="我要请假" data-variant="primary">请假</button> 或者\n${form}\n谢谢`, false);
    expect(got.map((p) => ("quick" in p ? p.quick.kind : p.text.trim()))).toEqual(["先选：", "button", "或者", "form", "谢谢"]);
    const q = got.flatMap((p) => ("quick" in p && p.quick.kind === "form" ? [p.quick] : []))[0];
    expect(q?.fields.map((f) => [f.name, f.kind, f.label, f.first, f.required])).toEqual([["name", "text", "姓名", "", true], ["kind", "select", "kind", "年假", false], ["half", "checkbox", "half", "true", false], ["days", "number", "days", "2", false], ["id", "hidden", "id", "7", false], ["why", "paragraph", "why", "回家", false]]);
    expect(q && formMessage(q, { name: "李雷", half: "" })).toBe('{"name":"李雷","kind":"年假","half":false,"days":2,"id":"7","why":"回家"}');
    expect(q && formMessage({ ...q, json: false }, { name: "李雷" }).split("\n")[0]).toBe("姓名: 李雷");
  });
  it("is nothing in code, without a message, or while it is still coming", () => {
    expect(segments("```html\n<form><input name=a></form>\n```", false)).toEqual([{ text: "```html\n<form><input name=a></form>\n```" }]);
    expect(segments("`<button data-message=\"x\">x</button>`", false)).toHaveLength(1);
    expect(segments("<button>x</button>", false)).toEqual([{ text: "<button>x</button>" }]);
    expect(segments("Wait <form data-format=\"json\"><input", true)).toEqual([{ text: "Wait " }]);
  });
  it("runs nothing and loads nothing", () => {
    const [p] = segments('<form data-format="text"><input name="a" value="x" onfocus="alert(1)"><img src=x onerror="alert(1)"><button>go</button></form>', false);
    expect(p && "quick" in p && p.quick.kind === "form" && p.quick.fields).toHaveLength(1);
  });
});
