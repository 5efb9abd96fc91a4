import { useTranslation } from "react-i18next";
import type { Document } from "@/api/types";
import { sayText } from "@/text/say";
import { State, Time } from "@/ui";
import type { BadgeTone } from "@/ui/badge";
import type { Display } from "./progress";
import { display, share } from "./progress";

const tones: Record<Display, BadgeTone> = { queuing: "neutral", indexing: "accent", paused: "warn", error: "danger", available: "ok", disabled: "neutral", archived: "neutral" };

/** A thin bar, from 0 to 1. What it means stands beside it as a word. */
export function Bar({ value }: { value: number }) {
  return <span aria-hidden className="block h-1 overflow-hidden rounded-full bg-sunken"><span className="block h-full rounded-full bg-accent transition-[width]" style={{ width: `${Math.max(4, Math.round(value * 100))}%` }} /></span>;
}

/** When something that failed is tried again; nothing where no time is set. */
export function NextTry({ at }: { at: string | null | undefined }) {
  const { t } = useTranslation();
  if (!at) return null;
  return <> · {Date.parse(at) - Date.now() < 60_000 ? t("doc.soon") : <>{t("doc.nextTry")} <Time at={at} /></>}</>;
}

/** The state of a document, how far it is, and why it stands still. */
export function DocumentState({ d }: { d: Document }) {
  const { t } = useTranslation();
  const now = display(d);
  const stage = d.stage === "parsing" ? t("doc.s.parsing") : d.stage === "splitting" ? t("doc.s.splitting") : d.stage === "indexing" ? t("doc.s.indexing", { done: d.done, total: d.total }) : "";
  const why = d.error ? sayText(d.error.text) : d.wait ? sayText(d.wait) : "";
  return (
    <div className="flex max-w-72 min-w-28 flex-col gap-1" role="status">
      <State tone={tones[now]}>{now === "indexing" && stage !== "" ? stage : t(`doc.d.${now}`)}</State>
      {(now === "indexing" || (now === "paused" && share(d) > 0)) && <Bar value={share(d)} />}
      {why !== "" && (
        <span className={`text-xs [overflow-wrap:anywhere] ${d.error ? "text-danger-text" : "text-warn-text"}`}>
          {why}
          {d.error && <> <code className="font-mono opacity-90">{d.error.code}</code></>}
          {!d.error && now !== "paused" && <NextTry at={d.try_at} />}
        </span>
      )}
    </div>
  );
}
