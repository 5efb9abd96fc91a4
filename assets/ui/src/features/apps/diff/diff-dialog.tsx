import { ArrowLeftRight, Equal } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Diff } from "@/api/inspect";
import { inspect } from "@/api/inspect";
import { keys } from "@/api/keys";
import type { App, Version } from "@/api/types";
import { useRead } from "@/api/use";
import { nodeIcon } from "@/parts/flow/kinds";
import { Dialog, EmptyState, ErrorState, IconButton, Segmented, Select, SkeletonRows } from "@/ui";
import type { DraftHandle } from "../use-draft";
import { isGraphMode, readGraph } from "../graph/graph";
import { Changes, KindBadge } from "./changes";
import { GraphDiff } from "./graph-diff";
import type { DiffLook } from "./text-diff";

const DRAFT = "draft";

/** What is different between two versions, or a version and the draft: on the drawing, and field by field. */
export function DiffDialog({ app, draft, versions, first, titleOf, onClose }: { app: App; draft: DraftHandle; versions: Version[]; first: string; titleOf: (v: Version) => string; onClose: () => void }) {
  const { t } = useTranslation();
  const [from, setFrom] = useState(first);
  const [to, setTo] = useState(DRAFT);
  const [look, setLook] = useState<DiffLook>("inline");
  const diff = useRead(keys.apps.diff(app.id, from, to, app.draft_rev), async () => {
    await draft.flush();
    return inspect.diff(app.id, from, to);
  }, { stale: 0 });
  const options = [{ value: DRAFT, label: t("diff.draft") }, ...versions.map((v) => ({ value: v.id, label: titleOf(v) }))];
  const graphOf = (id: string): unknown => (id === DRAFT ? draft.settings.graph : versions.find((v) => v.id === id)?.settings.graph);
  return (
    <Dialog open width="xl" onClose={onClose} title={t("diff.title")} description={t("diff.text")}>
      <div className="mb-4 flex flex-wrap items-center gap-2">
        <div className="w-52"><Select label={t("diff.from")} value={from} onChange={setFrom} options={options} /></div>
        <IconButton icon={ArrowLeftRight} label={t("diff.swap")} onClick={() => { setFrom(to); setTo(from); }} />
        <div className="w-52"><Select label={t("diff.to")} value={to} onChange={setTo} options={options} /></div>
        <span className="ml-auto"><Segmented label={t("diff.look")} value={look} onChange={setLook} options={[{ value: "inline", label: t("diff.inline") }, { value: "columns", label: t("diff.columns") }]} /></span>
      </div>
      {diff.isPending ? (
        <SkeletonRows count={5} />
      ) : diff.isError ? (
        <ErrorState compact error={diff.error} onRetry={() => void diff.refetch()} />
      ) : diff.data.nodes.length + diff.data.edges.length + diff.data.settings.length === 0 ? (
        <EmptyState compact icon={Equal} title={t("diff.none")}>{t("diff.noneText")}</EmptyState>
      ) : (
        <Found diff={diff.data} look={look} graph={isGraphMode(app.mode)} before={graphOf(from)} after={graphOf(to)} />
      )}
    </Dialog>
  );
}

function Found({ diff, look, graph, before, after }: { diff: Diff; look: DiffLook; graph: boolean; before: unknown; after: unknown }) {
  const { t } = useTranslation();
  const [picked, pick] = useState("");
  const list = useRef<HTMLDivElement>(null);
  const show = (id: string): void => {
    pick(id);
    for (const el of list.current?.querySelectorAll("[data-node]") ?? []) if (el.getAttribute("data-node") === id) el.scrollIntoView({ block: "nearest", behavior: "smooth" });
  };
  const titles = titlesOf(before, after);
  return (
    <div ref={list} className="flex flex-col gap-5">
      {graph && diff.nodes.length + diff.edges.length > 0 && <GraphDiff before={before} after={after} diff={diff} picked={picked} onPick={show} />}
      {diff.nodes.length > 0 && (
        <section>
          <h3 className="mb-2 font-semibold">{t("diff.nodes", { count: diff.nodes.length })}</h3>
          <ul className="flex flex-col gap-2">
            {diff.nodes.map((n) => {
              const Icon = nodeIcon(n.type);
              return (
                <li key={n.id} data-node={n.id} className={`rounded-md border px-3 py-2.5 ${picked === n.id ? "border-accent" : ""}`}>
                  <p className="flex items-center gap-2"><Icon size={15} aria-hidden className="shrink-0 text-faint" /><span className="min-w-0 truncate font-medium">{n.title || n.id}</span><KindBadge kind={n.kind} /></p>
                  {n.changes.length > 0 && <div className="mt-2"><Changes list={n.changes} look={look} /></div>}
                </li>
              );
            })}
          </ul>
        </section>
      )}
      {diff.edges.length > 0 && (
        <section>
          <h3 className="mb-2 font-semibold">{t("diff.edges", { count: diff.edges.length })}</h3>
          <ul className="flex flex-col gap-1 text-sm">
            {diff.edges.map((e) => (
              <li key={`${e.from} ${e.handle} ${e.to} ${e.kind}`} className="flex items-center gap-2">
                <KindBadge kind={e.kind} />
                <span className="min-w-0 truncate">{titles.get(e.from) ?? e.from} → {titles.get(e.to) ?? e.to}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {diff.settings.length > 0 && (
        <section>
          <h3 className="mb-2 font-semibold">{t("diff.settings", { count: diff.settings.length })}</h3>
          <div className="rounded-md border px-3 py-2.5"><Changes list={diff.settings} look={look} /></div>
        </section>
      )}
    </div>
  );
}

/** The titles of all nodes of both graphs, the later ones winning. */
function titlesOf(before: unknown, after: unknown): Map<string, string> {
  return new Map([...readGraph(before).nodes, ...readGraph(after).nodes].map((n) => [n.id, n.title]));
}
