import { Check, Mic, Square, Volume2, X } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import { useSentence } from "@/ui/state";
import { IconButton, toast } from "@/ui";
import type { NoVoice, Recorder } from "./recorder";
import { play, stopPlaying, useSound } from "./sound";

const why = { insecure: "voice.insecure", denied: "voice.denied", noMic: "voice.noMic", silent: "voice.silent" } as const satisfies Record<NoVoice, string>;

/** The microphone of the box where one writes, and the recording while there is one. */
export function Microphone({ voice, disabled }: { voice: Recorder; disabled: boolean }) {
  const { t } = useTranslation();
  const { now } = voice;
  if (now.at === "recording")
    return (
      <span className="flex items-center gap-1" onKeyDown={(e) => e.key === "Escape" && voice.cancel()}>
        <span role="timer" aria-label={t("voice.recording")} className="flex items-center gap-1.5 px-1 text-sm text-danger-text tabular-nums">
          <span aria-hidden className="anim-shimmer size-2 rounded-full bg-danger" />
          {Math.floor(now.seconds / 60)}:{String(now.seconds % 60).padStart(2, "0")}
        </span>
        <IconButton icon={X} label={t("voice.cancel")} onClick={voice.cancel} />
        <IconButton icon={Check} label={t("voice.done")} variant="primary" autoFocus onClick={voice.finish} />
      </span>
    );
  return <IconButton icon={Mic} label={t(now.at === "writing" ? "voice.writing" : "voice.start")} busy={now.at === "writing" || now.at === "asking"} disabled={disabled} onClick={voice.start} />;
}

/** Why nothing was written down, with the way out. */
export function VoiceProblem({ voice }: { voice: Recorder }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  if (voice.now.at !== "idle" || voice.now.problem === null) return null;
  const p = voice.now.problem;
  return <p role="alert" className="px-3.5 pb-1 text-sm text-danger-text">{p instanceof ApiError ? sentence(p) : t(why[p])}</p>;
}

/** Reads an answer aloud, and stops. */
export function ReadAloud({ id, src }: { id: string; src: string }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const state = useSound(id);
  useEffect(() => () => stopPlaying(id), [id]);
  useEffect(() => {
    if (state?.error) toast(sentence(state.error));
  }, [state?.error, sentence]);
  if (state?.at === "playing") return <IconButton icon={Square} size="sm" label={t("voice.stop")} active onClick={() => stopPlaying(id)} />;
  return <IconButton icon={Volume2} size="sm" label={t("voice.read")} busy={state?.at === "loading"} onClick={() => play(id, src)} />;
}
