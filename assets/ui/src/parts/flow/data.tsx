import { useTranslation } from "react-i18next";
import { CopyIcon } from "@/ui";
import type { Data } from "./flow";

const SHOWN = 20_000; // characters; the rest is for the clipboard

/** Any value as text, as it is read most easily: text as it is, everything else as JSON. */
export function readable(v: unknown): string {
  return typeof v === "string" ? v : (JSON.stringify(v, null, 2) ?? "");
}

/** One block of data with a name, and a button that copies it whole. */
export function Block({ title, value, tall }: { title: string; value: unknown; tall?: boolean }) {
  const { t } = useTranslation();
  const text = readable(value);
  return (
    <div role="group" aria-label={title} className="overflow-hidden rounded border">
      <div className="flex h-7 items-center justify-between border-b bg-sunken/60 pr-0.5 pl-2.5 text-xs text-muted">
        {title}
        <CopyIcon text={text} label={t("data.copy", { name: title })} />
      </div>
      <pre tabIndex={0} className={`overflow-auto bg-code px-2.5 py-2 font-mono text-xs leading-[18px] whitespace-pre-wrap [overflow-wrap:anywhere] ${tall ? "max-h-[60vh]" : "max-h-64"}`}>
        {text.length > SHOWN ? `${text.slice(0, SHOWN)}\n… ${t("data.more")}` : text}
      </pre>
    </div>
  );
}

const filled = (v: { [k: string]: unknown } | undefined): v is { [k: string]: unknown } => v !== undefined && Object.keys(v).length > 0;

/** What a node was given, did and made. */
export function DataBlocks({ data }: { data: Data }) {
  const { t } = useTranslation();
  const blocks = (["inputs", "process", "outputs", "meta"] as const).filter((k) => filled(data[k]));
  if (blocks.length === 0) return <p className="text-xs text-faint">{t("data.none")}</p>;
  return <div className="flex flex-col gap-2">{blocks.map((k) => <Block key={k} title={t(`data.${k}`)} value={data[k]} />)}</div>;
}
