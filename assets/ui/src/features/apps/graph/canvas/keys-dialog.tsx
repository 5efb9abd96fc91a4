import { useTranslation } from "react-i18next";
import { Dialog } from "@/ui";
import { commands, groups } from "../commands";
import { printed } from "../keys";

/** All keys of the canvas, from the list of commands. */
export function KeysDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog open onClose={onClose} width="lg" title={t("canvasKeys.title")} description={t("canvasKeys.text")}>
      <div className="grid gap-x-10 gap-y-5 sm:grid-cols-2">
        {groups.map((g) => {
          const lines = new Map<string, string[]>();
          for (const c of commands) if (c.group === g && c.keys) lines.set(t(c.label), [...(lines.get(t(c.label)) ?? []), ...c.keys]);
          return (
            <section key={g} aria-label={t(`canvasKeys.${g}`)}>
              <h3 className="mb-1 font-semibold">{t(`canvasKeys.${g}`)}</h3>
              <dl>
                {[...lines].map(([label, keys]) => (
                  <div key={label} className="flex min-h-8 items-center justify-between gap-3 border-b border-line/60 py-1 last:border-b-0">
                    <dt className="text-sm text-muted">{label}</dt>
                    <dd className="flex flex-wrap justify-end gap-1">{keys.map((k) => <kbd key={k} className="rounded-sm border bg-sunken px-1.5 font-mono text-xs text-muted">{printed(k)}</kbd>)}</dd>
                  </div>
                ))}
              </dl>
            </section>
          );
        })}
      </div>
      <p className="mt-4 text-sm text-faint">{t("canvasKeys.mouse")}</p>
    </Dialog>
  );
}
