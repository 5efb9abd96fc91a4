import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Attachment } from "@/api/types";
import { SentFiles } from "./files";

const file = (kind: string, mime: string): Attachment => ({ id: "1", kind, method: "local_file", file_id: "f1", name: "sales", size: 2048, mime });
const shown = (f: Attachment) => {
  render(<SentFiles files={[f]} door={{ file: (id) => `/files/${id}` }} start />);
  return screen.queryByRole("img", { name: "sales" });
};

describe("files of a message", () => {
  it.each([
    ["image", "image/png"],
    ["custom", "image/svg+xml"], // what the chart tool draws
  ])("shows a %s of type %s as a picture", (kind, mime) => {
    expect(shown(file(kind, mime))?.getAttribute("src")).toBe("/files/f1");
  });
  it("shows a document as a card with its size", () => {
    expect(shown(file("document", "application/pdf"))).toBeNull();
    expect(screen.getByRole("link").textContent).toBe("sales2 KB");
  });
});
