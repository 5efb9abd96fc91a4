// Records what somebody says and has it written down.
import { useCallback, useEffect, useRef, useState } from "react";
import type { ApiError } from "@/api/client";
import { asApiError } from "@/api/client";
import { stopPlaying } from "./sound";

/** Why nothing came of it. */
export type NoVoice = "insecure" | "denied" | "noMic" | "silent";

export type Recording =
  | { at: "idle"; problem: NoVoice | ApiError | null }
  | { at: "asking" }
  | { at: "recording"; seconds: number }
  | { at: "writing" };

export interface Recorder {
  now: Recording;
  start: () => void;
  /** Ends the recording and has it written down. */
  finish: () => void;
  /** Throws the recording away. */
  cancel: () => void;
}

const LONGEST = 300; // seconds

// What browsers can record, the one first that every recogniser reads.
const kinds = [["audio/webm;codecs=opus", "webm"], ["audio/mp4", "m4a"], ["audio/ogg;codecs=opus", "ogg"]] as const;

function reason(err: unknown): NoVoice {
  const name = err instanceof DOMException ? err.name : "";
  return name === "NotFoundError" || name === "NotReadableError" ? "noMic" : "denied";
}

export function useRecorder(hear: ((sound: Blob, name: string) => Promise<{ text: string }>) | undefined, onText: (text: string) => void): Recorder {
  const [now, set] = useState<Recording>({ at: "idle", problem: null });
  const live = useRef<{ recorder: MediaRecorder; keep: boolean } | null>(null);
  const gone = useRef(false); // the page has left, perhaps while the browser asks for the microphone
  const told = useRef(onText);
  useEffect(() => {
    told.current = onText;
  });

  const end = useCallback((keep: boolean): void => {
    const l = live.current;
    if (!l || l.recorder.state === "inactive") return;
    l.keep = keep;
    l.recorder.stop();
  }, []);
  useEffect(() => {
    gone.current = false;
    return () => {
      gone.current = true;
      end(false);
    };
  }, [end]);

  const seconds = now.at === "recording" ? now.seconds : -1;
  useEffect(() => {
    if (seconds < 0) return;
    if (seconds >= LONGEST) return end(true);
    const timer = setTimeout(() => set((s) => (s.at === "recording" ? { at: "recording", seconds: s.seconds + 1 } : s)), 1000);
    return () => clearTimeout(timer);
  }, [seconds, end]);

  const start = async (): Promise<void> => {
    if (!hear) return;
    if (!window.isSecureContext || !("mediaDevices" in navigator) || typeof MediaRecorder === "undefined") return set({ at: "idle", problem: "insecure" });
    stopPlaying(); // or it is written down too
    set({ at: "asking" });
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch (err) {
      return set({ at: "idle", problem: reason(err) });
    }
    const release = (): void => stream.getTracks().forEach((track) => track.stop());
    if (gone.current) return release();
    const [type, ext] = kinds.find(([mime]) => MediaRecorder.isTypeSupported(mime)) ?? ["", "webm"];
    const recorder = new MediaRecorder(stream, type ? { mimeType: type } : {});
    const pieces: Blob[] = [];
    const mine = { recorder, keep: true }; // a microphone that is unplugged ends the recording, which counts
    live.current = mine;
    recorder.ondataavailable = (e) => pieces.push(e.data);
    recorder.onstop = () => {
      release();
      live.current = null;
      if (!mine.keep) return set({ at: "idle", problem: null });
      set({ at: "writing" });
      hear(new Blob(pieces, { type: recorder.mimeType || type }), `speech.${ext}`).then(
        (heard) => {
          const text = heard.text.trim();
          set({ at: "idle", problem: text === "" ? "silent" : null });
          if (text !== "") told.current(text);
        },
        (err: unknown) => set({ at: "idle", problem: asApiError(err) }),
      );
    };
    recorder.start();
    set({ at: "recording", seconds: 0 });
  };

  return { now, start: () => void start(), finish: () => end(true), cancel: () => end(false) };
}
