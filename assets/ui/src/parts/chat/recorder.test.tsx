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
  }
  stop(): void {
    this.state = "inactive";
    this.ondataavailable?.({ data: new Blob(["sound"]) });
    this.onstop?.();
  }
}

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
