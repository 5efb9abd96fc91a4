import { describe, expect, it } from "vitest";
import type { Entry, FileEntry, FolderEntry } from "./folder";
import { walk, wanted } from "./folder";

const file = (name: string): FileEntry => ({ isFile: true, isDirectory: false, name, file: (ok) => ok(new File(["x"], name)) });
const broken = (name: string): FileEntry => ({ isFile: true, isDirectory: false, name, file: (_, no) => no(new DOMException("gone", "NotFoundError")) });

/** A folder that gives its entries two at a time, as Chromium gives a hundred. */
function folder(name: string, inside: Entry[]): FolderEntry {
  return {
    isFile: false,
    isDirectory: true,
    name,
    createReader: () => {
      const rest = [...inside];
      return { readEntries: (ok) => ok(rest.splice(0, 2)) };
    },
  };
}
const names = async (entries: Entry[]): Promise<string[]> => (await walk(entries)).map((f) => f.name);

describe("dropped folders", () => {
  it("give all their files, however deep and however many", async () => {
    const many = Array.from({ length: 7 }, (_, i) => file(`${i}.md`));
    expect(await names([file("a.pdf"), folder("b", [...many, folder("c", [folder("d", [file("deep.docx")])])]), folder("empty", [])])).toEqual(["a.pdf", ...many.map((f) => f.name), "deep.docx"]);
  });

  it("leave out what no person put there", async () => {
    expect(await names([file(".DS_Store"), file("~$plan.docx"), folder(".git", [file("HEAD")]), folder("x", [file("Thumbs.db"), file("plan.docx")])])).toEqual(["plan.docx"]);
    expect(wanted("desktop.ini")).toBe(false);
    expect(wanted("thumbs.db.md")).toBe(true);
  });

  it("give the rest where one file cannot be read", async () => {
    expect(await names([broken("locked.pdf"), folder("x", [broken("y.pdf"), file("z.pdf")])])).toEqual(["z.pdf"]);
  });
});
