import { FileText } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { documents } from "@/api/knowledge";
import { keys, touches } from "@/api/keys";
import { search } from "@/api/search";
import type { Dataset, Document, MetadataField } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { forms } from "@/lib/chunking";
import { bytes, count, duration } from "@/lib/format";
import { Badge, Button, Card, EmptyState, ErrorNote, ErrorState, Facts, Field, Input, NumberInput, Section, SkeletonRows, Time, toast } from "@/ui";

/** What was read of the file, page by page. */
export function TextTab({ dataset, d }: { dataset: Dataset; d: Document }) {
  const { t } = useTranslation();
  const got = useRead(keys.datasets.text(dataset.id, d.id), () => documents.text(dataset.id, d.id));
  if (got.isPending) return <SkeletonRows count={4} height={96} />;
  if (got.isError) return got.error.status === 404 || got.error.status === 409 ? <EmptyState icon={FileText} title={t("doc.noText")} /> : <ErrorState error={got.error} onRetry={() => void got.refetch()} />;
  const parts = pagesOf(got.data.text, got.data.pages ?? []);
  if (got.data.text.trim() === "") return <EmptyState icon={FileText} title={t("doc.noText")} />;
  return (
    <div className="max-w-3xl">
      <p className="mb-3 text-sm text-faint">{t("doc.textText")}</p>
      {parts.map((p, i) => (
        <section key={i} className="mb-4">
          {p.name !== "" && <p className="mb-1"><Badge>{p.number > 0 && p.name === String(p.number) ? t("doc.pageOf", { n: p.number }) : p.name}</Badge></p>}
          <div className="rounded-md border bg-surface px-4 py-3 leading-7 whitespace-pre-wrap [overflow-wrap:anywhere]">{p.text}</div>
        </section>
      ))}
    </div>
  );
}

/** Cuts the text where its pages begin; starts count bytes of UTF-8. */
export function pagesOf(text: string, pages: { number: number; start: number; name: string }[]): { name: string; number: number; text: string }[] {
  if (pages.length === 0) return [{ name: "", number: 0, text: text.trim() }];
  const raw = new TextEncoder().encode(text);
  const read = new TextDecoder();
  const lead = pages[0]?.start ?? 0;
  const before = lead > 0 ? [{ name: "", number: 0, text: read.decode(raw.slice(0, lead)).trim() }] : [];
  const rest = pages.map((p, i) => ({ name: p.name || String(p.number), number: p.number, text: read.decode(raw.slice(p.start, pages[i + 1]?.start ?? raw.length)).trim() }));
  return [...before, ...rest].filter((p) => p.text !== "");
}

/** Numbers of a document, and its metadata. */
export function DetailsTab({ dataset, d }: { dataset: Dataset; d: Document }) {
  const { t, i18n } = useTranslation();
  const n = (x: number): string => count(x, i18n.language);
  const took = d.started_at && d.completed_at ? duration((Date.parse(d.completed_at) - Date.parse(d.started_at)) / 1000, i18n.language) : "–";
  const form = forms.find((f) => f === d.chunking.form) ?? "text_model";
  return (
    <div className="max-w-3xl">
      <Facts
        rows={[
          { name: t("doc.size"), value: bytes(d.size, i18n.language) }, { name: t("doc.pages"), value: d.pages > 0 ? n(d.pages) : "–" }, { name: t("doc.words"), value: n(d.word_count) },
          { name: t("doc.tokens"), value: n(d.tokens) }, { name: t("doc.average"), value: d.chunks > 0 ? t("wiz.tokens", { n: n(Math.round(d.tokens / d.chunks)) }) : "–" },
          { name: t("doc.form"), value: t(`wiz.form.${form}`) }, { name: t("doc.source"), value: <span className="[overflow-wrap:anywhere]">{d.url ?? d.source}</span> },
          { name: t("doc.hits"), value: n(d.hit_count) }, { name: t("doc.added"), value: <Time at={d.created_at} /> },
          { name: t("doc.started"), value: d.started_at ? <Time at={d.started_at} /> : "–" }, { name: t("doc.finished"), value: d.completed_at ? <Time at={d.completed_at} /> : "–" }, { name: t("doc.took"), value: took },
        ]}
      />
      <div className="mt-8"><Metadata dataset={dataset} d={d} /></div>
    </div>
  );
}

function Metadata({ dataset, d }: { dataset: Dataset; d: Document }) {
  const { t } = useTranslation();
  const list = useRead(keys.search.fields(dataset.id), () => search.fields(dataset.id));
  const [v, setV] = useState(d.metadata);
  const save = useCommand(() => documents.save(dataset.id, d.id, { metadata: known(v, list.data?.fields ?? []) }), touches.documents(dataset.id), () => toast(t("kit.saved")));
  const fields = list.data?.fields ?? [];
  const put = (name: string, x: unknown): void => setV({ ...v, [name]: x });
  return (
    <Section title={t("doc.metadata")} purpose={t("doc.metadataText")}>
      {list.isPending ? (
        <SkeletonRows count={2} />
      ) : fields.length === 0 ? (
        <p className="text-sm text-faint">{t("doc.metadataNone")}</p>
      ) : (
        <Card>
          <form
            className="flex flex-col gap-4"
            onSubmit={(e) => {
              e.preventDefault();
              save.mutate(undefined);
            }}
          >
            {fields.map((f) => (
              <Field key={f.id} label={f.name} aside={<Badge>{t(f.type === "number" ? "dset.type.number" : f.type === "time" ? "dset.type.time" : "dset.type.string")}</Badge>}>
                {f.type === "number" ? (
                  <NumberInput value={typeof v[f.name] === "number" ? Number(v[f.name]) : null} onChange={(x) => put(f.name, x)} />
                ) : (
                  <Input value={shown(v[f.name], f)} onChange={(x) => put(f.name, x)} placeholder={f.type === "time" ? "2026-01-31" : ""} maxLength={2000} />
                )}
              </Field>
            ))}
            {save.error && <ErrorNote error={save.error} />}
            <div><Button type="submit" variant="primary" busy={save.isPending}>{t("kit.save")}</Button></div>
          </form>
        </Card>
      )}
    </Section>
  );
}

/** A time is kept in seconds and read as a day. */
function shown(v: unknown, f: MetadataField): string {
  if (f.type === "time" && typeof v === "number") return new Date(v * 1000).toISOString().slice(0, 10);
  return typeof v === "string" || typeof v === "number" ? String(v) : "";
}

/** What is empty is not there. */
function known(v: { [k: string]: unknown }, fields: MetadataField[]): { [k: string]: unknown } {
  return Object.fromEntries(fields.flatMap((f) => (v[f.name] === undefined || v[f.name] === null || v[f.name] === "" ? [] : [[f.name, v[f.name]]])));
}
