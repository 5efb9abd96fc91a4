import { Link } from "@tanstack/react-router";
import { ExternalLink, FileText } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Explanation, Hit, Place } from "@/api/types";
import { Badge, Card, Disclosure } from "@/ui";
import { iconLink } from "@/ui/link";

const LONG = 420; // characters after which a passage is folded

/** One passage that was found, with how. */
export function HitCard({ hit, rank, dataset }: { hit: Hit; rank: number; dataset: string }) {
  const { t } = useTranslation();
  const { chunk, document: doc } = hit;
  return (
    <Card>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
        <span className="flex size-6 items-center justify-center rounded bg-accent-soft text-xs font-medium text-accent-text tabular-nums">{rank}</span>
        <span className="flex min-w-0 flex-1 items-center gap-1.5 text-muted">
          <FileText size={14} aria-hidden className="shrink-0" />
          <span className="truncate" title={doc.name}>{doc.name}</span>
          {chunk.page ? <Badge>{t("hit.page", { n: chunk.page })}</Badge> : null}
          <span className="shrink-0 text-faint">#{chunk.position}</span>
        </span>
        <Score value={hit.score} />
        {doc.id !== "" && (
          <Link to="/knowledge/$id/documents/$did" params={{ id: dataset, did: doc.id }} search={{ chunk: chunk.id }} className={iconLink} aria-label={t("hit.open")}>
            <ExternalLink size={15} aria-hidden />
          </Link>
        )}
      </div>
      {(chunk.heading ?? []).length > 0 && <p className="mt-2 text-xs text-faint">{(chunk.heading ?? []).join(" › ")}</p>}
      <Passage text={chunk.answer ? `${chunk.content}\n${chunk.answer}` : chunk.content} terms={hit.why.terms ?? []} />
      {(hit.children ?? []).length > 0 && <Children hit={hit} />}
      <div className="mt-3"><Disclosure summary={t("hit.how")}><How why={hit.why} /></Disclosure></div>
    </Card>
  );
}

export function Score({ value }: { value: number }) {
  const { t } = useTranslation();
  return (
    <span className="flex items-center gap-2" title={t("hit.score")}>
      <span aria-hidden className="h-1.5 w-16 overflow-hidden rounded-full bg-sunken"><span className="block h-full rounded-full bg-accent" style={{ width: `${Math.round(Math.min(1, Math.max(0, value)) * 100)}%` }} /></span>
      <span className="tabular-nums">{value.toFixed(3)}</span>
    </span>
  );
}

/** The text with the question's words marked; long ones are folded. */
export function Passage({ text, terms }: { text: string; terms: string[] }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const long = text.length > LONG;
  const shown = long && !open ? `${text.slice(0, LONG)}…` : text;
  return (
    <div className="mt-2">
      <p className="leading-6 whitespace-pre-wrap [overflow-wrap:anywhere]">{marked(shown, terms)}</p>
      {long && <button type="button" className="mt-1 text-sm text-accent-text hover:underline" onClick={() => setOpen(!open)}>{t(open ? "hit.less" : "hit.more")}</button>}
    </div>
  );
}

function marked(text: string, terms: string[]) {
  const words = terms.filter((w) => w !== "").sort((a, b) => b.length - a.length).map((w) => w.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (words.length === 0) return text;
  return text.split(new RegExp(`(${words.join("|")})`, "gi")).map((part, i) => (i % 2 === 1 ? <mark key={i} className="rounded-sm bg-accent-soft text-text">{part}</mark> : part));
}

function Children({ hit }: { hit: Hit }) {
  const { t } = useTranslation();
  return (
    <div className="mt-2 rounded border bg-sunken/50 px-3 py-2">
      <p className="text-xs text-faint">{t("hit.children")}</p>
      <ul className="mt-1 flex flex-col gap-1 text-sm">
        {(hit.children ?? []).map((c) => (
          <li key={c.id} className="flex gap-3"><span className="min-w-0 flex-1 [overflow-wrap:anywhere]">{c.content}</span><span className="text-faint tabular-nums">{c.score.toFixed(3)}</span></li>
        ))}
      </ul>
    </div>
  );
}

/** Both scores and ranks, fusion, rerank, matched words and filter. */
export function How({ why }: { why: Explanation }) {
  const { t } = useTranslation();
  const rows: { name: string; place: Place | null }[] = [
    { name: t("hit.words"), place: why.words }, { name: t("hit.vector"), place: why.vector },
    ...(why.fused ? [{ name: t("hit.fused"), place: why.fused }] : []), ...(why.rerank ? [{ name: t("hit.rerank"), place: why.rerank }] : []),
  ];
  return (
    <div className="flex flex-col gap-3 text-sm">
      <table className="w-full max-w-md">
        <tbody>
          {rows.map((r) => (
            <tr key={r.name} className="border-b last:border-0">
              <th scope="row" className="py-1 pr-4 text-left font-normal text-muted">{r.name}</th>
              {r.place ? (
                <>
                  <td className="py-1 pr-4">{t("hit.rank", { rank: r.place.rank })}</td>
                  <td className="py-1 pr-4 tabular-nums">{r.place.score.toFixed(3)}</td>
                  <td className="py-1 text-faint tabular-nums">{r.place.part ? t("hit.adds", { part: r.place.part.toFixed(3) }) : ""}</td>
                </>
              ) : (
                <td colSpan={3} className="py-1 text-faint">{t("hit.notSeen")}</td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      <Words label={t("hit.terms")} list={why.terms ?? []} tone="accent" />
      <Words label={t("hit.missed")} list={why.missed ?? []} tone="neutral" />
      <Words label={t("hit.filter")} list={why.filter ?? []} tone="ok" />
    </div>
  );
}

function Words({ label, list, tone }: { label: string; list: string[]; tone: "accent" | "neutral" | "ok" }) {
  if (list.length === 0) return null;
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      <span className="text-faint">{label}</span>
      {list.map((w) => <Badge key={w} tone={tone}>{w}</Badge>)}
    </div>
  );
}
