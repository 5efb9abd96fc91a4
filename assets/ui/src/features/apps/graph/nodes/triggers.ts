// What starts an app without a person: the clock, or a request of another program.
import i18next from "i18next";
import { lazy } from "react";
import type { ScopeVar } from "@/lib/scope";
import { readType } from "@/lib/scope";
import type { Data, NodeView } from "../node-view";
import { emptyProblem, nameProblems } from "./common";

import { rec, recs, text, texts } from "./read";

export const frequencies = ["hourly", "daily", "weekly", "monthly"] as const;
export type Frequency = (typeof frequencies)[number];
export const frequencyOf = (data: Data): Frequency => frequencies.find((f) => f === data["frequency"]) ?? "daily";
export const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** "9:05 AM" as 09:05; nothing is midnight. */
export function toClock(s: string): string {
  const m = /^\s*(\d{1,2}):(\d{2})\s*([AP]M)?\s*$/i.exec(s);
  if (!m) return "00:00";
  const h = Number(m[1]) % (m[3] ? 12 : 24);
  return `${String(m[3]?.toUpperCase() === "PM" ? h + 12 : h).padStart(2, "0")}:${m[2] ?? "00"}`;
}

/** 21:05 as "9:05 PM", which is how files write it. */
export function fromClock(s: string): string {
  const [h = 0, m = 0] = s.split(":").map(Number);
  return `${h % 12 === 0 ? 12 : h % 12}:${String(m).padStart(2, "0")} ${h < 12 ? "AM" : "PM"}`;
}

export const monthDays = (data: Data): (number | "last")[] => {
  const days: unknown = rec(data["visual_config"])["monthly_days"];
  return (Array.isArray(days) ? days : []).flatMap((d: unknown): (number | "last")[] => (d === "last" ? ["last"] : Number.isInteger(Number(d)) && Number(d) >= 1 && Number(d) <= 31 ? [Number(d)] : []));
};

export const triggerSchedule: NodeView = {
  shelf: "entry",
  modes: ["workflow"],
  blank: () => ({ mode: "visual", frequency: "daily", cron_expression: "", visual_config: { time: "9:00 AM", on_minute: 0, weekdays: ["mon"], monthly_days: [1] }, timezone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC" }),
  outputs: () => [],
  reads: () => [],
  check: (data) => {
    if (data["mode"] === "cron") return text(data["cron_expression"]).trim() === "" ? [emptyProblem("cron_expression", i18next.t("sched.cron"))] : [];
    const f = frequencyOf(data);
    const none = (f === "weekly" && texts(rec(data["visual_config"])["weekdays"]).length === 0) || (f === "monthly" && monthDays(data).length === 0);
    return none ? [emptyProblem("visual_config", i18next.t("sched.days"))] : [];
  },
  handling: { error: false, retry: false },
  single: false,
  Form: lazy(() => import("./trigger-schedule-form")),
};

export const hookTypes = {
  headers: ["string"],
  params: ["string", "number", "boolean"],
  body: ["string", "number", "boolean", "object", "array[string]", "array[number]", "array[object]", "array[boolean]", "file"],
} as const;
export type HookPart = keyof typeof hookTypes;

/** Which types a field of the body can have: only some content types carry structure or files. */
export function bodyFieldTypes(contentType: string): readonly string[] {
  if (contentType === "application/json" || contentType === "") return hookTypes.body.filter((t) => t !== "file");
  if (contentType === "multipart/form-data") return ["string", "number", "boolean", "file"];
  if (contentType === "text/plain") return ["string"];
  return contentType === "application/octet-stream" ? ["file"] : ["string", "number", "boolean"];
}

const partsOf = (data: Data): Data[] => [...recs(data["headers"]).map((h) => ({ ...h, name: text(h["name"]).replaceAll("-", "_") })), ...recs(data["params"]), ...recs(data["body"])];

export const triggerWebhook: NodeView = {
  shelf: "entry",
  modes: ["workflow"],
  blank: () => ({ method: "post", content_type: "application/json", headers: [], params: [], body: [], async_mode: true, status_code: 200, response_body: "", webhook_url: "", webhook_debug_url: "", variables: [] }),
  outputs: (data): ScopeVar[] => [
    ...partsOf(data).filter((f) => text(f["name"]) !== "").map((f): ScopeVar => ({ name: text(f["name"]), type: text(f["type"]) === "" ? "string" : readType(f["type"]) })),
    { name: "_webhook_raw", type: "object", label: i18next.t("out.raw"), children: [{ name: "method", type: "string" }, { name: "headers", type: "object" }, { name: "query_params", type: "object" }, { name: "body", type: "any" }, { name: "files", type: "object" }, { name: "remote_addr", type: "string" }] },
  ],
  reads: () => [],
  check: (data) => nameProblems(partsOf(data).map((f) => text(f["name"])), "body"),
  handling: { error: false, retry: false },
  single: false,
  Form: lazy(() => import("./trigger-webhook-form")),
};
