import { ChevronsRight, RotateCcw, Trash2, Variable as VariableIcon, X } from "lucide-react";
import type { KeyboardEvent, PointerEvent } from "react";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { DraftVariable, TriedNode } from "@/api/inspect";
import { inspect } from "@/api/inspect";
import { keys, touches } from "@/api/keys";
import type { App } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { spaceOf } from "@/lib/scope";
import { nodeIcon } from "@/parts/flow/kinds";
import { Badge, Button, Confirm, EmptyState, ErrorNote, ErrorState, IconButton, Input, SkeletonRows } from "@/ui";
import { cx } from "@/ui/cx";
import { groupTitle } from "./names";
import { useRuns } from "./runs";
import { oneLine, typeName } from "./values";
import { VariableView } from "./variable-view";

/** A node of the draft, as far as the inspector shows it. */
export interface Known {
  id: string;
  title: string;
  type: string;
  parent: string;
  x: number;
  y: number;
}

interface Group {
  node: string;
  title: string;
  type: string;
  top: boolean;
  tried: TriedNode | undefined;
  vars: DraftVariable[];
}

const HEIGHT = "islet.inspector.height";
const MIN = 160;

/** What the nodes of the last tries made, in the order of the graph: to look at, to change, and to go on from. */
export function Inspector({ app, nodes, onPick, onClose }: { app: App; nodes: readonly Known[]; onPick: (node: string) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const runs = useRuns();
  const left = useRead(keys.apps.left(app.id), () => inspect.variables(app.id), { stale: 0, keep: true });
  const [height, setHeight] = useState(() => Number(localStorage.getItem(HEIGHT)) || 280);
  const [search, setSearch] = useState("");
  const [picked, pick] = useState<{ node: string; name: string } | null>(null);
  const [resetting, reset] = useState<Group | "all" | null>(null);
  const all = useMemo(() => groups(left.data?.data ?? [], left.data?.nodes ?? [], nodes), [left.data, nodes]);
  const q = search.trim().toLowerCase();
  const shown = q === "" ? all : all.map((g) => ({ ...g, vars: g.vars.filter((v) => v.name.toLowerCase().includes(q) || g.title.toLowerCase().includes(q) || oneLine(v.value).toLowerCase().includes(q)) })).filter((g) => g.vars.length > 0);
  const group = all.find((g) => g.node === picked?.node) ?? all.find((g) => g.vars.length > 0);
  const variable = group?.vars.find((v) => v.name === picked?.name) ?? group?.vars[0];
  const resize = (h: number): void => {
    const most = Math.max(MIN, Math.round(window.innerHeight * 0.7));
    const next = Math.min(most, Math.max(MIN, Math.round(h)));
    setHeight(next);
    localStorage.setItem(HEIGHT, String(next));
  };
  const nothing = all.every((g) => spaceOf(g.node) === "env" || spaceOf(g.node) === "conversation" || g.vars.length === 0) && (left.data?.nodes ?? []).length === 0;
  return (
    <section aria-label={t("tried.title")} style={{ height }} className="relative flex shrink-0 flex-col border-t bg-surface">
      <Grip height={height} onResize={resize} />
      <header className="flex h-10 shrink-0 items-center gap-2 border-b pr-2 pl-4">
        <VariableIcon size={16} aria-hidden className="shrink-0 text-faint" />
        <h2 className="font-semibold">{t("tried.title")}</h2>
        <span className="min-w-0 flex-1 truncate text-sm text-faint">{t("tried.text")}</span>
        <Button size="sm" variant="ghost" icon={Trash2} disabled={nothing} onClick={() => reset("all")}>{t("tried.resetAll")}</Button>
        <IconButton icon={X} size="sm" label={t("kit.close")} onClick={onClose} />
      </header>
      {left.isPending ? (
        <div className="p-4"><SkeletonRows count={3} height={28} /></div>
      ) : left.isError ? (
        <div className="overflow-y-auto"><ErrorState compact error={left.error} onRetry={() => void left.refetch()} /></div>
      ) : all.length === 0 ? (
        <div className="overflow-y-auto"><EmptyState compact icon={VariableIcon} title={t("tried.empty")}>{t("tried.emptyText")}</EmptyState></div>
      ) : (
        <div className="flex min-h-0 flex-1">
          <div className="flex w-72 shrink-0 flex-col border-r">
            <div className="p-2"><Input type="search" value={search} onChange={setSearch} label={t("tried.search")} placeholder={t("tried.search")} /></div>
            <nav aria-label={t("tried.list")} className="min-h-0 flex-1 overflow-y-auto pb-2">
              {shown.length === 0 && <p className="px-4 py-3 text-sm text-faint">{t("tried.nothingFound")}</p>}
              {shown.map((g) => (
                <GroupRows
                  key={g.node}
                  group={g}
                  picked={variable && group?.node === g.node ? variable.name : null}
                  busy={runs?.busy ?? false}
                  onPick={(name) => {
                    pick({ node: g.node, name });
                    if (!spaceOf(g.node)) onPick(g.node);
                  }}
                  onGoOn={runs && g.top && !spaceOf(g.node) ? () => runs.goOn(g.node) : undefined}
                  onReset={spaceOf(g.node) === "env" || g.tried === undefined ? undefined : () => reset(g)}
                />
              ))}
            </nav>
          </div>
          <div className="min-w-0 flex-1 overflow-y-auto">
            {variable && group ? (
              <VariableView key={`${variable.node_id}.${variable.name}`} app={app.id} variable={variable} where={groupTitle(t, group.node, group.title)} onGoOn={runs && group.top && !spaceOf(group.node) ? () => runs.goOn(group.node) : undefined} />
            ) : (
              <EmptyState compact icon={VariableIcon} title={t("tried.empty")}>{t("tried.emptyText")}</EmptyState>
            )}
          </div>
        </div>
      )}
      {resetting && <Reset app={app.id} group={resetting === "all" ? null : resetting} onClose={() => reset(null)} />}
    </section>
  );
}

/** The nodes as they are read on the canvas: from left to right, what is inside a container behind it. */
function inOrder(nodes: readonly Known[]): Known[] {
  const around = (n: Known): Known => nodes.find((o) => o.id === n.parent) ?? n;
  return [...nodes].sort((a, b) => around(a).x - around(b).x || around(a).y - around(b).y || Number(a.parent !== "") - Number(b.parent !== "") || a.x - b.x || a.y - b.y);
}

/** The groups in the order of the graph; conversation, environment and system last. */
function groups(vars: readonly DraftVariable[], tried: readonly TriedNode[], nodes: readonly Known[]): Group[] {
  const of = (node: string): DraftVariable[] => vars.filter((v) => v.node_id === node);
  const ran = tried.map((n) => n.node_id);
  const inGraph = inOrder(nodes)
    .filter((n) => ran.includes(n.id))
    .map((n): Group => ({ node: n.id, title: n.title, type: n.type, top: n.parent === "", tried: tried.find((x) => x.node_id === n.id), vars: of(n.id) }));
  const spaces = (["conversation", "env", "sys"] as const).map((s): Group => ({ node: s, title: "", type: s, top: false, tried: undefined, vars: of(s) })).filter((g) => g.vars.length > 0);
  return [...inGraph, ...spaces];
}

function GroupRows({ group: g, picked, busy, onPick, onGoOn, onReset }: { group: Group; picked: string | null; busy: boolean; onPick: (name: string) => void; onGoOn: (() => void) | undefined; onReset: (() => void) | undefined }) {
  const { t } = useTranslation();
  const title = groupTitle(t, g.node, g.title);
  const Icon = spaceOf(g.node) ? VariableIcon : nodeIcon(g.type);
  return (
    <div role="group" aria-label={title} className="group/vars">
      <div className="flex h-7 items-center gap-1.5 pr-1 pl-3 text-xs font-medium text-muted">
        <Icon size={13} aria-hidden className="shrink-0 text-faint" />
        <span className="min-w-0 flex-1 truncate" title={title}>{title}</span>
        {g.tried?.failed && <Badge tone="danger">{t("status.failed")}</Badge>}
        {onGoOn && <span className="opacity-0 group-focus-within/vars:opacity-100 group-hover/vars:opacity-100"><IconButton icon={ChevronsRight} size="sm" disabled={busy} label={t("tried.goOnFrom", { name: title })} onClick={onGoOn} /></span>}
        {onReset && <span className="opacity-0 group-focus-within/vars:opacity-100 group-hover/vars:opacity-100"><IconButton icon={RotateCcw} size="sm" label={t("tried.resetOf", { name: title })} onClick={onReset} /></span>}
      </div>
      <ul>
        {g.vars.map((v) => (
          <li key={v.name}>
            <button type="button" aria-current={picked === v.name ? "true" : undefined} onClick={() => onPick(v.name)} className={cx("flex h-7 w-full items-center gap-2 pr-3 pl-8 text-left text-sm hover:bg-hover", picked === v.name && "bg-accent-soft text-accent-text")}>
              <code className="min-w-0 flex-1 truncate font-mono text-xs">{v.name}</code>
              {v.edited && <span title={t("tried.edited")} role="img" aria-label={t("tried.edited")} className="size-1.5 shrink-0 rounded-full bg-warn-text" />}
              <span className={cx("shrink-0 text-xs", picked === v.name ? "text-accent-text" : "text-faint")}>{typeName(v.value_type)}</span>
            </button>
          </li>
        ))}
        {g.vars.length === 0 && <li className="pl-8 text-xs leading-7 text-faint">{t("tried.noOutputs")}</li>}
      </ul>
    </div>
  );
}

function Reset({ app, group, onClose }: { app: string; group: Group | null; onClose: () => void }) {
  const { t } = useTranslation();
  const reset = useCommand(() => inspect.reset(app, group?.node ?? ""), touches.tried(app), onClose);
  return (
    <Confirm
      open
      onClose={onClose}
      onConfirm={() => reset.mutate(undefined)}
      title={group ? t("tried.resetOf", { name: groupTitle(t, group.node, group.title) }) : t("tried.resetAll")}
      action={t("tried.reset")}
      busy={reset.isPending}
      error={<ErrorNote error={reset.error} />}
    >
      <p>{t(group ? "tried.resetOneText" : "tried.resetText")}</p>
    </Confirm>
  );
}

/** The upper edge: dragged, or moved with the arrow keys. */
function Grip({ height, onResize }: { height: number; onResize: (h: number) => void }) {
  const { t } = useTranslation();
  const from = useRef<{ y: number; height: number } | null>(null);
  const down = (e: PointerEvent<HTMLDivElement>): void => {
    from.current = { y: e.clientY, height };
    e.currentTarget.setPointerCapture(e.pointerId);
  };
  const move = (e: PointerEvent<HTMLDivElement>): void => {
    if (from.current) onResize(from.current.height + from.current.y - e.clientY);
  };
  const key = (e: KeyboardEvent<HTMLDivElement>): void => {
    const step = e.key === "ArrowUp" ? 24 : e.key === "ArrowDown" ? -24 : 0;
    if (step === 0) return;
    e.preventDefault();
    onResize(height + step);
  };
  return (
    <div
      role="separator"
      aria-orientation="horizontal"
      aria-label={t("tried.resize")}
      aria-valuenow={height}
      aria-valuemin={MIN}
      aria-valuemax={1200}
      tabIndex={0}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={() => (from.current = null)}
      onKeyDown={key}
      className="absolute inset-x-0 -top-1 z-10 h-2 cursor-row-resize touch-none hover:bg-accent-line focus-visible:bg-accent-line focus-visible:outline-none"
    />
  );
}
