import { useTranslation } from "react-i18next";
import type { Document } from "@/api/types";
import { sayText } from "@/text/say";
import { State } from "@/ui";
import type { BadgeTone } from "@/ui/badge";

export type Display = "queuing" | "indexing" | "paused" | "error" | "available" | "disabled" | "archived";

const tones: Record<Display, BadgeTone> = { queuing: "neutral", indexing: "accent", paused: "warn", error: "danger", available: "ok", disabled: "neutral", archived: "neutral" };

/** Dify's display status; app.Document.Display says the same. */
export function display(d: Document): Display {
  if (d.stage === "error") return "error";
  if (d.stage !== "completed") return d.paused ? "paused" : d.stage === "waiting" ? "queuing" : "indexing";
  return d.archived ? "archived" : d.enabled ? "available" : "disabled";
}

export const unfinished = (d: Document): boolean => d.stage !== "completed" && d.stage !== "error";

/** The state of a document, how far it is, and why it stands still. */
export function DocumentState({ d }: { d: Document }) {
  const { t } = useTranslation();
  const now = display(d);
  const stage = d.stage === "parsing" ? t("doc.s.parsing") : d.stage === "splitting" ? t("doc.s.splitting") : d.stage === "indexing" ? t("doc.s.indexing", { done: d.done, total: d.total }) : "";
  const share = d.stage === "indexing" && d.total > 0 ? d.done / d.total : d.stage === "splitting" ? 0.15 : d.stage === "parsing" ? 0.05 : 0;
  const why = d.error ? sayText(d.error.text) : d.wait ? sayText(d.wait) : "";
  return (
    <div className="flex max-w-72 min-w-28 flex-col gap-1" role="status">
      <State tone={tones[now]}>{now === "indexing" && stage !== "" ? stage : t(`doc.d.${now}`)}</State>
      {now === "indexing" && <span aria-hidden className="h-1 overflow-hidden rounded-full bg-sunken"><span className="block h-full rounded-full bg-accent transition-[width]" style={{ width: `${Math.max(4, Math.round(share * 100))}%` }} /></span>}
      {why !== "" && <span className={`text-xs ${d.error ? "text-danger-text" : "text-warn-text"}`}>{why}</span>}
    </div>
  );
}
