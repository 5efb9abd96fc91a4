import { CircleAlert, CircleCheck, ListChecks, TriangleAlert } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "@/api/types";
import { nodeIcon } from "@/parts/flow/kinds";
import { EmptyState, Popover } from "@/ui";
import { cx } from "@/ui/cx";
import type { Finding, Surroundings } from "../check";
import { nodeFindings, shapeFindings } from "../check";
import { nodeOf } from "../doc";
import { reading } from "../order";
import { useGraph, useGraphStore } from "../store";
import { tint } from "./tint";
import { goTo, useUiStore } from "./ui";

const PAUSE = 250; // milliseconds of quiet before a graph is checked
const SLICE = 8; // milliseconds of work at once, so that nothing stutters

/** What is wrong with the graph, found again a moment after each change. */
export function useFindings(s: Surroundings): readonly Finding[] {
  const { t } = useTranslation();
  const graph = useGraphStore();
  const doc = useGraph((x) => x.steps[x.at]?.doc ?? x.doc);
  const [found, setFound] = useState<readonly Finding[]>([]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let at = 0;
    const out: Finding[] = [];
    const work = (): void => {
      const until = performance.now() + SLICE;
      for (; at < doc.nodes.length && performance.now() < until; at++) {
        const n = doc.nodes[at];
        if (n) out.push(...nodeFindings(doc, n, s, t));
      }
      if (at < doc.nodes.length) timer = setTimeout(work, 0);
      else setFound([...shapeFindings(doc, s.place.mode, t), ...out]);
    };
    timer = setTimeout(work, PAUSE);
    return () => clearTimeout(timer);
  }, [doc, graph, s, t]);
  return found;
}

/** The problems with the graph and its settings, each leading to its place. */
export function Checklist({ found, settings }: { found: readonly Finding[]; settings: readonly Problem[] }) {
  const { t } = useTranslation();
  const ui = useUiStore();
  const doc = useGraph((s) => s.doc);
  const [open, setOpen] = useState(false);
  const count = found.length + settings.length;
  const refused = settings.length > 0 || found.some((f) => f.refused);
  const order = open ? reading(doc) : [];
  const byNode = order.map((id) => ({ id, list: found.filter((f) => f.node === id) })).filter((g) => g.list.length > 0);
  const whole = found.filter((f) => f.node === "" || !nodeOf(doc, f.node));
  return (
    <Popover
      label={t("check.title")}
      flush
      width="lg"
      open={open}
      onOpen={setOpen}
      trigger={
        <button type="button" aria-label={count > 0 ? t("check.count", { count }) : t("check.fine")} title={t("check.title")} className={cx("flex h-8 items-center gap-1.5 rounded px-2 text-sm tabular-nums hover:bg-hover", refused ? "text-danger-text" : count > 0 ? "text-warn-text" : "text-muted")}>
          <ListChecks size={17} aria-hidden />
          {count > 0 && count}
        </button>
      }
    >
      {open && count === 0 && <EmptyState compact icon={CircleCheck} title={t("check.fine")}>{t("check.fineText")}</EmptyState>}
      {open && count > 0 && (
        <>
          <header className="border-b px-4 py-3">
            <h2 className="font-semibold">{t("check.title")}</h2>
            <p className="text-sm text-muted">{t("check.text")}</p>
          </header>
          <ul className="max-h-[60vh] overflow-y-auto p-1" aria-label={t("check.title")}>
            {(settings.length > 0 || whole.length > 0) && (
              <li className="px-3 py-2">
                <p className="text-sm font-medium">{t("check.whole")}</p>
                {settings.map((p, i) => <Text key={`s${i}`} text={p.message} refused />)}
                {whole.map((f, i) => <Text key={i} text={f.text} refused={f.refused} />)}
              </li>
            )}
            {byNode.map(({ id, list }) => {
              const n = nodeOf(doc, id);
              if (!n) return null;
              const Icon = nodeIcon(n.type);
              return (
                <li key={id}>
                  <button
                    type="button"
                    onClick={() => {
                      setOpen(false);
                      goTo(ui, id, true);
                    }}
                    className="flex w-full items-start gap-2.5 rounded px-3 py-2 text-left hover:bg-hover"
                  >
                    <span className={cx("mt-0.5 flex size-6 shrink-0 items-center justify-center rounded", tint(n.type))}><Icon size={14} aria-hidden /></span>
                    <span className="min-w-0 flex-1">
                      <span className="block truncate text-sm font-medium">{n.title || t("canvas.untitled")}</span>
                      {list.map((f, i) => <Text key={i} text={f.text} refused={f.refused} />)}
                    </span>
                  </button>
                </li>
              );
            })}
          </ul>
        </>
      )}
    </Popover>
  );
}

function Text({ text, refused }: { text: string; refused: boolean }) {
  const { t } = useTranslation();
  const Icon = refused ? CircleAlert : TriangleAlert;
  return (
    <span className="mt-0.5 flex items-start gap-1.5 text-sm text-muted">
      <Icon size={13} role="img" aria-label={refused ? t("check.refused") : ""} aria-hidden={!refused} className={cx("mt-[3px] shrink-0", refused ? "text-danger-text" : "text-warn-text")} />
      <span className="min-w-0 [overflow-wrap:anywhere]">{text}</span>
    </span>
  );
}
