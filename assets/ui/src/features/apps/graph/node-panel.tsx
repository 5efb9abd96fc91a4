import { X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Block } from "@/parts/flow/data";
import type { Exec } from "@/parts/flow/flow";
import { nodeIcon, nodeTitle } from "@/parts/flow/kinds";
import { Callout, CopyIcon, IconButton, Segmented } from "@/ui";
import { LastRun } from "./run/last-run";
import { useRuns } from "./run/runs";
import type { FlowNode } from "./node-view";

/** One node of the drawing: what is set, and what its last run was given and made. It floats beside the drawing, which stays in use. */
export function NodePanel({ node: n, problem, exec, onClose }: { node: FlowNode; problem: string | undefined; exec: Exec | null; onClose: () => void }) {
  const { t } = useTranslation();
  const [tab, setTab] = useState<"settings" | "run">("settings");
  const box = useRef<HTMLElement>(null);
  const Icon = nodeIcon(n.type);
  const runs = useRuns();
  const ran = exec !== null;
  const shown = runs ? tab : "settings";
  useEffect(() => {
    const onKey = (e: KeyboardEvent): void => {
      if (e.key === "Escape" && !e.defaultPrevented) onClose();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [onClose]);
  useEffect(() => {
    if (ran) setTab("run");
    // a node that was picked shows its run, if there is one
  }, [n.id, ran]);
  return (
    <aside ref={box} aria-label={t("graph.nodePanel", { name: n.title })} className="anim-slide absolute top-3 right-3 z-10 flex max-h-[calc(100%-24px)] w-[360px] max-w-[calc(100%-24px)] flex-col rounded-lg border bg-raised shadow-float">
      <header className="flex items-start gap-2.5 px-3 pt-3 pb-2">
        <span className="mt-0.5 flex size-7 shrink-0 items-center justify-center rounded bg-accent-soft text-accent-text"><Icon size={16} aria-hidden /></span>
        <div className="min-w-0 flex-1">
          <h2 className="font-semibold [overflow-wrap:anywhere]">{n.title}</h2>
          <p className="flex items-center gap-1 text-xs text-faint">{nodeTitle(t, n.type)} · <code className="truncate font-mono">{n.id}</code><CopyIcon text={n.id} /></p>
        </div>
        <IconButton icon={X} size="sm" label={t("kit.close")} tip={false} onClick={onClose} />
      </header>
      {runs && (
        <div className="px-3 pb-2">
          <Segmented label={t("graph.nodeView")} value={tab} onChange={setTab} options={[{ value: "run", label: t("graph.lastRun") }, { value: "settings", label: t("graph.settings") }]} />
        </div>
      )}
      <div className="flex min-h-0 flex-1 flex-col gap-3 overflow-y-auto px-3 pb-3">
        {shown === "settings" && problem && <Callout tone="warn">{problem}</Callout>}
        {shown === "settings" && typeof n.data["desc"] === "string" && n.data["desc"] !== "" && <p className="text-sm whitespace-pre-wrap text-muted">{n.data["desc"]}</p>}
        {shown === "settings" && <Block tall title={t("graph.settings")} value={n.data} />}
        {shown === "run" && runs && <LastRun key={n.id} app={runs.app} node={n.id} title={n.title} single={alone(n.type)} top={n.parent === ""} />}
      </div>
    </aside>
  );
}

const noAlone = new Set(["start", "end", "answer", "loop-end", "iteration-start", "loop-start", "trigger-webhook", "trigger-schedule", "trigger-plugin"]);
const alone = (type: string): boolean => !noAlone.has(type);
