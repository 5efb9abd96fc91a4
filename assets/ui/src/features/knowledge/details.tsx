import { FileText } from "lucide-react";
import { useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { documents } from "@/api/knowledge";
import { keys } from "@/api/keys";
import type { Dataset, Document } from "@/api/types";
import { useRead } from "@/api/use";
import { forms } from "@/lib/chunking";
import { bytes, count, duration } from "@/lib/format";
import { Badge, CopyIcon, EmptyState, ErrorState, Facts, Section, Select, SkeletonRows, Time } from "@/ui";
import { Metadata } from "./metadata";
import { pagesOf, stageTimes } from "./progress";

/** What was read of the file, page by page. */
export function TextTab({ dataset, d }: { dataset: Dataset; d: Document }) {
  const { t, i18n } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const got = useRead([...keys.datasets.text(dataset.id, d.id), d.revision], () => documents.text(dataset.id, d.id));
  const parts = useMemo(() => (got.data ? pagesOf(got.data.text, got.data.pages ?? []) : []), [got.data]);
  if (got.isPending) return <SkeletonRows count={4} height={96} />;
  if (got.isError) return got.error.status === 404 || got.error.status === 409 ? <EmptyState icon={FileText} title={t("doc.noText")} /> : <ErrorState error={got.error} onRetry={() => void got.refetch()} />;
  if (got.data.text.trim() === "") return <EmptyState icon={FileText} title={t("doc.noText")} />;
  const titleOf = (p: { name: string; number: number }): string => (p.number > 0 && p.name === String(p.number) ? t("doc.pageOf", { n: p.number }) : p.name || t("doc.before"));
  const jump = (i: number): void => {
    const page = box.current?.querySelectorAll("section")[i];
    if (!page) return;
    page.scrollIntoView({ block: "start" });
    page.focus({ preventScroll: true });
  };
  return (
    <div className="max-w-3xl" ref={box}>
      <div className="sticky top-0 z-10 mb-3 flex flex-wrap items-center gap-x-3 gap-y-2 border-b bg-bg py-2">
        <p className="min-w-0 flex-1 text-sm text-faint">{t("doc.textText")} {t("know.chars", { n: count([...got.data.text].length, i18n.language) })}</p>
        {parts.length > 1 && <div className="w-44"><Select label={t("doc.jump")} value="" placeholder={t("doc.jump")} onChange={(i: string) => jump(Number(i))} options={parts.map((p, i) => ({ value: String(i), label: titleOf(p) }))} /></div>}
        <CopyIcon text={got.data.text} label={t("doc.copyText")} size="md" />
      </div>
      {parts.map((p, i) => (
        <section key={i} tabIndex={-1} aria-label={p.name === "" ? undefined : titleOf(p)} className="mb-4 scroll-mt-14 [contain-intrinsic-size:auto_20rem] [content-visibility:auto] focus:outline-none">
          {p.name !== "" && <p className="mb-1"><Badge>{titleOf(p)}</Badge></p>}
          <div className="rounded-md border bg-surface px-4 py-3 leading-7 whitespace-pre-wrap [overflow-wrap:anywhere]">{p.text}</div>
        </section>
      ))}
    </div>
  );
}

/** Numbers of a document, and its metadata. */
export function DetailsTab({ dataset, d }: { dataset: Dataset; d: Document }) {
  const { t, i18n } = useTranslation();
  const n = (x: number): string => count(x, i18n.language);
  const took = (s: number | null): string => (s === null ? "–" : duration(s, i18n.language));
  const form = forms.find((f) => f === d.chunking.form) ?? "text_model";
  const times = stageTimes(d);
  const source = d.source === "upload_file" ? t("doc.source.upload_file") : d.source === "text" ? t("doc.source.text") : d.source === "website_crawl" ? t("doc.source.website_crawl") : d.source;
  return (
    <div className="grid gap-x-10 lg:grid-cols-2">
      <div className="min-w-0">
        <Section title={t("doc.content")}>
          <Facts
            rows={[
              { name: t("doc.size"), value: bytes(d.size, i18n.language) }, { name: t("doc.pages"), value: d.pages > 0 ? n(d.pages) : "–" }, { name: t("doc.words"), value: n(d.word_count) }, { name: t("doc.tokens"), value: n(d.tokens) },
              { name: t("doc.form"), value: t(`wiz.form.${form}`) }, { name: t("doc.chunks"), value: n(d.chunks) }, ...(d.children > 0 ? [{ name: t("chunk.childrenTitle"), value: n(d.children) }] : []),
              { name: t("doc.average"), value: d.chunks > 0 ? t("doc.averageOf", { tokens: n(Math.round(d.tokens / d.chunks)), chars: n(Math.round(d.word_count / d.chunks)) }) : "–" }, { name: t("doc.hits"), value: n(d.hit_count) },
            ]}
          />
        </Section>
        <Section title={t("doc.processing")}>
          <Facts
            rows={[
              { name: t("doc.source"), value: <span className="[overflow-wrap:anywhere]">{source}{d.url && <> · {d.url}</>}</span> }, { name: t("doc.added"), value: <Time at={d.created_at} /> },
              { name: t("doc.started"), value: d.started_at ? <Time at={d.started_at} /> : "–" }, { name: t("doc.finished"), value: d.completed_at ? <Time at={d.completed_at} /> : "–" },
              { name: t("doc.tookParsing"), value: took(times.parsing) }, { name: t("doc.tookSplitting"), value: took(times.splitting) }, { name: t("doc.tookIndexing"), value: took(times.indexing) }, { name: t("doc.took"), value: took(times.all) },
              ...(d.attempts > 0 ? [{ name: t("doc.attempts"), value: n(d.attempts) }] : []),
              { name: t("doc.id"), value: <span className="flex items-center gap-1"><code className="truncate font-mono text-sm" title={d.id}>{d.id}</code><CopyIcon text={d.id} /></span> },
            ]}
          />
        </Section>
      </div>
      <div className="min-w-0"><Metadata key={d.id} dataset={dataset} d={d} /></div>
    </div>
  );
}
