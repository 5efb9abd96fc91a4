import { EyeOff, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { RowList } from "@/parts/variables/row-list";
import { Badge, Button } from "@/ui";
import type { Data, FormProps } from "../node-view";
import { Form, More, Part } from "./form-parts";
import { recs, text } from "./read";
import { inputTypes } from "./start";
import { StartField } from "./start-field";

export default function StartForm({ data, scope, set }: FormProps) {
  const { t } = useTranslation();
  const vars = recs(data["variables"]);
  const [editing, edit] = useState<number | null>(null);
  const given = scope.filter((g) => g.node === "sys").flatMap((g) => g.vars);
  const save = (v: Data): void => {
    set({ variables: editing === -1 ? [...vars, v] : vars.map((x, i) => (i === editing ? v : x)) });
    edit(null);
  };
  const typeName = (type: string): string => {
    const known = inputTypes.find((x) => x === type);
    return known ? t(`start.type.${known}`) : type;
  };
  return (
    <Form>
      <Part title={t("start.fields")} hint={t("start.fieldsText")} aside={<Button size="sm" icon={Plus} onClick={() => edit(-1)}>{t("kit.add")}</Button>}>
        <RowList rows={vars} onChange={(variables) => set({ variables })} label={t("start.fields")} nameOf={(v, i) => text(v["variable"]) || String(i + 1)} empty={t("start.none")}>
          {(v, _set, i) => {
            const name = text(v["variable"]);
            const label = text(v["label"]);
            return (
              <button type="button" onClick={() => edit(i)} aria-label={t("edit.editVariable", { name })} className="flex h-8 w-full min-w-0 items-center gap-2 rounded border bg-surface pr-1.5 pl-2 text-left transition-colors hover:border-faint">
                <code className="max-w-[55%] shrink-0 truncate font-mono text-sm text-accent-text" title={name}>{name || "?"}</code>
                <span className="min-w-0 flex-1 truncate text-xs text-muted" title={label}>{label !== name && label}</span>
                {v["hide"] === true && <EyeOff size={14} role="img" aria-label={t("var.hidden")} className="shrink-0 text-faint" />}
                {v["required"] === true && <Badge tone="accent">{t("var.required")}</Badge>}
                <Badge>{typeName(text(v["type"]))}</Badge>
              </button>
            );
          }}
        </RowList>
      </Part>
      {given.length > 0 && (
        <More title={t("start.given")}>
          <ul className="flex flex-col gap-1">
            {given.map((v) => <li key={v.name} className="flex items-center gap-2 text-sm"><code className="font-mono text-muted">sys.{v.name}</code><span className="text-xs text-faint">{v.type}</span></li>)}
          </ul>
        </More>
      )}
      {editing !== null && <StartField first={vars[editing] ?? null} others={vars.filter((_, i) => i !== editing).map((v) => text(v["variable"]))} onSave={save} onClose={() => edit(null)} />}
    </Form>
  );
}
