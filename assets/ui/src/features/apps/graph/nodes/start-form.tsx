import { EyeOff, Plus } from "lucide-react";
import { useContext, useState } from "react";
import { useTranslation } from "react-i18next";
import { RowList } from "@/parts/variables/row-list";
import { Badge, Button, Confirm } from "@/ui";
import type { Data, FormProps } from "../node-view";
import { readersOf } from "../reference";
import { GraphContext } from "../store";
import { Form, More, Part } from "./form-parts";
import { recs, text } from "./read";
import { inputTypes } from "./start";
import { StartField } from "./start-field";

export default function StartForm({ node, data, scope, set }: FormProps) {
  const { t } = useTranslation();
  const graph = useContext(GraphContext)?.getState();
  const [leaving, leave] = useState<{ name: string; titles: string; rest: Data[] } | null>(null);
  const vars = recs(data["variables"]);
  const [editing, edit] = useState<number | null>(null);
  const given = scope.filter((g) => g.node === "sys").flatMap((g) => g.vars);
  const save = (v: Data): void => {
    const variables = editing === -1 ? [...vars, v] : vars.map((x, i) => (i === editing ? v : x));
    const old = editing === null ? "" : text(vars[editing]?.["variable"]);
    if (graph && old !== "" && old !== v["variable"]) graph.renameVariable(node.id, old, text(v["variable"]), { variables });
    else set({ variables });
    edit(null);
  };
  /** Rows in another order, or with one less: who reads that one is named first. */
  const put = (rest: Data[]): void => {
    const gone = rest.length < vars.length ? text(vars.find((v) => !rest.includes(v))?.["variable"]) : "";
    const readers = gone === "" ? [] : readersOf(graph?.doc.nodes ?? [], node.id, gone);
    if (readers.length > 0) leave({ name: gone, titles: readers.map((n) => n.title).join(", "), rest });
    else set({ variables: rest });
  };
  const typeName = (type: string): string => {
    const known = inputTypes.find((x) => x === type);
    return known ? t(`start.type.${known}`) : type;
  };
  return (
    <Form>
      <Part title={t("start.fields")} hint={t("start.fieldsText")} aside={<Button size="sm" icon={Plus} onClick={() => edit(-1)}>{t("kit.add")}</Button>}>
        <RowList rows={vars} onChange={put} label={t("start.fields")} nameOf={(v, i) => text(v["variable"]) || String(i + 1)} empty={t("start.none")}>
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
      <Confirm
        open={leaving !== null}
        onClose={() => leave(null)}
        onConfirm={() => {
          if (leaving) set({ variables: leaving.rest });
          leave(null);
        }}
        title={t("start.removeTitle", { name: leaving?.name ?? "" })}
        action={t("kit.remove")}
      >
        <p>{t("start.removeText", { titles: leaving?.titles ?? "" })}</p>
      </Confirm>
      {editing !== null && <StartField first={vars[editing] ?? null} others={vars.filter((_, i) => i !== editing).map((v) => text(v["variable"]))} onSave={save} onClose={() => edit(null)} />}
    </Form>
  );
}
