// Short confirmations. A toast is never the only place of an error: the error stays beside what failed.
import { CircleCheck, X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";

interface Toast {
  id: number;
  text: string;
}

let toasts: Toast[] = [];
let next = 1;
const watchers = new Set<() => void>();

function set(list: Toast[]): void {
  toasts = list;
  watchers.forEach((w) => w());
}

function drop(id: number): void {
  set(toasts.filter((t) => t.id !== id));
}

export function toast(text: string): void {
  const id = next++;
  set([...toasts.slice(-2), { id, text }]);
  setTimeout(() => drop(id), 3500);
}

function watch(w: () => void): () => void {
  watchers.add(w);
  return () => watchers.delete(w);
}

export function Toasts() {
  const { t } = useTranslation();
  const list = useSyncExternalStore(watch, () => toasts);
  return (
    <div role="status" aria-live="polite" className="pointer-events-none fixed inset-x-0 bottom-6 z-70 flex flex-col items-center gap-2 px-4">
      {list.map((x) => (
        <div key={x.id} className="anim-rise pointer-events-auto flex max-w-md items-center gap-2 rounded-md border bg-raised py-2 pr-2 pl-3 shadow-float">
          <CircleCheck size={16} aria-hidden className="shrink-0 text-ok-text" />
          <span className="min-w-0">{x.text}</span>
          <button type="button" aria-label={t("kit.close")} onClick={() => drop(x.id)} className="flex size-6 items-center justify-center rounded text-faint hover:text-text"><X size={14} aria-hidden /></button>
        </div>
      ))}
    </div>
  );
}
