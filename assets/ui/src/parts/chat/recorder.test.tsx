import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "@/api/client";
import { TooltipRoot } from "@/ui";
import { useRecorder } from "./recorder";
import { Microphone, VoiceProblem } from "./voice";

/** What a browser records with: it hands over one piece when it is stopped. */
class FakeRecorder {
  static isTypeSupported = (mime: string): boolean => mime === "audio/mp4";
  state = "inactive";
  mimeType: string;
  ondataavailable: ((e: { data: Blob }) => void) | null = null;
  onstop: (() => void) | null = null;
  constructor(_stream: unknown, o: { mimeType?: string }) {
    this.mimeType = o.mimeType ?? "";
  }
  start(): void {
    this.state = "recording";
    last = this;
  }
  stop(): void {
    this.state = "inactive";
    this.ondataavailable?.({ data: new Blob(["sound"]) });
    this.onstop?.();
  }
}

let last: FakeRecorder | null = null;
const stopped = vi.fn();
const open = vi.fn();

function Box({ hear, onText }: { hear: (b: Blob, name: string) => Promise<{ text: string }>; onText: (s: string) => void }) {
  const voice = useRecorder(hear, onText);
  return <TooltipRoot><VoiceProblem voice={voice} /><Microphone voice={voice} disabled={false} /></TooltipRoot>;
}

beforeEach(() => {
  open.mockResolvedValue({ getTracks: () => [{ stop: stopped }] });
  vi.stubGlobal("isSecureContext", true);
  vi.stubGlobal("MediaRecorder", FakeRecorder);
  Object.defineProperty(navigator, "mediaDevices", { configurable: true, value: { getUserMedia: open } });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.clearAllMocks();
});

const press = (name: string) => userEvent.click(screen.getByRole("button", { name }));

describe("voice input", () => {
  it("writes down what was said, in a format that the browser records", async () => {
    const hear = vi.fn(async (_b: Blob, _name: string) => ({ text: "hello" }));
    const onText = vi.fn();
    render(<Box hear={hear} onText={onText} />);
    await press("Speak");
    expect(screen.getByRole("timer").textContent).toBe("0:00");
    expect(document.activeElement).toBe(screen.getByRole("button", { name: "Done speaking" }));
    await press("Done speaking");
    expect(hear).toHaveBeenCalledWith(expect.any(Blob), "speech.m4a");
    expect(onText).toHaveBeenCalledWith("hello");
    expect(stopped).toHaveBeenCalled();
  });
  it("sends nothing that was thrown away", async () => {
    const hear = vi.fn(async () => ({ text: "x" }));
    render(<Box hear={hear} onText={() => undefined} />);
    await press("Speak");
    await press("Throw the recording away");
    expect(hear).not.toHaveBeenCalled();
    expect(stopped).toHaveBeenCalled();
  });
  it("counts the seconds, and Esc throws away", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const hear = vi.fn(async () => ({ text: "x" }));
    render(<Box hear={hear} onText={() => undefined} />);
    await press("Speak");
    for (let i = 0; i < 61; i++) await act(() => vi.advanceTimersByTimeAsync(1000));
    expect(screen.getByRole("timer").textContent).toBe("1:01");
    await userEvent.keyboard("{Escape}");
    vi.useRealTimers();
    expect(hear).not.toHaveBeenCalled();
    expect(screen.queryByRole("timer")).toBeNull();
    expect(screen.getByRole("button", { name: "Speak" })).toBeDefined();
  });
  it("lets go of the microphone when the page has left while the browser asks for it", async () => {
    let allow = (_stream: object): void => undefined;
    open.mockReturnValue(new Promise<object>((resolve) => (allow = resolve)));
    const { unmount } = render(<Box hear={async () => ({ text: "" })} onText={() => undefined} />);
    await press("Speak");
    unmount();
    last = null;
    await act(async () => allow({ getTracks: () => [{ stop: stopped }] }));
    expect(stopped).toHaveBeenCalled();
    expect(last).toBeNull();
  });
  it("keeps what was said when the microphone is unplugged, and sends nothing when the page is left", async () => {
    const hear = vi.fn(async () => ({ text: "half a sen" }));
    const onText = vi.fn();
    const { unmount } = render(<Box hear={hear} onText={onText} />);
    await press("Speak");
    await act(async () => last?.stop());
    expect(onText).toHaveBeenCalledWith("half a sen");
    await press("Speak");
    unmount();
    expect(hear).toHaveBeenCalledTimes(1);
    expect(stopped).toHaveBeenCalledTimes(2);
  });
  it("says that nothing was understood", async () => {
    const onText = vi.fn();
    render(<Box hear={async () => ({ text: " " })} onText={onText} />);
    await press("Speak");
    await press("Done speaking");
    expect(screen.getByRole("alert").textContent).toMatch(/Nothing was understood/);
    expect(onText).not.toHaveBeenCalled();
  });
  it("says why it cannot", async () => {
    open.mockRejectedValue(new DOMException("", "NotAllowedError"));
    render(<Box hear={async () => ({ text: "" })} onText={() => undefined} />);
    await press("Speak");
    expect(screen.getByRole("alert").textContent).toMatch(/does not allow/);
    open.mockRejectedValue(new DOMException("", "NotFoundError"));
    await press("Speak");
    expect(screen.getByRole("alert").textContent).toMatch(/no microphone/);
    vi.stubGlobal("isSecureContext", false);
    await press("Speak");
    expect(screen.getByRole("alert").textContent).toMatch(/HTTPS/);
  });
  it("shows what the server says", async () => {
    render(<Box hear={() => Promise.reject(new ApiError("provider_not_initialize", "no model", 400))} onText={() => undefined} />);
    await press("Speak");
    await press("Done speaking");
    await act(async () => undefined);
    expect(screen.getByRole("alert").textContent).toContain("no model");
  });
});
