import { CalendarClock, ChevronDown } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { previewSchedule } from "@/api/console";
import { keys } from "@/api/keys";
import { useRead } from "@/api/use";
import { match } from "@/lib/match";
import { dates } from "@/lib/format";
import { Checkbox, Field, Input, NumberInput, Popover, SearchInput, Segmented, Skeleton } from "@/ui";
import { cx } from "@/ui/cx";
import { controlLook, useField } from "@/ui/field";
import { useSentence } from "@/ui/state";
import type { FormProps } from "../node-view";
import { Form, Part } from "./form-parts";
import { merged, number, rec, text, texts } from "./read";
import { frequencies, frequencyOf, fromClock, monthDays, toClock, weekdays } from "./triggers";

export default function TriggerScheduleForm({ data, set }: FormProps) {
  const { t } = useTranslation();
  const cron = data["mode"] === "cron";
  const frequency = frequencyOf(data);
  const visual = rec(data["visual_config"]);
  const put = (part: { [k: string]: unknown }): void => set({ visual_config: merged(visual, part) });
  const zone = text(data["timezone"]) || "UTC";
  return (
    <Form>
      <Part title={t("sched.when")} aside={<Segmented label={t("sched.mode")} value={cron ? "cron" : "visual"} onChange={(mode) => set({ mode })} options={[{ value: "visual", label: t("sched.visual") }, { value: "cron", label: "Cron" }]} />}>
        {cron ? (
          <Field label={t("sched.cron")} hint={t("sched.cronText")}><Input mono value={text(data["cron_expression"])} placeholder="0 9 * * 1-5" onChange={(cron_expression) => set({ cron_expression })} /></Field>
        ) : (
          <div className="flex flex-col gap-3">
            <div><Segmented label={t("sched.frequency")} value={frequency} onChange={(f) => set({ frequency: f })} options={frequencies.map((f) => ({ value: f, label: t(`sched.${f}`) }))} /></div>
            {frequency === "hourly" ? (
              <Field label={t("sched.minute")}><NumberInput min={0} max={59} value={number(visual["on_minute"]) ?? 0} onChange={(n) => n !== null && put({ on_minute: Math.round(n) })} /></Field>
            ) : (
              <Field label={t("sched.time")}><div className="w-32"><Input type="time" value={toClock(text(visual["time"]))} onChange={(s) => s !== "" && put({ time: fromClock(s) })} /></div></Field>
            )}
            {frequency === "weekly" && <Days label={t("sched.days")} all={weekdays} chosen={texts(visual["weekdays"])} name={(d) => t(`sched.day.${d}`)} onChange={(list) => put({ weekdays: list })} columns={7} />}
            {frequency === "monthly" && <MonthDays data={data} onChange={(list) => put({ monthly_days: list })} />}
          </div>
        )}
      </Part>
      <Field label={t("sched.zone")}><ZonePicker value={zone} onChange={(timezone) => set({ timezone })} /></Field>
      <NextTimes data={data} zone={zone} />
    </Form>
  );
}

function Days<D extends string>({ label, all, chosen, name, onChange, columns }: { label: string; all: readonly D[]; chosen: readonly string[]; name: (d: D) => string; onChange: (list: D[]) => void; columns: number }) {
  return (
    <div role="group" aria-label={label} className="grid gap-1" style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
      {all.map((d) => {
        const on = chosen.includes(d);
        return (
          <button key={d} type="button" aria-pressed={on} onClick={() => onChange(all.filter((x) => (x === d ? !on : chosen.includes(x))))} className={cx("h-8 rounded border text-sm tabular-nums transition-colors", on ? "border-accent bg-accent-soft font-medium text-accent-text" : "border-line-strong bg-surface hover:bg-hover")}>
            {name(d)}
          </button>
        );
      })}
    </div>
  );
}

const ofMonth = Array.from({ length: 31 }, (_, i) => String(i + 1));

