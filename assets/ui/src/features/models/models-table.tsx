import { MoreHorizontal, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { models } from "@/api/console";
import { touches } from "@/api/keys";
import type { Model } from "@/api/types";
import { useCommand } from "@/api/use";
import { count } from "@/lib/format";
import { AbilityBadges } from "@/parts/model-picker";
import { Badge, Button, Confirm, ErrorNote, IconButton, Menu, Switch } from "@/ui";
import { cx } from "@/ui/cx";
import { kindTitle } from "./kinds";
import { ModelDialog } from "./model-dialog";

export function ModelsTable({ list, admin, onAdd }: { list: Model[]; admin: boolean; onAdd: () => void }) {
  const { t, i18n } = useTranslation();
  const [editing, edit] = useState<Model | null>(null);
  const [removing, setRemoving] = useState<Model | null>(null);
  const toggle = useCommand((m: Model) => models.save(m.id, { disabled: !m.disabled }), touches.endpoints);
  const remove = useCommand((id: string) => models.remove(id), touches.endpoints, () => setRemoving(null));
  if (list.length === 0)
    return (
      <div className="flex flex-wrap items-center justify-between gap-2 px-4 py-3 text-sm text-muted">
        {t("model.noneHere")}
        {admin && <Button size="sm" icon={Plus} onClick={onAdd}>{t("model.add")}</Button>}
      </div>
    );
  return (
    <>
      {toggle.error && <div className="p-3"><ErrorNote error={toggle.error} /></div>}
      <ul className="max-h-96 divide-y overflow-y-auto" aria-label={t("wizard.models")}>
        {list.map((m) => (
          <li key={m.id} className="flex min-h-10 items-center gap-3 py-1 pr-3 pl-4 hover:bg-hover/50">
            <span className={cx("min-w-0 flex-1 truncate", m.disabled && "text-faint line-through")} title={m.name}>{m.name}</span>
            {m.manual && <Badge title={t("model.manualText")}>{t("model.manual")}</Badge>}
            <span className="max-sm:hidden"><AbilityBadges of={m.abilities} /></span>
            <span className="w-24 text-right text-sm text-faint tabular-nums max-md:hidden" title={t("models.contextSize")}>{m.context_size > 0 ? count(m.context_size, i18n.language) : "–"}</span>
            <span className="w-20 text-right max-sm:hidden"><Badge tone={m.kind === "llm" ? "accent" : "neutral"}>{kindTitle(t, m.kind)}</Badge></span>
            {admin && (
              <>
                <Switch checked={!m.disabled} disabled={toggle.isPending && toggle.variables.id === m.id} label={t("model.use", { name: m.name })} onChange={() => toggle.mutate(m)} />
                <Menu
                  trigger={<IconButton icon={MoreHorizontal} size="sm" label={t("model.menu", { name: m.name })} tip={false} />}
                  groups={[
                    [{ id: "edit", label: t("kit.edit"), icon: Pencil, run: () => edit(m) }],
                    [{ id: "delete", label: t("kit.remove"), icon: Trash2, danger: true, run: () => setRemoving(m) }],
                  ]}
                />
              </>
            )}
          </li>
        ))}
      </ul>
      {editing && <ModelDialog endpoint={editing.endpoint_id} model={editing} onClose={() => edit(null)} />}
      <Confirm open={removing !== null} onClose={() => setRemoving(null)} onConfirm={() => removing && remove.mutate(removing.id)} title={t("model.deleteTitle", { name: removing?.name ?? "" })} action={t("kit.remove")} busy={remove.isPending} error={<ErrorNote error={remove.error} />}>
        <p>{t("model.deleteText")}</p>
      </Confirm>
    </>
  );
}
