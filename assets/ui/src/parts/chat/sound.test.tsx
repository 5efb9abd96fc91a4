import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TooltipRoot } from "@/ui";
import { play, stopPlaying } from "./sound";
import { ReadAloud } from "./voice";

/** A loudspeaker that the test works. */
class FakeAudio {
  static all: FakeAudio[] = [];
  static refuses = false;
  onplaying: (() => void) | null = null;
  onended: (() => void) | null = null;
  onerror: (() => void) | null = null;
  pause = vi.fn();
  removeAttribute = vi.fn();
  constructor(readonly src: string) {
    FakeAudio.all.push(this);
  }
  play = (): Promise<void> => (FakeAudio.refuses ? Promise.reject(new DOMException("", "NotAllowedError")) : Promise.resolve());
}

const spoken = (): FakeAudio => {
  const last = FakeAudio.all.at(-1);
  if (!last) throw new Error("nothing is played");
  return last;
};
const two = <TooltipRoot><ReadAloud id="a" src="/a" /><ReadAloud id="b" src="/b" /></TooltipRoot>;
const button = (name: string, at = 0): HTMLElement => {
  const b = screen.getAllByRole("button", { name })[at];
  if (!b) throw new Error(`no button ${name}`);
  return b;
};

beforeEach(() => {
  FakeAudio.all = [];
  FakeAudio.refuses = false;
  vi.stubGlobal("Audio", FakeAudio);
});
afterEach(() => {
  act(() => stopPlaying());
  vi.unstubAllGlobals();
});

describe("reading aloud", () => {
  it("is loading, playing, and over", async () => {
    render(two);
    await userEvent.click(button("Read aloud"));
    expect(spoken().src).toBe("/a");
    expect(button("Read aloud").getAttribute("aria-busy")).toBe("true");
    act(() => spoken().onplaying?.());
    expect(button("Stop reading")).toBeDefined();
    act(() => spoken().onended?.());
    expect(screen.queryByRole("button", { name: "Stop reading" })).toBeNull();
  });
  it("stops when it is asked to, and when another answer begins", async () => {
    render(two);
    await userEvent.click(button("Read aloud"));
    act(() => spoken().onplaying?.());
    await userEvent.click(button("Stop reading"));
    expect(spoken().pause).toHaveBeenCalled();
    await userEvent.click(button("Read aloud"));
    const first = spoken();
    await userEvent.click(button("Read aloud", 1));
    expect(first.pause).toHaveBeenCalled();
    act(() => first.onplaying?.()); // late, and of no interest
    expect(screen.queryByRole("button", { name: "Stop reading" })).toBeNull();
  });
  it("leaves the button as it was where the browser wants a click before it plays by itself", async () => {
    FakeAudio.refuses = true;
    render(two);
    await act(async () => play("a", "/a"));
    expect(button("Read aloud").getAttribute("aria-busy")).not.toBe("true");
  });
  it("says what the server says when there is no sound", async () => {
    vi.stubGlobal("fetch", vi.fn(async () => new Response(JSON.stringify({ code: "provider_not_initialize", message: "no model is chosen", status: 400 }), { status: 400, headers: { "Content-Type": "application/json" } })));
    render(two);
    await userEvent.click(button("Read aloud"));
    await act(async () => spoken().onerror?.());
    await vi.waitFor(() => expect(button("Read aloud").getAttribute("aria-busy")).not.toBe("true"));
    expect(fetch).toHaveBeenCalledTimes(1);
  });
});