function MonthDays({ data, onChange }: { data: FormProps["data"]; onChange: (days: (number | "last")[]) => void }) {
  const { t } = useTranslation();
  const days = monthDays(data);
  const last = days.includes("last");
  const numbers = days.filter((d) => d !== "last");
  const put = (list: readonly number[], end: boolean): void => onChange([...list, ...(end ? ["last" as const] : [])]);
  return (
    <div className="flex flex-col gap-1.5">
      <Days label={t("sched.days")} all={ofMonth} chosen={numbers.map(String)} name={(d) => d} columns={7} onChange={(list) => put(list.map(Number), last)} />
      <Checkbox checked={last} onChange={(on) => put(numbers, on)}>{t("sched.last")}</Checkbox>
      {numbers.some((n) => n > 28) && <p className="text-xs text-faint">{t("sched.short")}</p>}
    </div>
  );
}

const zones: readonly string[] = ["UTC", ...Intl.supportedValuesOf("timeZone").filter((z) => z !== "UTC")];

function ZonePicker({ value, onChange }: { value: string; onChange: (zone: string) => void }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [q, setQ] = useState("");
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const found = zones.filter((z) => match(q, z, z.replaceAll("_", " ")));
  const sorted = q === "" ? [...new Set([value, own, "UTC", "Asia/Shanghai", ...found])].filter((z) => z !== "") : found;
  return (
    <Popover flush align="start" label={t("sched.zone")} open={open} onOpen={(o) => { setOpen(o); setQ(""); }} trigger={<ZoneButton value={value} />}>
      <div className="border-b p-2"><SearchInput block label={t("sched.findZone")} value={q} onChange={setQ} /></div>
      <ul className="max-h-64 overflow-y-auto p-1">
        {sorted.slice(0, 200).map((z) => (
          <li key={z}>
            <button type="button" aria-current={z === value || undefined} onClick={() => { onChange(z); setOpen(false); }} className={cx("flex min-h-8 w-full items-center justify-between gap-2 rounded-sm px-2 text-left hover:bg-hover", z === value && "text-accent-text")}>
              <span className="truncate">{z}</span>
              {z === own && <span className="shrink-0 text-xs text-faint">{t("sched.here")}</span>}
            </button>
          </li>
        ))}
        {sorted.length === 0 && <li className="px-2 py-3 text-center text-sm text-muted">{t("sched.noZone")}</li>}
      </ul>
    </Popover>
  );
}

function ZoneButton({ value, ...rest }: { value: string }) {
  const field = useField();
  return <button {...field} {...rest} type="button" className={cx(controlLook, "flex h-8 items-center justify-between gap-2 px-2.5 text-left")}><span className="truncate">{value}</span><ChevronDown size={14} aria-hidden className="shrink-0 text-faint" /></button>;
}

/** What the server will make of it. It is asked a moment after the last change. */
function NextTimes({ data, zone }: { data: FormProps["data"]; zone: string }) {
  const { t, i18n } = useTranslation();
  const sentence = useSentence();
  const { mode, frequency, cron_expression, visual_config, timezone, title } = data;
  const now = JSON.stringify({ mode, frequency, cron_expression, visual_config, timezone, title });
  const [asked, ask] = useState(now);
  useEffect(() => {
    const timer = setTimeout(() => ask(now), 300);
    return () => clearTimeout(timer);
  }, [now]);
  const read = useRead(keys.schedule(asked), () => previewSchedule(JSON.parse(asked)), { keep: true, stale: 60_000 });
  const format = dates(i18n.language, { timeZone: zones.includes(zone) ? zone : "UTC", year: "numeric", month: "short", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit" });
  return (
    <Part title={t("sched.next")} hint={t("sched.nextText", { zone })}>
      <div className="min-h-[172px] rounded border px-2.5 py-1.5">
        {read.error ? (
          <p role="alert" className="py-1 text-sm text-danger-text">{sentence(read.error)}</p>
        ) : read.data ? (
          <ol className="divide-y">
            {read.data.next.map((when) => <li key={when} className="flex h-8 items-center gap-2 text-sm tabular-nums"><CalendarClock size={14} aria-hidden className="shrink-0 text-faint" /><time dateTime={when}>{format.format(new Date(when))}</time></li>)}
            {read.data.next.length === 0 && <li className="py-1 text-sm text-muted">{t("sched.never")}</li>}
          </ol>
        ) : (
          <div className="flex flex-col gap-2 py-1">{[0, 1, 2, 3, 4].map((i) => <Skeleton key={i} height={22} />)}</div>
        )}
      </div>
    </Part>
  );
}
