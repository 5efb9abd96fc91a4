import { Play } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toolSources } from "@/api/tools";
import type { Exchange, Tried, ToolView } from "@/api/types";
import { useCommand } from "@/api/use";
import { sayText } from "@/text/say";
import { bytes } from "@/lib/format";
import { ToolValue } from "@/parts/tools/tool-value";
import type { ToolValues } from "@/parts/tools/tool-params";
import { Badge, Button, CopyIcon, Disclosure, ErrorNote, Field } from "@/ui";

/** Calls a tool once with values that one fills in, and shows what it said and what went over the wire. */
export function TryTool({ tool }: { tool: ToolView }) {
  const { t } = useTranslation();
  const [values, setValues] = useState<ToolValues>({});
  const run = useCommand(() => toolSources.attempt({ type: tool.type, provider: tool.provider, name: tool.name, args: values }), []);
  const shown = tool.params.filter((p) => p.type !== "file" && p.type !== "files");
  return (
    <form
      noValidate
      className="flex flex-col gap-3"
      onSubmit={(e) => {
        e.preventDefault();
        run.mutate(undefined);
      }}
    >
      {shown.map((p) => {
        const label = sayText(p.label) || p.name;
        return (
          <Field key={p.name} label={label} hint={p.description && p.description !== label ? sayText(p.about) : undefined} aside={p.required ? <Badge>{t("tool.required")}</Badge> : undefined}>
            <ToolValue
              param={p}
              value={values[p.name]}
              onChange={(v) => {
                const { [p.name]: _old, ...rest } = values;
                setValues(v === undefined ? rest : { ...rest, [p.name]: v });
              }}
            />
          </Field>
        );
      })}
      {shown.length < tool.params.length && <p className="text-xs text-faint">{t("toolbox.noFiles")}</p>}
      <div className="flex items-center gap-3">
        <Button type="submit" size="sm" variant="soft" icon={Play} busy={run.isPending}>{t("toolbox.run")}</Button>
        {tool.effects && <span className="text-xs text-faint">{t("toolbox.effects")}</span>}
      </div>
      <ErrorNote error={run.error} />
      {run.data && <Result tried={run.data} />}
    </form>
  );
}

const files = (id: string): string => `/console/api/files/${encodeURIComponent(id)}`;

function Result({ tried: r }: { tried: Tried }) {
  const { t, i18n } = useTranslation();
  const text = pretty(r.text);
  return (
    <div className="flex flex-col gap-2" aria-live="polite">
      <p className="flex items-center gap-2 text-sm">
        <Badge tone={r.error ? "danger" : "ok"}>{t(r.error ? "toolbox.failed" : "toolbox.done")}</Badge>
        <span className="text-xs text-faint tabular-nums">{r.elapsed < 1 ? `${Math.max(1, Math.round(r.elapsed * 1000))} ms` : `${r.elapsed.toFixed(1)} s`}</span>
      </p>
      {r.error && <p role="alert" className="rounded border border-danger-line bg-danger-soft px-3 py-2 text-sm break-words text-danger-text">{r.error_text}</p>}
      {text && <Block label={t("toolbox.said")} text={text} />}
      {r.files.map((f) => {
        const id = f.file_id ?? "";
        return (
          <div key={f.id} className="flex flex-col gap-2">
            {f.mime === "image/svg+xml" && <img src={files(id)} alt={f.name} className="max-h-80 max-w-full self-start rounded border bg-surface" />}
            <p className="text-sm"><a href={files(id)} download={f.name} className="text-accent-text underline">{f.name}</a> <span className="text-xs text-faint">{bytes(f.size, i18n.language)}</span></p>
          </div>
        );
      })}
      {r.sources.length > 0 && <p className="text-xs text-faint">{t("toolbox.sources", { count: r.sources.length })}</p>}
      {r.exchange && <Wire of={r.exchange} />}
    </div>
  );
}

function pretty(s: string): string {
  const trimmed = s.trim();
  if (!trimmed.startsWith("{") && !trimmed.startsWith("[")) return s;
  try {
    return JSON.stringify(JSON.parse(trimmed), null, 2);
  } catch {
    return s;
  }
}

function Block({ label, text }: { label: string; text: string }) {
  return (
    <div className="overflow-hidden rounded border">
      <div className="flex items-center justify-between border-b bg-sunken px-2 py-0.5 text-xs text-faint">{label}<CopyIcon text={text} /></div>
      <pre tabIndex={0} aria-label={label} className="max-h-72 overflow-auto px-3 py-2 font-mono text-xs whitespace-pre-wrap break-words">{text}</pre>
    </div>
  );
}

/** A request and its answer as they went over the wire. */
function Wire({ of: e }: { of: Exchange }) {
  const { t } = useTranslation();
  const lines = (list: string[][]): string => list.map(([k, v]) => `${k}: ${v}`).join("\n");
  const asked = [`${e.method} ${e.url}`, lines(e.headers), e.body && `\n${pretty(e.body)}`].filter(Boolean).join("\n");
  const got = [e.status > 0 ? String(e.status) : "", lines(e.answered), e.answer && `\n${pretty(e.answer)}`].filter(Boolean).join("\n");
  return (
    <Disclosure summary={t("toolbox.wire")}>
      <div className="flex flex-col gap-2">
        <Block label={t("toolbox.request")} text={asked} />
        {got && <Block label={t("toolbox.response")} text={got} />}
      </div>
    </Disclosure>
  );
}
