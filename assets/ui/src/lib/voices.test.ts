import { describe, expect, it } from "vitest";
import { inLanguage, languageName, languagesOf } from "./voices";

const voices = [{ name: "alloy", language: "" }, { name: "xiaoxiao", language: "zh-CN" }, { name: "nova", language: "en" }, { name: "yunxi", language: "zh-CN" }];
const names = (language: string): string => inLanguage(voices, language).map((v) => v.name).join(" ");

describe("voices", () => {
  it("have each language once", () => {
    expect(languagesOf(voices)).toEqual(["zh-CN", "en"]);
  });
  it("are found by their language in whatever form a Dify file has it", () => {
    expect(names("zh-Hans")).toBe("alloy xiaoxiao yunxi");
    expect(names("ZH_cn")).toBe("alloy xiaoxiao yunxi");
    expect(names("")).toBe("alloy xiaoxiao nova yunxi");
  });
  it("are all shown where none speaks the language", () => {
    expect(names("fr")).toBe("alloy xiaoxiao nova yunxi");
  });
  it("name their language as people do, and keep what is no code", () => {
    expect(languageName("yue", "zh")).toBe("粤语");
    expect(languageName("en_US", "en")).toBe("American English");
    expect(languageName("Chinese (Mandarin)", "en")).toBe("Chinese (Mandarin)");
  });
});
