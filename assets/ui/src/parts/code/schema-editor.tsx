import { ChevronRight, CornerDownRight, FileJson, Plus, Settings2, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isRecord } from "@/api/client";
import { Badge, Button, Checkbox, Dialog, Field, IconButton, Input, Segmented, Select } from "@/ui";
import { CodeEditor } from "./code-editor";
import type { SchemaRow } from "./schema";
import { emptySchema, newRow, readRow, schemaOf, schemaTypes, twiceIn, writeRow } from "./schema";

type Json = { readonly [k: string]: unknown };

/** A schema of an object, as rows or as JSON. onChange is only told schemas that can be read. */
export function SchemaEditor({ value, onChange, label }: { value: unknown; onChange: (schema: Json) => void; label: string }) {
  const { t } = useTranslation();
  const [view, setView] = useState<"rows" | "json">("rows");
  const [typed, setTyped] = useState<string | null>(null);
  const [example, setExample] = useState(false);
  const schema: Json = isRecord(value) ? value : emptySchema;
  // Rows that have no name yet are not in the schema; they live here until they have one, or the schema changes elsewhere.
  const [draft, setDraft] = useState<{ of: unknown; row: SchemaRow } | null>(null);
  const root = draft && draft.of === value ? draft.row : readRow(schema);
  const put = (row: SchemaRow): void => {
    if (twiceIn(row).length > 0) return setDraft({ of: value, row }); // two of a name would be one in the schema
    const next = writeRow(row);
    setDraft({ of: next, row });
    onChange(next);
  };
  const parsed = typed === null ? schema : parse(typed);
  return (
    <div className="flex flex-col gap-2">
      <div className="flex items-center justify-between gap-2">
        <Segmented
          label={t("schema.view")}
          value={view}
          onChange={(v) => {
            setView(v);
            setTyped(null);
          }}
          options={[{ value: "rows", label: t("schema.rows"), disabled: view === "json" && parsed === undefined }, { value: "json", label: "JSON" }]}
        />
        <Button size="sm" variant="ghost" icon={FileJson} onClick={() => setExample(true)}>{t("schema.fromExample")}</Button>
      </div>
      {view === "json" ? (
        <Field label={label} error={parsed === undefined ? t("schema.badJson") : undefined}>
          <CodeEditor
            language="json"
            label={label}
            rows={14}
            value={typed ?? JSON.stringify(schema, null, 2)}
            onChange={(s) => {
              setTyped(s);
              const v = parse(s);
              if (v) onChange(v);
            }}
          />
        </Field>
      ) : root.type === "object" ? (
        <Fields row={root} onChange={put} label={label} depth={0} />
      ) : (
        <p className="rounded border border-dashed px-3 py-3 text-sm text-muted">{t("schema.otherRoot")}</p>
      )}
      {example && (
        <Example
          onClose={() => setExample(false)}
          onTake={(s) => {
            setExample(false);
            setTyped(null);
            setDraft(null);
            onChange(s);
          }}
        />
      )}
    </div>
  );
}

function parse(s: string): Json | undefined {
  try {
    const v: unknown = JSON.parse(s);
    return isRecord(v) ? v : undefined;
  } catch {
    return undefined;
  }
}

function Fields({ row, onChange, label, depth }: { row: SchemaRow; onChange: (r: SchemaRow) => void; label: string; depth: number }) {
  const { t } = useTranslation();
  const names = row.fields.map((f) => f.name);
  return (
    <div className="flex flex-col gap-1">
      <ul aria-label={label} className="flex flex-col gap-1 empty:hidden">
        {row.fields.map((f, i) => (
          <FieldRow
            key={i}
            row={f}
            depth={depth}
            twice={f.name !== "" && names.indexOf(f.name) !== i}
            onChange={(x) => onChange({ ...row, fields: row.fields.map((y, j) => (j === i ? x : y)) })}
            onRemove={() => onChange({ ...row, fields: row.fields.filter((_, j) => j !== i) })}
          />
        ))}
      </ul>
      <div><Button size="sm" variant="ghost" icon={Plus} onClick={() => onChange({ ...row, fields: [...row.fields, newRow("")] })}>{t("schema.add")}</Button></div>
    </div>
  );
}

function retyped(r: SchemaRow, type: SchemaRow["type"]): SchemaRow {
  const next = newRow(r.name, type, r.required);
  return { ...next, description: r.description, ...(type === "array" && r.item ? { item: r.item } : {}), ...(type === "object" ? { fields: r.fields } : {}) };
}

