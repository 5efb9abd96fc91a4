import { ArrowDown, ArrowUp, EyeOff, MoreHorizontal, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Variable } from "@/api/types";
import { kindOf, newVariable, undeclared } from "@/lib/variables";
import { Badge, Button, Callout, Card, IconButton, Menu, Section } from "@/ui";
import type { Draft } from "@/lib/settings";
import { renameIn } from "@/lib/variables";
import { VariableDialog } from "./variable-dialog";

/** The variables of an app, and the ones that the prompt uses but nobody declared. */
export function Variables({ app, settings, set }: { app: string; settings: Draft; set: (part: Partial<Draft>) => void }) {
  const { t } = useTranslation();
  const vars = settings.variables;
  const [ignored, ignore] = useIgnored(app);
  const missing = undeclared(vars, settings.prompt, settings.opening).filter((n) => !ignored.includes(n));
  const [editing, edit] = useState<{ at: number; first: Variable } | null>(null);

  const move = (i: number, by: number): void => {
    const next = [...vars];
    const [v] = next.splice(i, 1);
    if (v) next.splice(i + by, 0, v);
    set({ variables: next });
  };
  const save = (v: Variable): void => {
    if (!editing) return;
    const old = vars[editing.at];
    if (!old) set({ variables: [...vars, v] });
    else {
      const renamed = old.name !== v.name;
      set({
        variables: vars.map((x, i) => (i === editing.at ? v : x)),
        ...(renamed ? { prompt: renameIn(settings.prompt, old.name, v.name), opening: renameIn(settings.opening, old.name, v.name) } : {}),
      });
    }
    edit(null);
  };

  return (
    <Section
      id="variables"
      title={t("edit.variables")}
      purpose={t("edit.variablesText")}
      action={<Button size="sm" icon={Plus} onClick={() => edit({ at: -1, first: newVariable("") })}>{t("edit.addVariable")}</Button>}
    >
      {missing.length > 0 && (
        <div className="mb-2">
          <Callout
            tone="warn"
            action={
              <>
                <Button size="sm" onClick={() => set({ variables: [...vars, ...missing.map(newVariable)] })}>{t("edit.declareAll", { count: missing.length })}</Button>
                <Button size="sm" variant="ghost" onClick={() => ignore(missing)}>{t("edit.ignore")}</Button>
              </>
            }
          >
            {t("edit.undeclared", { count: missing.length })} <span className="font-mono">{missing.map((n) => `{{${n}}}`).join(" ")}</span>
          </Callout>
        </div>
      )}
      {vars.length === 0 ? (
        missing.length === 0 && <p className="rounded-md border border-dashed px-3 py-3 text-sm text-muted">{t("edit.noVariables", { ref: "{{name}}" })}</p>
      ) : (
        <Card pad={false}>
          <ul aria-label={t("edit.variables")} className="divide-y">
            {vars.map((v, i) => (
              <li key={v.name} className="flex h-10 items-center gap-2 pr-1 pl-3">
                <button type="button" onClick={() => edit({ at: i, first: v })} aria-label={t("edit.editVariable", { name: v.name })} className="flex min-w-0 flex-1 items-center gap-2 rounded text-left">
                  <code className="truncate rounded-sm bg-accent-soft px-1.5 font-mono text-sm text-accent-text">{v.name}</code>
                  <span className="truncate text-sm text-muted">{v.label !== v.name && v.label}</span>
                </button>
                {v.hidden && <EyeOff size={14} role="img" aria-label={t("var.hidden")} className="shrink-0 text-faint" />}
                <Badge>{t(`var.kind.${kindOf(v)}`)}</Badge>
                {v.required && kindOf(v) !== "checkbox" && <Badge tone="accent">{t("var.required")}</Badge>}
                <Menu
                  trigger={<IconButton icon={MoreHorizontal} size="sm" label={t("edit.variableMenu", { name: v.name })} tip={false} />}
                  groups={[
                    [
                      { id: "edit", label: t("kit.edit"), icon: Pencil, run: () => edit({ at: i, first: v }) },
                      { id: "up", label: t("edit.moveUp"), icon: ArrowUp, disabled: i === 0, run: () => move(i, -1) },
                      { id: "down", label: t("edit.moveDown"), icon: ArrowDown, disabled: i === vars.length - 1, run: () => move(i, 1) },
                    ],
                    [{ id: "delete", label: t("kit.remove"), icon: Trash2, danger: true, run: () => set({ variables: vars.filter((_, j) => j !== i) }) }],
                  ]}
                />
              </li>
            ))}
          </ul>
        </Card>
      )}
      {editing && (
        <VariableDialog fresh={editing.at < 0} first={editing.first} others={vars.filter((_, i) => i !== editing.at).map((v) => v.name)} onSave={save} onClose={() => edit(null)} />
      )}
    </Section>
  );
}

/** Names in braces that are meant as they stand; this browser remembers them. */
function useIgnored(app: string): [string[], (names: string[]) => void] {
  const key = `islet.ignored.${app}`;
  const [names, setNames] = useState<string[]>(() => {
    try {
      const v: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
      return Array.isArray(v) ? v.map(String) : [];
    } catch {
      return [];
    }
  });
  const add = (more: string[]): void => {
    const all = [...new Set([...names, ...more])];
    setNames(all);
    try {
      localStorage.setItem(key, JSON.stringify(all));
    } catch {
      // storage is off: it is remembered until the page is left
    }
  };
  return [names, add];
}
