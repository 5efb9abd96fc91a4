import { fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import type { ChatDoor } from "@/api/console";
import { TooltipRoot } from "@/ui";
import { Composer } from "./composer";
import { sends } from "./keys";

const door: ChatDoor = {
  send: async () => new Response(),
  regenerate: null,
  events: () => "",
  stop: async () => ({}),
  feedback: async () => {
    throw new Error("not here");
  },
  suggested: async () => ({ data: [] }),
  upload: async (f, name) => ({ id: "f1", name, extension: "txt", mime: f.type, size: f.size, hash: "", created_at: "" }),
  file: (id) => `/files/${id}`,
};
const off = { enabled: false, kinds: [], max: 0, methods: [], detail: "" };

function show(onSend = vi.fn(() => true), input: typeof off | { enabled: boolean; kinds: string[]; max: number; methods: string[]; detail: string } = off, busy = false) {
  const onStop = vi.fn();
  render(
    <TooltipRoot>
      <Composer door={door} input={input} busy={busy} onSend={onSend} onStop={onStop} />
    </TooltipRoot>,
  );
  return { onSend, onStop, box: screen.getByRole("textbox", { name: "Message" }) };
}

describe("the box where one writes", () => {
  it("sends with Enter and empties itself", async () => {
    const { onSend, box } = show();
    await userEvent.type(box, "hello{Enter}");
    expect(onSend).toHaveBeenCalledWith("hello", []);
    expect(box).toHaveProperty("value", "");
  });
  it("breaks the line with Shift+Enter", async () => {
    const { onSend, box } = show();
    await userEvent.type(box, "a{Shift>}{Enter}{/Shift}b");
    expect(onSend).not.toHaveBeenCalled();
    expect(box).toHaveProperty("value", "a\nb");
  });
  it("does not send the Enter that takes a word from an input method", () => {
    const { onSend, box } = show();
    fireEvent.change(box, { target: { value: "nihao" } });
    fireEvent.compositionStart(box);
    fireEvent.keyDown(box, { key: "Enter", isComposing: true });
    fireEvent.keyDown(box, { key: "Enter", keyCode: 229 });
    expect(onSend).not.toHaveBeenCalled();
    fireEvent.compositionEnd(box);
    fireEvent.keyDown(box, { key: "Enter", keyCode: 13 });
    expect(onSend).toHaveBeenCalledTimes(1);
  });
  it("sends nothing when there is nothing, and nothing while an answer comes", async () => {
    const empty = show();
    await userEvent.type(empty.box, "   {Enter}");
    expect(empty.onSend).not.toHaveBeenCalled();
  });
  it("offers to stop while an answer comes", async () => {
    const { onStop, onSend, box } = show(vi.fn(() => true), off, true);
    await userEvent.type(box, "x{Enter}");
    expect(onSend).not.toHaveBeenCalled();
    await userEvent.click(screen.getByRole("button", { name: "Stop" }));
    expect(onStop).toHaveBeenCalled();
  });
  it("keeps the text where it could not be sent", async () => {
    const { box } = show(vi.fn(() => false));
    await userEvent.type(box, "keep me{Enter}");
    expect(box).toHaveProperty("value", "keep me");
  });
  it("uploads files, refuses what the app does not take, and sends what is there", async () => {
    const input = { enabled: true, kinds: ["document"], max: 1, methods: ["local_file"], detail: "" };
    const { onSend, box } = show(vi.fn(() => true), input);
    fireEvent.paste(box, { clipboardData: { files: [new File(["x"], "a.png", { type: "image/png" })] } });
    expect((await screen.findByRole("alert")).textContent).toContain("documents");
    fireEvent.paste(box, { clipboardData: { files: [new File(["x"], "a.txt", { type: "text/plain" }), new File(["x"], "b.txt", { type: "text/plain" })] } });
    expect((await screen.findByRole("alert")).textContent).toContain("At most 1 file");
    await screen.findByText("1 B");
    await userEvent.type(box, "look{Enter}");
    expect(onSend).toHaveBeenCalledWith("look", [expect.objectContaining({ file_id: "f1", kind: "document", method: "local_file" })]);
  });
});

describe("sends", () => {
  const key = { key: "Enter", shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, keyCode: 13, isComposing: false };
  it.each([
    ["Enter", {}, false, true],
    ["Shift+Enter", { shiftKey: true }, false, false],
    ["Alt+Enter", { altKey: true }, false, false],
    ["another key", { key: "a" }, false, false],
    ["Enter while composing", { isComposing: true }, false, false],
    ["Enter of Safari's input method", { keyCode: 229 }, false, false],
    ["Enter on a phone", {}, true, false],
    ["Ctrl+Enter on a tablet with a keyboard", { ctrlKey: true }, true, true],
  ])("%s", (_name, part, touch, want) => {
    expect(sends({ ...key, ...part }, touch)).toBe(want);
  });
});
