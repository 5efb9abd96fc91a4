import { describe, expect, it } from "vitest";
import { chartOption, chartTitle } from "./chart";

const bar = { title: { text: "销量", link: "http://evil.example" }, xAxis: { data: ["一月", "二月"] }, yAxis: {}, series: [{ type: "bar", data: [1, 2] }] };

describe("a chart that a model wrote", () => {
  it("is drawn from its data, without what leads elsewhere", () => {
    const o = chartOption(JSON.stringify({ ...bar, toolbox: { feature: {} }, graphic: [{ type: "image" }] }));
    expect(o).toMatchObject({ title: { text: "销量" }, series: [{ type: "bar", data: [1, 2] }], tooltip: { renderMode: "richText" } });
    expect(JSON.stringify(o)).not.toMatch(/evil|toolbox|graphic/);
    expect(chartTitle(o ?? {})).toBe("销量");
  });
  it.each([
    ["image://http://10.0.0.1/x.png", ""],
    ["http://10.0.0.1/x", ""],
    ["javascript:alert(1)", ""],
    ["data:image/png;base64,AAAA", ""],
    ["data: 一月", "data: 一月"],
    ["circle", "circle"],
  ])("of the symbol %s keeps %j", (symbol, kept) => {
    expect(chartOption(JSON.stringify({ series: [{ type: "line", symbol }] }))).toMatchObject({ series: [{ symbol: kept }] });
  });
  it("never shows a tooltip as HTML", () => {
    expect(chartOption(JSON.stringify({ ...bar, tooltip: { trigger: "axis", renderMode: "html", formatter: "<img src=x onerror=alert(1)>", extraCssText: "x" } }))).toMatchObject({ tooltip: { renderMode: "richText", trigger: "axis" } });
  });
  it.each(["", "{", "[1]", "3", "null", '{"a":1}', "{series: []}"])("is none of %j", (text) => {
    expect(chartOption(text)).toBeNull();
  });
});