function FieldRow({ row, onChange, onRemove, depth, twice }: { row: SchemaRow; onChange: (r: SchemaRow) => void; onRemove: () => void; depth: number; twice: boolean }) {
  const { t } = useTranslation();
  const [more, setMore] = useState(false);
  const [open, setOpen] = useState(true);
  const name = row.name || t("schema.unnamed");
  const inner = row.type === "object" ? row : row.type === "array" && row.item?.type === "object" ? row.item : undefined;
  return (
    <li className="min-w-0">
      <div className="flex items-center gap-1">
        {inner ? (
          <button type="button" aria-expanded={open} aria-label={t(open ? "schema.shut" : "schema.open", { name })} onClick={() => setOpen(!open)} className="flex size-5 shrink-0 items-center justify-center rounded-sm text-faint hover:text-text">
            <ChevronRight size={14} aria-hidden className={open ? "rotate-90 transition-transform" : "transition-transform"} />
          </button>
        ) : (
          <span aria-hidden className="flex size-5 shrink-0 items-center justify-center text-line-strong">{depth > 0 && <CornerDownRight size={12} />}</span>
        )}
        <div className="min-w-24 flex-1"><Input mono label={t("schema.name", { name })} placeholder={t("kit.name")} value={row.name} onChange={(v) => onChange({ ...row, name: v.trim() })} maxLength={64} /></div>
        <TypeChoice row={row} name={name} onChange={onChange} />
        <Checkbox checked={row.required} onChange={(required) => onChange({ ...row, required })}><span className="text-xs text-muted" title={t("schema.requiredOf", { name })}>{t("schema.required")}</span></Checkbox>
        <IconButton icon={Settings2} size="sm" active={more} label={t("schema.more", { name })} aria-expanded={more} onClick={() => setMore(!more)} />
        <IconButton icon={X} size="sm" tip={false} label={t("rows.remove", { name })} onClick={onRemove} />
      </div>
      {twice && <p role="alert" className="mt-1 pl-6 text-xs text-danger-text">{t("rows.twice", { name })}</p>}
      {row.description !== "" && !more && <p className="truncate pl-6 text-xs text-faint" title={row.description}>{row.description}</p>}
      {row.enums.length > 0 && !more && <p className="flex flex-wrap gap-1 py-0.5 pl-6">{row.enums.map((e, i) => <Badge key={i}>{String(e)}</Badge>)}</p>}
      {more && <More row={row} onChange={onChange} />}
      {inner && open && (
        <div className="mt-1 ml-2.5 border-l pl-1.5">
          <Fields row={inner} depth={depth + 1} label={name} onChange={(x) => onChange(row.type === "object" ? x : { ...row, item: x })} />
        </div>
      )}
    </li>
  );
}

/** The type, and for lists the type of the elements beside it. */
function TypeChoice({ row, name, onChange }: { row: SchemaRow; name: string; onChange: (r: SchemaRow) => void }) {
  const { t } = useTranslation();
  const item = row.item;
  const simple = ["string", "number", "integer", "boolean", "object"] as const;
  const now = row.type === "array" && item ? `array[${item.type}]` : row.type;
  const known: string[] = [...simple, ...simple.map((s) => `array[${s}]`)];
  return (
    <div className="w-36 shrink-0">
      <Select
        label={t("rows.typeOf", { name })}
        value={now}
        onChange={(v) => {
          const list = /^array\[(\w+)\]$/.exec(v)?.[1];
          const type = schemaTypes.find((x) => x === (list ?? v));
          if (!type) return;
          onChange(list === undefined ? retyped(row, type) : { ...retyped(row, "array"), item: item && item.type === type ? item : newRow("", type) });
        }}
        options={[...known, ...(known.includes(now) ? [] : [now])].map((v) => ({ value: v, label: v === "other" ? t("schema.other") : v, disabled: v === now && !known.includes(now) }))}
      />
    </div>
  );
}

function More({ row, onChange }: { row: SchemaRow; onChange: (r: SchemaRow) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState<string | null>(null);
  const number = row.type === "number" || row.type === "integer";
  const words = row.type === "string" || number;
  return (
    <div className="my-1 ml-6 flex flex-col gap-2 rounded border bg-sunken/50 p-2">
      <Field label={t("schema.description")} hint={t("schema.descriptionHint")}><Input value={row.description} onChange={(description) => onChange({ ...row, description })} maxLength={500} /></Field>
      {words && (
        <Field label={t("schema.enum")} hint={t("schema.enumHint")}>
          <Input
            value={typed ?? row.enums.map(String).join(", ")}
            onBlur={() => setTyped(null)}
            onChange={(s) => {
              setTyped(s);
              const parts = s.split(/[,，]/).map((x) => x.trim()).filter(Boolean);
              onChange({ ...row, enums: number ? parts.map(Number).filter(Number.isFinite) : parts });
            }}
          />
        </Field>
      )}
    </div>
  );
}

function Example({ onClose, onTake }: { onClose: () => void; onTake: (s: Json) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [tried, setTried] = useState(false);
  const v = parse(text);
  return (
    <Dialog
      open
      sticky
      onClose={onClose}
      title={t("schema.fromExample")}
      description={t("schema.exampleText")}
      onSubmit={() => {
        setTried(true);
        if (v) onTake(schemaOf(v));
      }}
      footer={
        <>
          <Button onClick={onClose}>{t("kit.cancel")}</Button>
          <Button type="submit" variant="primary">{t("schema.take")}</Button>
        </>
      }
    >
      <Field label={t("schema.example")} error={tried && !v ? t("schema.badJson") : undefined}>
        <CodeEditor language="json" label={t("schema.example")} rows={10} value={text} onChange={setText} placeholder={'{"name": "Ada", "tags": ["a"]}'} />
      </Field>
    </Dialog>
  );
}

/** The fields of a schema in one glance, for a form that opens the editor in a dialog. */
export function SchemaSummary({ value, empty }: { value: unknown; empty: string }) {
  const rows = readRow(isRecord(value) ? value : emptySchema).fields;
  if (rows.length === 0) return <p className="text-sm text-faint">{empty}</p>;
  return (
    <ul className="flex flex-wrap gap-1">
      {rows.map((r) => (
        <li key={r.name} className="inline-flex max-w-full items-center gap-1 rounded-sm bg-sunken px-1.5 text-xs leading-5">
          <span className="truncate font-mono">{r.name}</span>
          <span className="text-muted">{r.type === "array" && r.item ? `array[${r.item.type}]` : r.type}</span>
        </li>
      ))}
    </ul>
  );
}
