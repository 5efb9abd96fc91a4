import { useState } from "react";
import { useTranslation } from "react-i18next";
import { datasets } from "@/api/knowledge";
import { keys } from "@/api/keys";
import type { ToolParam } from "@/api/types";
import { useRead } from "@/api/use";
import { sayText } from "@/text/say";
import { Input, NumberInput, Select, Switch, Textarea } from "@/ui";

const YES = "yes";
const NO = "no";

/** The control for a value of a tool's parameter. An empty one is undefined. `empty` is what stands in an empty field. */
export function ToolValue({ param: p, value, onChange, empty = "", switches }: {
  param: ToolParam;
  value: unknown;
  onChange: (v: unknown) => void;
  empty?: string;
  /** Booleans are switches: there is no third state. */
  switches?: boolean;
}) {
  const { t } = useTranslation();
  const shown = empty || (p.default === null || p.default === undefined || p.default === "" ? "" : t("tool.byDefault", { value: named(p, asText(p.default)) }));
  if (p.type === "number") return <NumberInput value={typeof value === "number" ? value : null} onChange={(n) => onChange(n ?? undefined)} placeholder={shown} />;
  if (p.type === "dataset") return <DatasetValue value={asText(value)} onChange={onChange} />;
  if (p.type === "boolean") {
    if (switches) return <Switch checked={value === true} onChange={onChange} />;
    return (
      <Select
        value={value === true ? YES : value === false ? NO : ""}
        placeholder={shown}
        onChange={(v) => onChange(v === YES)}
        options={[{ value: YES, label: t("tool.yes") }, { value: NO, label: t("tool.no") }]}
      />
    );
  }
  if (p.type === "select" && p.options.length > 0) {
    return (
      <Select
        value={p.options.find((o) => o === value) ?? ""}
        placeholder={shown}
        onChange={onChange}
        options={p.options.filter((o) => o !== "").map((o, i) => ({ value: o, label: p.labels[i] ? sayText(p.labels[i]) : o }))}
      />
    );
  }
  if (p.type === "object" || p.type === "array") return <JsonValue list={p.type === "array"} value={value} onChange={onChange} empty={shown} />;
  if (p.type === "text") return <Textarea rows={4} value={asText(value)} placeholder={shown} onChange={(s) => onChange(s === "" ? undefined : s)} />;
  return <Input value={asText(value)} placeholder={shown} onChange={(s) => onChange(s === "" ? undefined : s)} />;
}

/** What people call an option. */
function named(p: ToolParam, option: string): string {
  const label = p.labels[p.options.indexOf(option)];
  return label ? sayText(label) : option;
}

function asText(v: unknown): string {
  if (v === undefined || v === null) return "";
  return typeof v === "string" ? v : typeof v === "object" ? JSON.stringify(v) : String(v);
}

/** A value that is written as JSON. What does not read yet stays text, which the server reads too. */
function JsonValue({ list, value, onChange, empty }: { list: boolean; value: unknown; onChange: (v: unknown) => void; empty: string }) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<string | null>(null);
  const now = draft ?? (value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value, null, 2));
  let broken = false;
  try {
    if (now.trim()) JSON.parse(now);
  } catch {
    broken = true;
  }
  return (
    <div>
      <Textarea
        mono
        rows={3}
        value={now}
        placeholder={empty || (list ? "[]" : "{}")}
        onBlur={() => setDraft(null)}
        onChange={(s) => {
          setDraft(s);
          if (!s.trim()) return onChange(undefined);
          try {
            const v: unknown = JSON.parse(s);
            onChange(v);
          } catch {
            onChange(s);
          }
        }}
      />
      {broken && <p className="mt-1 text-xs text-warn-text">{t("tool.notJson")}</p>}
    </div>
  );
}

function DatasetValue({ value, onChange }: { value: string; onChange: (v: unknown) => void }) {
  const { t } = useTranslation();
  const list = useRead(keys.datasets.list({ q: "", tag: "" }), () => datasets.list({ q: "", tag: "" }), { stale: 30_000 });
  const rows = list.data?.data ?? [];
  return <Select value={rows.some((d) => d.id === value) ? value : ""} placeholder={list.isPending ? t("kit.loading") : t("tool.dataset")} onChange={onChange} options={rows.map((d) => ({ value: d.id, label: d.name }))} />;
}
