import { useNavigate } from "@tanstack/react-router";
import { Keyboard, Search } from "lucide-react";
import { Dialog } from "radix-ui";
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { apps } from "@/api/console";
import { keys } from "@/api/keys";
import { datasets } from "@/api/knowledge";
import type { Me, Mode } from "@/api/types";
import { useRead } from "@/api/use";
import { atLeast } from "@/lib/role";
import { match } from "@/lib/match";
import { recents } from "@/lib/recent";
import { AppIcon, Kbd } from "@/ui";
import { cx } from "@/ui/cx";
import type { Command } from "./commands";
import { commands } from "./commands";
import { Keys } from "./shortcuts";

/** What people call the types of app in English, whatever language the page has. */
const modeWords: Record<Mode, string> = { chat: "chat", "agent-chat": "agent", completion: "text generator completion", "advanced-chat": "chatflow", workflow: "workflow" };

/** Ctrl/Cmd+K: finds apps, datasets, pages and commands, all of them rows of one list; what was opened last comes first. */
export function Palette({ me, onClose, onKeys }: { me: Me; onClose: () => void; onKeys: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const list = useId();
  const [q, setQ] = useState("");
  const [at, setAt] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const editor = atLeast(me.user.role, "editor");
  const found = useRead(keys.apps.list({ all: true }), () => apps.pages({}, 5), { enabled: editor });
  const known = useRead(keys.datasets.list({ q: "", tag: "" }), () => datasets.list({ q: "", tag: "" }), { enabled: editor });

  const rows = useMemo(() => {
    const fromApps: Command[] = (found.data?.data ?? []).map((a) => ({
      id: `app-${a.id}`,
      group: "apps",
      title: a.name,
      words: `${a.description} ${(a.tags ?? []).join(" ")} ${modeWords[a.mode]}`,
      note: t(`apps.mode.${a.mode}`),
      role: "editor",
      mark: <AppIcon icon={a.icon} color={a.icon_color} size="xs" />,
      run: () => void navigate({ to: "/apps/$appId/edit", params: { appId: a.id } }),
    }));
    const fromKnowledge: Command[] = (known.data?.data ?? []).map((d) => ({
      id: `dataset-${d.id}`,
      group: "knowledge",
      title: d.name,
      words: d.description,
      role: "editor",
      mark: <AppIcon icon={d.icon || "📚"} color={d.icon_color} size="xs" />,
      run: () => void navigate({ to: "/knowledge/$id", params: { id: d.id }, search: {} }),
    }));
    const things = [...fromApps, ...fromKnowledge];
    const all = [...things, ...commands(t, navigate), { id: "keys", group: "commands" as const, title: t("keys.title"), words: "keyboard shortcuts help ?", keys: "?", icon: Keyboard, role: "member" as const, run: onKeys }].filter((c) => atLeast(me.user.role, c.role));
    if (q.trim() !== "") return all.filter((c) => match(q, c.title, c.words)).slice(0, 40);
    const last = recents().flatMap((r): Command[] => {
      const c = things.find((x) => x.id === `${r.kind}-${r.id}`);
      return c ? [{ ...c, group: "recent" }] : [];
    });
    const rest = fromApps.filter((c) => !last.some((x) => x.id === c.id)).slice(0, Math.max(0, 6 - last.length));
    return [...last, ...rest, ...all.filter((c) => c.group !== "apps" && c.group !== "knowledge")].slice(0, 40);
  }, [found.data, known.data, q, t, navigate, me.user.role, onKeys]);

  useEffect(() => setAt(0), [q]);
  useEffect(() => {
    box.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [at]);

  const run = (c: Command | undefined): void => {
    if (!c) return;
    onClose();
    c.run();
  };

  return (
    <Dialog.Root open onOpenChange={(o) => !o && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="anim-fade fixed inset-0 z-40 bg-scrim" />
        <div className="pointer-events-none fixed inset-0 z-50 flex items-start justify-center p-3 pt-[12vh]">
          <Dialog.Content aria-describedby={undefined} className="anim-rise pointer-events-auto flex max-h-[60vh] w-full max-w-xl flex-col overflow-hidden rounded-lg border bg-raised shadow-float">
            <Dialog.Title className="sr-only">{t("palette.title")}</Dialog.Title>
            <div className="flex items-center gap-2 border-b px-4">
              <Search size={16} aria-hidden className="text-faint" />
              <input
                autoFocus
                role="combobox"
                aria-expanded
                aria-controls={list}
                aria-activedescendant={rows[at] ? `${list}-${at}` : undefined}
                aria-label={t("palette.title")}
                placeholder={t("palette.placeholder")}
                value={q}
                onChange={(e) => setQ(e.target.value)}
                onKeyDown={(e) => {
                  if (e.nativeEvent.isComposing) return;
                  if (e.key === "ArrowDown" || e.key === "ArrowUp") {
                    e.preventDefault();
                    const n = rows.length;
                    if (n > 0) setAt((at + (e.key === "ArrowDown" ? 1 : n - 1)) % n);
                  } else if (e.key === "Enter") {
                    e.preventDefault();
                    run(rows[at]);
                  }
                }}
                className="h-12 min-w-0 flex-1 bg-transparent text-lg outline-none"
              />
              <Kbd>Esc</Kbd>
            </div>
            <div ref={box} id={list} role="listbox" aria-label={t("palette.results")} className="min-h-0 overflow-y-auto p-1.5">
              {rows.map((c, i) => (
                <div key={c.id} role="presentation">
                  {rows[i - 1]?.group !== c.group && <div role="presentation" className="px-2 pt-2 pb-1 text-xs text-faint">{t(`palette.${c.group}`)}</div>}
                  <div
                    id={`${list}-${i}`}
                    role="option"
                    aria-selected={i === at}
                    onMouseMove={() => setAt(i)}
                    onClick={() => run(c)}
                    className={cx("flex h-9 cursor-default items-center gap-2.5 rounded px-2", i === at && "bg-accent-soft text-accent-text")}
                  >
                    {c.mark ?? (c.icon && <c.icon size={16} aria-hidden className="text-faint" />)}
                    <span className="min-w-0 truncate">{c.title}</span>
                    {c.note && <span className={cx("shrink-0 text-xs", i === at ? "text-accent-text" : "text-faint")}>{c.note}</span>}
                    <span className="ml-auto" />
                    {c.keys && <Keys of={c.keys} />}
                  </div>
                </div>
              ))}
            </div>
            {rows.length === 0 && <p role="status" className="px-4 pb-6 text-center text-muted">{t("palette.none")}</p>}
          </Dialog.Content>
        </div>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
