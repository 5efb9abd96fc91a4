import { Plus, X } from "lucide-react";
import type { ReactNode } from "react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ModelRef, Moderation } from "@/api/types";
import type { Draft } from "@/lib/settings";
import { FILES_MAX, isSet, noModel, SUGGESTED_MAX, WINDOW_MAX } from "@/lib/settings";

import { ModelPicker } from "@/parts/model-picker";
import { Button, Callout, Card, Checkbox, Field, IconButton, Input, NumberInput, Section, Segmented, Textarea } from "@/ui";
import { SpeechPart } from "./speech";
import { Toggle } from "./toggle";

/** What a model can be given; the nodes of a graph read more. */
const modelKinds = ["image", "document"] as const;
const graphKinds = ["image", "document", "audio", "video"] as const;

type Props = { settings: Draft; set: (part: Partial<Draft>) => void };

export function Features({ settings, set, vision, talks }: Props & { vision: boolean | null; talks: boolean }) {
  const { t } = useTranslation();
  return (
    <Section id="features" title={t(talks ? "edit.features" : "generate.more")} {...(talks ? { purpose: t("edit.featuresText") } : {})}>
      <Card pad={false}>
        <div className="divide-y">
          {talks && <Opening settings={settings} set={set} />}
          {talks && <FollowUp settings={settings} set={set} />}
          {talks && <Memory settings={settings} set={set} />}
          <Files settings={settings} set={set} vision={vision} />
          <SpeechPart settings={settings} set={set} talks={talks} />
          <ModerationPart settings={settings} set={set} />
        </div>
      </Card>
    </Section>
  );
}

/** The same for a chatflow: what its nodes do not decide. */
export function ChatflowFeatures({ settings, set }: Props) {
  const { t } = useTranslation();
  return (
    <Card pad={false}>
      <div className="divide-y">
        <Opening settings={settings} set={set} />
        <FollowUp settings={settings} set={set} />
        <Toggle title={t("use.citations")} text={t("use.citationsText")} on={!settings.no_citations} onChange={(on) => set({ no_citations: !on })} />
        <Files settings={settings} set={set} vision={null} kinds={graphKinds} />
        <SpeechPart settings={settings} set={set} />
        <ModerationPart settings={settings} set={set} />
      </div>
    </Card>
  );
}

function Opening({ settings, set }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(settings.opening !== "" || settings.suggested.length > 0);
  const list = settings.suggested;
  return (
    <Toggle
      title={t("edit.opening")}
      text={t("edit.openingText")}
      on={open}
      onChange={(v) => {
        setOpen(v);
        if (!v) set({ opening: "", suggested: [] });
      }}
    >
      <Field label={t("edit.openingLabel")} hint={t("edit.openingHint")}>
        <Textarea value={settings.opening} onChange={(opening) => set({ opening })} rows={3} placeholder={t("edit.openingPlaceholder")} />
      </Field>
      <div>
        <p className="mb-1 text-sm font-medium">{t("edit.suggested")}</p>
        <div className="flex flex-col gap-1.5">
          {list.map((s, i) => (
            <div key={i} className="flex gap-1.5">
              <div className="flex-1"><Input value={s} label={t("edit.suggestedOne", { n: i + 1 })} onChange={(x) => set({ suggested: list.map((y, j) => (j === i ? x : y)) })} maxLength={200} /></div>
              <IconButton icon={X} label={t("edit.suggestedRemove", { n: i + 1 })} onClick={() => set({ suggested: list.filter((_, j) => j !== i) })} />
            </div>
          ))}
          {list.length < SUGGESTED_MAX && (
            <div><Button size="sm" variant="ghost" icon={Plus} onClick={() => set({ suggested: [...list, ""] })}>{t("edit.suggestedAdd")}</Button></div>
          )}
        </div>
      </div>
    </Toggle>
  );
}

function FollowUp({ settings, set }: Props) {
  const { t } = useTranslation();
  const f = settings.follow_up;
  const change = (part: Partial<typeof f>): void => set({ follow_up: { ...f, ...part } });
  return (
    <Toggle title={t("edit.followUp")} text={t("edit.followUpText")} on={f.enabled} onChange={(enabled) => change({ enabled })}>
      <Field label={t("edit.followUpModel")}>
        <ModelPicker block kind="llm" label={t("edit.followUpModel")} none={t("edit.followUpSame")} value={isSet(f.model) ? f.model : null} onChange={(m: ModelRef | null) => change({ model: m ?? noModel })} />
      </Field>
      <Field label={t("edit.followUpPrompt")} optional hint={t("edit.followUpPromptHint")}>
        <Textarea value={f.prompt} onChange={(prompt) => change({ prompt })} rows={3} maxLength={1000} />
      </Field>
    </Toggle>
  );
}

