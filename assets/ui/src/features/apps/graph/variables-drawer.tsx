import { Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { App, ConvVariable } from "@/api/types";
import { CodeEditor } from "@/parts/code/code-editor";
import { Badge, Button, Confirm, Dialog, Drawer, Field, IconButton, Input, Password, Section, Segmented, Select, Textarea } from "@/ui";
import type { DraftHandle } from "../use-draft";
import { readersOf } from "./reference";
import { useGraphStore } from "./store";
import { newId, typedText, typedValue, typesFor, varNameProblem } from "./variables";

type Variable = Omit<ConvVariable, "value"> & { value: unknown };
type Kind = "environment" | "conversation";

/** The graph's own variables. Secrets are never sent to the browser: only that there is one. */
export function VariablesDrawer({ app, draft, onClose }: { app: App; draft: DraftHandle; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Drawer open onClose={onClose} title={t("vars.title")} description={t("vars.text")}>
      <Variables kind="environment" draft={draft} />
      {app.mode === "advanced-chat" && <Variables kind="conversation" draft={draft} />}
    </Drawer>
  );
}

function Variables({ kind, draft }: { kind: Kind; draft: DraftHandle }) {
  const { t } = useTranslation();
  const list: Variable[] = draft.settings[kind] ?? [];
  const [editing, edit] = useState<Variable | "new" | null>(null);
  const [removing, remove] = useState<Variable | null>(null);
  const graph = useGraphStore();
  const space = kind === "environment" ? "env" : "conversation";
  const readers = (name: string) => readersOf(graph.getState().doc.nodes, space, name);
  const rename = (from: string, to: string): void => {
    graph.getState().renameVariable(space, from, to);
  };
  const set = (next: Variable[]): void => draft.set(kind === "environment" ? { environment: next } : { conversation: next });
  return (
    <Section title={t(`vars.${kind}`)} purpose={t(`vars.${kind}Text`)} action={<Button size="sm" icon={Plus} onClick={() => edit("new")}>{t("kit.add")}</Button>}>
      {list.length === 0 ? (
        <p className="rounded-md border border-dashed px-3 py-4 text-center text-sm text-faint">{t("vars.none")}</p>
      ) : (
        <ul className="divide-y rounded-md border" aria-label={t(`vars.${kind}`)}>
          {list.map((v) => (
            <li key={v.id} className="flex items-center gap-2 py-1.5 pr-1.5 pl-3">
              <span className="min-w-0 flex-1">
                <span className="flex items-center gap-2"><code className="truncate font-mono text-sm">{v.name}</code><Badge>{v.value_type}</Badge></span>
                <span className="block truncate text-xs text-faint">{v.value_type === "secret" ? "••••••••" : typedText(v.value_type, v.value).replace(/\s+/g, " ") || t("result.empty")}{v.description && ` · ${v.description}`}</span>
              </span>
              <IconButton icon={Pencil} size="sm" label={t("vars.editOf", { name: v.name })} onClick={() => edit(v)} />
              <IconButton icon={Trash2} size="sm" label={t("vars.removeOf", { name: v.name })} onClick={() => remove(v)} />
            </li>
          ))}
        </ul>
      )}
      {editing && (
        <VariableDialog
          kind={kind}
          first={editing === "new" ? null : editing}
          others={list.filter((v) => v !== editing).map((v) => v.name)}
          readers={editing === "new" ? 0 : readers(editing.name).length}
          onClose={() => edit(null)}
          onSave={(v) => {
            set(editing === "new" ? [...list, v] : list.map((x) => (x === editing ? v : x)));
            if (editing !== "new" && editing.name !== v.name) rename(editing.name, v.name);
            edit(null);
          }}
        />
      )}
      <Confirm
        open={removing !== null}
        onClose={() => remove(null)}
        onConfirm={() => {
          set(list.filter((v) => v !== removing));
          remove(null);
        }}
        title={t("vars.removeTitle", { name: removing?.name ?? "" })}
        action={t("kit.remove")}
      >
        {removing && readers(removing.name).length > 0 ? (
          <>
            <p>{t("vars.removeUsed", { count: readers(removing.name).length })}</p>
            <ul className="mt-1.5 flex flex-wrap gap-1.5">{readers(removing.name).map((n) => <li key={n.id}><Badge tone="warn">{n.title || n.type}</Badge></li>)}</ul>
          </>
        ) : (
          <p>{t("vars.removeUnused")}</p>
        )}
      </Confirm>
    </Section>
  );
}

function VariableDialog({ kind, first, others, readers, onSave, onClose }: { kind: Kind; first: Variable | null; others: string[]; readers: number; onSave: (v: Variable) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(first?.name ?? "");
  const [type, setType] = useState(first?.value_type ?? "string");
  const [text, setText] = useState(first ? typedText(first.value_type, first.value) : "");
  const [about, setAbout] = useState(first?.description ?? "");
  const [tried, setTried] = useState(false);
  const value = typedValue(type, text);
  const keeps = type === "secret" && first?.value_type === "secret";
  const wrongName = varNameProblem(name, others);
  const wrongValue = value === undefined ? t("vars.valueBad", { type }) : type === "secret" && text === "" && !keeps ? t("form.required") : undefined;
  return (
    <Dialog
      open
      sticky
      width="sm"
      onClose={onClose}
      title={t(first ? "vars.edit" : "vars.add")}
      onSubmit={() => {
        setTried(true);
        if (!wrongName && !wrongValue) onSave({ id: first?.id ?? newId(), name, description: about.trim(), value_type: type, value });
      }}
      footer={
        <>
          <Button onClick={onClose}>{t("kit.cancel")}</Button>
          <Button type="submit" variant="primary">{t("kit.save")}</Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Field label={t("kit.name")} hint={first && readers > 0 && name !== first.name ? t("vars.renames", { count: readers }) : t("vars.nameHint", { ref: `{{#${kind === "environment" ? "env" : "conversation"}.${name || "name"}#}}` })} error={tried && wrongName ? t(wrongName) : undefined}>
          <Input mono value={name} onChange={setName} maxLength={30} autoFocus />
        </Field>
        <Field label={t("var.kind")}>
          <Select value={type} onChange={(v) => { setType(v); setText(""); }} options={typesFor(kind === "environment", first?.value_type ?? "").map((v) => ({ value: v, label: v }))} />
        </Field>
        <Field label={t(kind === "environment" ? "vars.value" : "vars.first")} hint={keeps ? t("vars.keeps") : undefined} error={tried ? wrongValue : undefined}>
          {type === "secret" ? (
            <Password value={text} onChange={setText} autoComplete="off" placeholder={keeps ? "••••••••" : ""} />
          ) : type === "boolean" ? (
            <Segmented label={t("vars.value")} value={text === "true" ? "true" : "false"} onChange={setText} options={[{ value: "true", label: "true" }, { value: "false", label: "false" }]} />
          ) : type === "number" ? (
            <Input mono inputMode="decimal" value={text} onChange={setText} />
          ) : type === "string" ? (
            <Textarea rows={4} value={text} onChange={setText} />
          ) : (
            <CodeEditor language="json" label={t("vars.value")} rows={6} value={text} onChange={setText} placeholder={type === "object" ? "{ }" : "[ ]"} />
          )}
        </Field>
        <Field label={t("apps.description")} optional><Input value={about} onChange={setAbout} maxLength={200} /></Field>
      </div>
    </Dialog>
  );
}
