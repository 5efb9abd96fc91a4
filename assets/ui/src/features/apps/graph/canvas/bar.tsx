import { useStore } from "@xyflow/react";
import { History, Maximize, Minus, Plus } from "lucide-react";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import type { MenuItem } from "@/ui";
import { Button, IconButton, Menu, Popover } from "@/ui";
import { cx } from "@/ui/cx";
import type { Command, Ctx } from "../commands";
import { command } from "../commands";
import { printed } from "../keys";
import { useGraph } from "../store";
import { useUi } from "./ui";

type Do = (c: Command) => void;

function Tool({ id, onDo, active, disabled }: { id: string; onDo: Do; active?: boolean; disabled?: boolean }) {
  const { t } = useTranslation();
  const c = command(id);
  if (!c?.icon) return null;
  const keys = c.keys?.[0];
  return <IconButton icon={c.icon} label={keys ? `${t(c.label)} (${printed(keys)})` : t(c.label)} active={active} disabled={disabled} aria-pressed={active} onClick={() => onDo(c)} />;
}

/** What is always at hand: adding at the top left, how one looks at the bottom left. */
export function Bar({ onDo, ctx }: { onDo: Do; ctx: () => Ctx }) {
  const { t } = useTranslation();
  const pointing = useUi((s) => s.pointing);
  const minimap = useUi((s) => s.minimap);
  const undo = useGraph((s) => s.at > 0);
  const redo = useGraph((s) => s.at < s.steps.length - 1);
  return (
    <>
      <div role="toolbar" aria-label={t("canvas.tools")} aria-orientation="vertical" className="absolute top-3 left-3 z-10 flex flex-col gap-0.5 rounded-lg border bg-raised p-1 shadow-float">
        <Tool id="add" onDo={onDo} />
        <Tool id="note" onDo={onDo} />
        <span className="mx-1 my-0.5 h-px bg-line" />
        <Tool id="pointer" onDo={onDo} active={pointing === "pointer"} />
        <Tool id="hand" onDo={onDo} active={pointing === "hand"} />
        <span className="mx-1 my-0.5 h-px bg-line" />
        <Tool id="layout" onDo={onDo} />
        <Tool id="find" onDo={onDo} />
        <Tool id="keys" onDo={onDo} />
      </div>
      <div role="toolbar" aria-label={t("graph.zoom")} className="absolute bottom-3 left-3 z-10 flex items-center gap-0.5 rounded-lg border bg-raised p-1 shadow-float">
        <Tool id="undo" onDo={onDo} disabled={!undo} />
        <Tool id="redo" onDo={onDo} disabled={!redo} />
        <Steps />
        <span className="mx-1 h-4 w-px bg-line" />
        <IconButton icon={Minus} size="sm" label={t("graph.smaller")} onClick={() => onDoId("out", onDo)} />
        <Zoom ctx={ctx} />
        <IconButton icon={Plus} size="sm" label={t("graph.larger")} onClick={() => onDoId("in", onDo)} />
        <IconButton icon={Maximize} size="sm" label={t("graph.fit")} onClick={() => onDoId("fit", onDo)} />
        <Tool id="minimap" onDo={onDo} active={minimap} />
      </div>
    </>
  );
}

function onDoId(id: string, onDo: Do): void {
  const c = command(id);
  if (c) onDo(c);
}

/** Only this follows the zoom, so that nothing else is drawn again while one pans. */
function Zoom({ ctx }: { ctx: () => Ctx }) {
  const { t } = useTranslation();
  const zoom = useStore((s) => Math.round(s.transform[2] * 100));
  const item = (id: string, run: () => void): MenuItem => {
    const c = command(id);
    return { id, label: c ? t(c.label) : id, keys: c?.keys?.[0] ? printed(c.keys[0]) : undefined, run };
  };
  return (
    <Menu
      side="top"
      align="start"
      label={t("graph.zoom")}
      trigger={<button type="button" aria-label={t("canvas.zoomOf", { n: zoom })} className="h-7 w-12 rounded text-center text-xs text-muted tabular-nums hover:bg-hover">{zoom}%</button>}
      groups={[[item("fit", () => ctx().look("fit")), item("one", () => ctx().look("one")), item("half", () => ctx().look("half"))]]}
    />
  );
}

/** The steps that were made, each to go back to. */
function Steps() {
  const { t } = useTranslation();
  const steps = useGraph((s) => s.steps);
  const at = useGraph((s) => s.at);
  const jump = useGraph((s) => s.jump);
  const forget = useGraph((s) => s.forget);
  const [open, setOpen] = useState(false);
  return (
    <Popover label={t("canvas.steps")} flush width="sm" align="start" open={open} onOpen={setOpen} trigger={<IconButton icon={History} label={t("canvas.steps")} aria-haspopup="dialog" />}>
      {open && (
        <>
          <ol aria-label={t("canvas.steps")} className="max-h-80 overflow-y-auto p-1">
            {steps.map((s, i) => ({ s, i })).reverse().map(({ s, i }) => (
              <li key={i}>
                <button type="button" aria-current={i === at ? "step" : undefined} onClick={() => jump(i)} className={cx("flex h-8 w-full items-center gap-2 rounded px-2 text-left text-sm hover:bg-hover", i === at && "bg-accent-soft text-accent-text", i > at && "text-faint")}>
                  <span className="shrink-0">{t(`step.${s.name}`)}</span>
                  <span className="min-w-0 truncate text-faint">{s.what}</span>
                </button>
              </li>
            ))}
          </ol>
          <div className="flex justify-end border-t p-1.5"><Button size="sm" variant="ghost" disabled={steps.length < 2} onClick={forget}>{t("canvas.forget")}</Button></div>
        </>
      )}
    </Popover>
  );
}


const lining = ["align-left", "align-center", "align-right", "align-top", "align-middle", "align-bottom", "align-across", "align-down"];

/** What can be done to several at once, while several are chosen. */
export function Chosen({ onDo }: { onDo: Do }) {
  const { t } = useTranslation();
  const n = useGraph((s) => s.selected.size);
  if (n < 2) return null;
  return (
    <div role="toolbar" aria-label={t("canvas.chosen", { count: n })} className="anim-rise absolute bottom-3 left-1/2 z-10 flex -translate-x-1/2 items-center gap-0.5 rounded-lg border bg-raised p-1 shadow-float">
      <span className="px-2 text-sm whitespace-nowrap text-muted">{t("canvas.chosen", { count: n })}</span>
      <span className="mx-1 h-4 w-px bg-line" />
      {lining.map((id, i) => (
        <Fragment key={id}>
          {(i === 3 || i === 6) && <span className="mx-1 h-4 w-px bg-line" />}
          <Tool id={id} onDo={onDo} disabled={i >= 6 && n < 3} />
        </Fragment>
      ))}
      <span className="mx-1 h-4 w-px bg-line" />
      <Tool id="copy" onDo={onDo} />
      <Tool id="duplicate" onDo={onDo} />
      <Tool id="remove" onDo={onDo} />
    </div>
  );
}
