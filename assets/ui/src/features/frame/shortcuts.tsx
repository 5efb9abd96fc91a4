import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Me } from "@/api/types";
import { atLeast } from "@/lib/role";
import { Dialog, Kbd } from "@/ui";
import { commands } from "./commands";

/** Where one types, or where something else has keys of its own (the canvas, an open dialog or menu), letters are not commands. */
function taken(e: KeyboardEvent): boolean {
  const el = e.target;
  if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return true;
  if (el instanceof HTMLElement && (el.isContentEditable || el.closest("input, textarea, select, [role=textbox], [role=menu], [role=listbox]"))) return true;
  return document.querySelector("[role=dialog], [role=alertdialog], [role=menu], .react-flow") !== null;
}

const PAUSE = 1200; // milliseconds between the two letters of a sequence

/** The keys of the frame: letters and two-letter sequences of commands, "/" for the search of the page, "?" for the list of all. */
export function useShortcuts(me: Me | null, onHelp: () => void): void {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const first = useRef({ key: "", at: 0 });
  useEffect(() => {
    if (!me) return;
    const all = commands(t, navigate).filter((c) => c.keys && atLeast(me.user.role, c.role));
    const onKey = (e: KeyboardEvent): void => {
      if (taken(e)) return;
      const key = e.key.length === 1 ? e.key.toLowerCase() : "";
      if (key === "") return;
      if (e.key === "?") {
        e.preventDefault();
        onHelp();
        return;
      }
      if (e.key === "/") {
        const box = document.querySelector("#main input[type=search]");
        if (box instanceof HTMLElement) {
          e.preventDefault();
          box.focus();
        }
        return;
      }
      if (e.shiftKey) return;
      const now = Date.now();
      const typed = now - first.current.at < PAUSE && first.current.key !== "" ? `${first.current.key} ${key}` : key;
      const hit = all.find((c) => c.keys === typed) ?? all.find((c) => c.keys === key);
      first.current = hit ? { key: "", at: 0 } : { key, at: now };
      if (!hit) return;
      e.preventDefault();
      hit.run();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [me, t, navigate, onHelp]);
}

export function Keys({ of }: { of: string }) {
  return <span className="flex shrink-0 items-center gap-1">{of.split(" ").map((k, i) => <Kbd key={i}>{k.length === 1 ? k.toUpperCase() : k}</Kbd>)}</span>;
}

const mac = /mac|iphone|ipad/i.test(navigator.userAgent);
export const paletteKeys = mac ? "⌘K" : "Ctrl K";

/** The list of all keys that work outside of the canvas. */
export function ShortcutsDialog({ me, onClose }: { me: Me; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const go = commands(t, navigate).filter((c) => c.keys && atLeast(me.user.role, c.role));
  const groups = [
    { title: t("keys.everywhere"), rows: [{ name: t("palette.title"), keys: paletteKeys }, { name: t("keys.search"), keys: "/" }, { name: t("keys.title"), keys: "?" }] },
    { title: t("keys.go"), rows: go.map((c) => ({ name: c.title, keys: c.keys ?? "" })) },
    { title: t("keys.chat"), rows: [{ name: t("keys.send"), keys: "Enter" }, { name: t("keys.newline"), keys: "Shift Enter" }, { name: t("keys.insert"), keys: "/" }] },
  ];
  return (
    <Dialog open onClose={onClose} width="md" title={t("keys.title")} description={t("keys.text")}>
      <div className="grid gap-x-8 gap-y-5 sm:grid-cols-2">
        {groups.map((g) => (
          <section key={g.title} aria-label={g.title}>
            <h3 className="mb-1.5 text-xs text-faint">{g.title}</h3>
            <ul className="flex flex-col">
              {g.rows.map((r) => (
                <li key={r.name} className="flex min-h-8 items-center justify-between gap-3 text-sm">
                  <span className="min-w-0">{r.name}</span>
                  <Keys of={r.keys === paletteKeys ? (mac ? "⌘ K" : "Ctrl K") : r.keys} />
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
