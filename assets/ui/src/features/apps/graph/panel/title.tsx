import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useGraph, useGraphStore } from "../store";
import type { FlowNode } from "../node-view";

const look = "block w-full rounded-sm border border-transparent bg-transparent transition-colors hover:border-line-strong focus:border-accent focus:bg-surface focus:outline-none aria-invalid:border-danger";

/** The name of a node. Variables are named by the node's id, so it can be changed at any time; two nodes never share one. */
export function TitleField({ node }: { node: FlowNode }) {
  const { t } = useTranslation();
  const graph = useGraphStore();
  const nodes = useGraph((s) => s.doc.nodes);
  const [typed, setTyped] = useState<string | null>(null);
  const value = typed ?? node.title;
  const bad = typed === null ? undefined : typed.trim() === "" ? t("form.required") : nodes.some((n) => n.id !== node.id && n.title === typed.trim()) ? t("panel.titleTaken") : undefined;
  return (
    <div className="min-w-0">
      <input
        value={value}
        aria-label={t("panel.title")}
        aria-invalid={bad !== undefined || undefined}
        maxLength={100}
        spellCheck={false}
        autoComplete="off"
        title={value}
        onChange={(e) => {
          const s = e.target.value;
          setTyped(s);
          if (s.trim() !== "" && !nodes.some((n) => n.id !== node.id && n.title === s.trim())) graph.getState().setTitle(node.id, s.trim());
        }}
        onBlur={() => setTyped(null)}
        onKeyDown={(e) => {
          if (e.key === "Enter" && !e.nativeEvent.isComposing) e.currentTarget.blur();
          else if (e.key === "Escape") {
            e.preventDefault();
            e.currentTarget.blur();
          }
        }}
        className={`${look} h-7 truncate px-1 text-base font-semibold`}
      />
      {bad && <p role="alert" className="px-1 text-xs text-danger-text">{bad}</p>}
    </div>
  );
}

/** A note of its author on what the node does here. */
export function DescriptionField({ node }: { node: FlowNode }) {
  const { t } = useTranslation();
  const graph = useGraphStore();
  const value = typeof node.data["desc"] === "string" ? node.data["desc"] : "";
  return (
    <textarea
      value={value}
      rows={1}
      aria-label={t("panel.description")}
      placeholder={t("panel.descriptionAdd")}
      maxLength={2000}
      onChange={(e) => graph.getState().setData(node.id, { desc: e.target.value })}
      className={`${look} field-sizing-content max-h-24 min-h-6 resize-none overflow-y-auto px-1 py-0.5 text-sm text-muted`}
    />
  );
}
