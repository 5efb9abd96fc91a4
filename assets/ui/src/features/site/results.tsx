import { Bookmark, BookmarkCheck, Share2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys, touches } from "@/api/keys";
import { results } from "@/api/site";
import type { Result } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { brief } from "@/lib/fields";
import { sharedLink } from "@/lib/links";
import { visitorLink } from "@/lib/visitor";
import { Outputs } from "@/parts/flow/outputs";
import { Markdown } from "@/parts/markdown/markdown";
import { Button, CopyField, CopyIcon, Dialog, EmptyState, ErrorNote, ErrorState, SkeletonRows, Time } from "@/ui";

/** What can be done with a result: keep it, and give others a link to it where the app allows that. */
export function ResultBar({ code, id, sharing }: { code: string; id: string; sharing: boolean }) {
  const { t } = useTranslation();
  const list = useRead(keys.site.kept(code), () => results.kept(code));
  const [giving, give] = useState(false);
  const on = (list.data?.data ?? []).some((r) => r.id === id);
  const keep = useCommand(() => (on ? results.drop(code, id) : results.keep(code, id)), touches.kept(code));
  return (
    <div className="mt-4 flex flex-wrap items-center gap-2 border-t pt-3">
      <Button size="sm" icon={on ? BookmarkCheck : Bookmark} busy={keep.isPending} disabled={list.isPending} onClick={() => keep.mutate(undefined)}>{t(on ? "keep.drop" : "keep.save")}</Button>
      {sharing && <Button size="sm" icon={Share2} onClick={() => give(true)}>{t("keep.share")}</Button>}
      <ErrorNote error={keep.error} />
      {giving && <ShareDialog code={code} id={id} onClose={() => give(false)} />}
    </div>
  );
}

function ShareDialog({ code, id, onClose }: { code: string; id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const link = useRead(["share", code, id], () => results.share(code, id), { stale: 0 });
  const stop = useCommand(() => results.unshare(code, id), touches.kept(code), onClose);
  return (
    <Dialog open width="sm" onClose={onClose} title={t("keep.shareTitle")} description={t("keep.shareText")} footer={<><Button busy={stop.isPending} onClick={() => stop.mutate(undefined)}>{t("keep.stop")}</Button><Button variant="primary" onClick={onClose}>{t("kit.done")}</Button></>}>
      {link.isPending ? <SkeletonRows count={1} /> : link.isError ? <ErrorState compact error={link.error} onRetry={() => void link.refetch()} /> : <CopyField text={sharedLink(code, link.data.token)} label={t("keep.link")} />}
      <ErrorNote error={stop.error} />
    </Dialog>
  );
}

/** The results that the person keeps. */
export function Kept({ code, sharing }: { code: string; sharing: boolean }) {
  const { t } = useTranslation();
  const list = useRead(keys.site.kept(code), () => results.kept(code));
  const all = list.data?.data ?? [];
  if (list.isPending) return <SkeletonRows count={3} height={96} />;
  if (list.isError && !list.data) return <ErrorState error={list.error} onRetry={() => void list.refetch()} />;
  if (all.length === 0) return <EmptyState icon={Bookmark} title={t("keep.none")}>{t("keep.noneText")}</EmptyState>;
  return <ul className="flex flex-col gap-3">{all.map((r) => <One key={r.id} code={code} r={r} sharing={sharing} />)}</ul>;
}

function One({ code, r, sharing }: { code: string; r: Result; sharing: boolean }) {
  const inputs = Object.values(r.inputs ?? {}).map(brief).filter((x) => x !== "–").join(" · ");
  return (
    <li className="rounded-lg border bg-surface p-4">
      <p className="mb-2 flex items-center gap-3 text-xs text-faint"><span className="min-w-0 flex-1 truncate" title={inputs}>{inputs}</span><Time at={r.made_at} />{r.answer !== "" && <CopyIcon text={r.answer} />}</p>
      <div className="max-h-96 overflow-y-auto" tabIndex={0}>{r.outputs ? <Outputs outputs={r.outputs} door={{ file: (id) => visitorLink(`/api/sites/${encodeURIComponent(code)}/files/${id}`) }} /> : <Markdown text={r.answer} />}</div>
      <ResultBar code={code} id={r.id} sharing={sharing} />
    </li>
  );
}
