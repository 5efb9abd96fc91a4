import type { NodeProps } from "@xyflow/react";
import { NodeResizeControl } from "@xyflow/react";
import { memo, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "@/ui/cx";
import { useGraph } from "../store";
import type { NoteNode } from "./nodes";

export const noteThemes = ["blue", "cyan", "green", "yellow", "pink", "violet"] as const;
const papers: { [theme: string]: string } = {
  blue: "bg-note-blue", cyan: "bg-note-cyan", green: "bg-note-green", yellow: "bg-note-yellow", pink: "bg-note-pink", violet: "bg-note-violet",
};

/** A comment: read as it is, edited after a double click or Enter. */
export const NoteCard = memo(function NoteCard({ data: { note: n }, selected }: NodeProps<NoteNode>) {
  const { t } = useTranslation();
  const setNote = useGraph((s) => s.setNote);
  const [editing, edit] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (editing) area.current?.focus();
  }, [editing]);
  return (
    <div className={cx("group/note relative flex h-full flex-col rounded-lg border text-sm", papers[n.theme] ?? papers["blue"], "has-[[data-node]:focus-visible]:border-accent has-[[data-node]:focus-visible]:ring-2 has-[[data-node]:focus-visible]:ring-accent/60", selected ? "border-accent ring-2 ring-accent/25" : "border-line-strong/50")}>
      {editing ? (
        <textarea
          ref={area}
          aria-label={t("canvas.noteText")}
          value={n.text}
          onChange={(e) => setNote(n.id, { text: e.target.value })}
          onBlur={() => edit(false)}
          onKeyDown={(e) => {
            if (e.key !== "Escape") return;
            e.stopPropagation();
            edit(false);
          }}
          className="nodrag nowheel min-h-0 flex-1 resize-none bg-transparent p-3 leading-5 outline-none"
        />
      ) : (
        <button
          type="button"
          data-node={n.id}
          aria-label={t("canvas.noteOf", { text: n.text })}
          onDoubleClick={() => edit(true)}
          onKeyDown={(e) => {
            if (e.key !== "Enter") return;
            e.preventDefault();
            e.stopPropagation();
            edit(true);
          }}
          className="min-h-0 flex-1 overflow-hidden rounded-lg p-3 text-left leading-5 whitespace-pre-wrap outline-none flex flex-col justify-start"
        >
          {n.text || <span className="text-faint">{t("canvas.noteEmpty")}</span>}
        </button>
      )}
      {n.showAuthor && n.author && <span className="truncate px-3 pb-2 text-xs text-muted">{n.author}</span>}
      {selected && (
        <>
          <div role="group" aria-label={t("canvas.noteColour")} className="nodrag absolute -top-10 left-0 flex h-8 items-center gap-1 rounded-md border bg-raised px-1.5 shadow-float">
            {noteThemes.map((c) => (
              <button key={c} type="button" aria-label={t(`colour.${c}`)} title={t(`colour.${c}`)} aria-pressed={n.theme === c} onClick={() => setNote(n.id, { theme: c })} className={cx("size-5 rounded-full border", papers[c], n.theme === c ? "border-accent ring-2 ring-accent/40" : "border-line-strong")} />
            ))}
          </div>
          <NodeResizeControl position="bottom-right" className="canvas-resize" minWidth={120} minHeight={56} />
        </>
      )}
    </div>
  );
});
