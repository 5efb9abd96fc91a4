import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { models } from "@/api/console";
import { keys } from "@/api/keys";
import type { Speech } from "@/api/types";
import { useRead } from "@/api/use";
import type { Draft } from "@/lib/settings";
import { isSet } from "@/lib/settings";
import { inLanguage, languageName, languagesOf, spoken } from "@/lib/voices";
import { Callout, Checkbox, Field, Input, Select } from "@/ui";
import { quietLink } from "@/ui/link";
import { Toggle } from "./toggle";

const noSpeech: Speech = { listen: false, speak: false };

const any = "any"; // a select keeps "" for nothing chosen

/** What the app hears and says aloud. An app that does not talk only reads aloud, and only when it is asked to. */
export function SpeechPart({ settings, set, talks = true }: { settings: Draft; set: (part: Partial<Draft>) => void; talks?: boolean }) {
  const { t } = useTranslation();
  const s = settings.speech ?? noSpeech;
  const site = useRead(keys.models.defaults, models.defaults);
  const change = (part: Partial<Speech>): void => {
    const next = { ...noSpeech, ...s, ...part };
    set({ speech: next.listen || next.speak ? next : null });
  };
  const lacks = (kind: "speech2text" | "tts"): ReactNode =>
    site.data && !isSet(site.data[kind]) && (
      <Callout tone="warn" action={<Link to="/models" className={quietLink}>{t("speech.toModels")}</Link>}>{t(`speech.lacks.${kind}`)}</Callout>
    );
  return (
    <>
      {talks && (
        <Toggle title={t("speech.listen")} text={t("speech.listenText")} on={s.listen} onChange={(listen) => change({ listen })}>
          {lacks("speech2text")}
          <Language label={t("speech.spoken")} hint={t("speech.spokenHint")} none={t("speech.spokenAny")} of={spoken} value={s.listen_language ?? ""} onChange={(listen_language) => change({ listen_language })} />
        </Toggle>
      )}
      <Toggle title={t("speech.speak")} text={t("speech.speakText")} on={s.speak} onChange={(speak) => change({ speak })}>
        {lacks("tts")}
        <VoiceFields speech={s} change={change} listed={Boolean(site.data && isSet(site.data.tts))} />
        {talks && <Checkbox checked={s.auto_play ?? false} onChange={(auto_play) => change({ auto_play })}>{t("speech.autoPlay")}</Checkbox>}
      </Toggle>
    </>
  );
}

/** The voice: by name, with those to choose from that the server tells of, of one language if it tells that too. */
function VoiceFields({ speech, change, listed }: { speech: Speech; change: (part: Partial<Speech>) => void; listed: boolean }) {
  const { t } = useTranslation();
  const found = useRead(keys.models.voices, models.voices, { enabled: listed });
  const voices = found.data?.data ?? [];
  const languages = languagesOf(voices);
  const language = speech.language ?? "";
  return (
    <>
      {languages.length > 1 && (
        <Language label={t("speech.language")} hint={t("speech.languageHint")} none={t("speech.languageAny")} of={languages} value={language} onChange={(l) => change({ language: l })} />
      )}
      <Field label={t("speech.voice")} optional hint={t(voices.length > 0 ? "speech.voiceListed" : "speech.voiceHint", { count: voices.length })}>
        <Input value={speech.voice ?? ""} onChange={(voice) => change({ voice })} maxLength={100} placeholder={voices[0]?.name ?? "alloy"} suggest={inLanguage(voices, language).map((v) => v.name)} />
      </Field>
    </>
  );
}

function Language({ label, hint, none, of, value, onChange }: { label: string; hint: string; none: string; of: readonly string[]; value: string; onChange: (v: string) => void }) {
  const { i18n } = useTranslation();
  const all = value === "" || of.includes(value) ? of : [value, ...of];
  return (
    <Field label={label} hint={hint}>
      <Select value={value === "" ? any : value} onChange={(v) => onChange(v === any ? "" : v)} options={[{ value: any, label: none }, ...all.map((l) => ({ value: l, label: languageName(l, i18n.language) }))]} />
    </Field>
  );
}