function Memory({ settings, set }: Props) {
  const { t } = useTranslation();
  const m = settings.memory;
  return (
    <Toggle title={t("edit.memory")} text={t("edit.memoryText")} on={!m.off} onChange={(on) => set({ memory: { ...m, off: !on } })}>
      <div className="flex flex-wrap items-end gap-3">
        <Segmented
          label={t("edit.memory")}
          value={m.window === 0 ? "all" : "some"}
          onChange={(v) => set({ memory: { ...m, window: v === "all" ? 0 : 20 } })}
          options={[{ value: "all", label: t("edit.memoryAll") }, { value: "some", label: t("edit.memorySome") }]}
        />
        {m.window > 0 && <div className="w-28"><NumberInput label={t("edit.memoryWindow")} value={m.window} min={1} max={WINDOW_MAX} onChange={(n) => n !== null && set({ memory: { ...m, window: Math.round(n) } })} /></div>}
      </div>
    </Toggle>
  );
}

const noModeration: Moderation = { keywords: [], input: true, input_reply: "", output: false, output_reply: "" };

/** Words that the app neither takes nor says. */
function ModerationPart({ settings, set }: Props) {
  const { t } = useTranslation();
  const m = settings.moderation;
  const change = (part: Partial<Moderation>): void => set({ moderation: { ...noModeration, ...m, ...part } });
  const side = (on: boolean, reply: string, name: "input" | "output"): ReactNode => (
    <div className="flex flex-col gap-2">
      <Checkbox checked={on} onChange={(v) => change(name === "input" ? { input: v } : { output: v })}>{t(`edit.moderation.${name}`)}</Checkbox>
      {on && (
        <div className="pl-6">
          <Field label={t("edit.moderationReply")} hint={t(`edit.moderation.${name}Hint`)}>
            <Input value={reply} maxLength={100} placeholder={t(`edit.moderation.${name}Placeholder`)} onChange={(v) => change(name === "input" ? { input_reply: v } : { output_reply: v })} />
          </Field>
        </div>
      )}
    </div>
  );
  return (
    <Toggle title={t("edit.moderation")} text={t("edit.moderationText")} on={Boolean(m)} onChange={(on) => set({ moderation: on ? { ...noModeration, input_reply: t("edit.moderation.inputPlaceholder"), output_reply: t("edit.moderation.outputPlaceholder") } : null })}>
      <Field label={t("edit.moderationWords")} hint={t("edit.moderationWordsHint", { n: (m?.keywords ?? []).filter((w) => w.trim() !== "").length })}>
        <Textarea value={(m?.keywords ?? []).join("\n")} onChange={(text) => change({ keywords: text === "" ? [] : text.split("\n") })} rows={4} />
      </Field>
      {side(m?.input ?? false, m?.input_reply ?? "", "input")}
      {side(m?.output ?? false, m?.output_reply ?? "", "output")}
    </Toggle>
  );
}

function Files({ settings, set, vision, kinds = modelKinds }: Props & { vision: boolean | null; kinds?: readonly (typeof graphKinds)[number][] }) {
  const { t } = useTranslation();
  const f = settings.files;
  const change = (part: Partial<typeof f>): void => set({ files: { ...f, ...part } });
  const flip = (list: string[], v: string, on: boolean): string[] => (on ? [...new Set([...list, v])] : list.filter((x) => x !== v));
  return (
    <Toggle
      title={t("edit.files")}
      text={t("edit.filesText")}
      on={f.enabled}
      onChange={(enabled) =>
        change({ enabled, ...(enabled && f.kinds.length === 0 ? { kinds: ["image"], methods: ["local_file"], max: f.max || 3, detail: f.detail || "high" } : {}) })
      }
    >
      {vision === false && f.kinds.includes("image") && <Callout tone="warn">{t("edit.noVision")}</Callout>}
      <fieldset>
        <legend className="mb-1 text-sm font-medium">{t("edit.fileKinds")}</legend>
        <div className="flex flex-wrap gap-x-5 gap-y-1">
          {kinds.map((k) => <Checkbox key={k} checked={f.kinds.includes(k)} onChange={(on) => change({ kinds: flip(f.kinds, k, on) })}>{t(`files.${k}`)}</Checkbox>)}
        </div>
      </fieldset>
      <fieldset>
        <legend className="mb-1 text-sm font-medium">{t("edit.fileMethods")}</legend>
        <div className="flex flex-wrap gap-x-5 gap-y-1">
          <Checkbox checked={f.methods.includes("local_file")} onChange={(on) => change({ methods: flip(f.methods, "local_file", on) })}>{t("edit.fileLocal")}</Checkbox>
          <Checkbox checked={f.methods.includes("remote_url")} onChange={(on) => change({ methods: flip(f.methods, "remote_url", on) })}>{t("edit.fileRemote")}</Checkbox>
        </div>
      </fieldset>
      <div className="flex flex-wrap items-end gap-4">
        <div className="w-32"><Field label={t("edit.fileMax")}><NumberInput value={f.max || 3} min={1} max={FILES_MAX} onChange={(n) => n !== null && change({ max: Math.round(n) })} /></Field></div>
        {f.kinds.includes("image") && (
          <div className="flex flex-col gap-1">
            <span className="text-sm font-medium">{t("edit.fileDetail")}</span>
            <Segmented label={t("edit.fileDetail")} value={f.detail === "low" ? "low" : "high"} onChange={(detail) => change({ detail })} options={[{ value: "low", label: t("edit.fileLow") }, { value: "high", label: t("edit.fileHigh") }]} />
          </div>
        )}
      </div>
    </Toggle>
  );
}
