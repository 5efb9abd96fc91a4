import { Link2, Paperclip } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Field, FieldProblem, Values } from "@/lib/fields";
import { noFiles, UPLOADING } from "@/lib/fields";
import type { FileDoor } from "@/parts/chat/files";
import { DraftChips, maxFiles, useFiles } from "@/parts/chat/files";
import { urlProblem } from "@/lib/form";
import { Button, Checkbox, Field as Row, Input, NumberInput, Select, Textarea } from "@/ui";
import { useField } from "@/ui/field";

export interface FieldsFormProps {
  fields: Field[];
  values: Values;
  /** Is given how the values change, because several fields may change at once. */
  onChange: (change: (v: Values) => Values) => void;
  problems?: { [name: string]: FieldProblem };
  door: Pick<FileDoor, "upload">;
  disabled?: boolean;
}

/** The form of an app's input fields. Hidden ones are for the API and are not shown. */
export function FieldsForm({ fields, values, onChange, problems = {}, door, disabled }: FieldsFormProps) {
  return (
    <div className="flex flex-col gap-4">
      {fields.filter((f) => !f.hidden).map((f) => (
        <FieldRow key={f.name} field={f} value={values[f.name]} problem={problems[f.name]} door={door} disabled={disabled ?? false} onChange={(x) => onChange((v) => ({ ...v, [f.name]: x }))} />
      ))}
    </div>
  );
}

interface One {
  field: Field;
  value: unknown;
  onChange: (x: unknown) => void;
  door: Pick<FileDoor, "upload">;
  disabled: boolean;
}

export function FieldRow({ field: f, problem, ...one }: One & { problem?: FieldProblem | undefined }) {
  const { t } = useTranslation();
  const error = problem ? t(problem, { count: f.max ?? 0 }) : undefined;
  if (f.kind === "checkbox")
    return (
      <div>
        <Checkbox checked={one.value === true} disabled={one.disabled} onChange={one.onChange}>{f.label}</Checkbox>
        {f.help && <p className="pl-6 text-xs text-faint">{f.help}</p>}
      </div>
    );
  return (
    <Row label={f.label} optional={!f.required} hint={f.help} error={error}>
      <Control field={f} {...one} />
    </Row>
  );
}

function Control({ field: f, value, onChange, door, disabled }: One) {
  const { t } = useTranslation();
  const text = typeof value === "string" ? value : value === undefined || value === null ? "" : String(value);
  switch (f.kind) {
    case "paragraph":
      return <Textarea value={text} onChange={onChange} rows={3} disabled={disabled} />;
    case "json":
      return <Textarea mono value={text} onChange={onChange} rows={4} disabled={disabled} placeholder="{ }" />;
    case "number":
      return <NumberInput value={typeof value === "number" ? value : null} onChange={onChange} disabled={disabled} />;
    case "select": {
      const options = f.options ?? [];
      return <Select value={options.includes(text) ? text : ""} onChange={onChange} disabled={disabled} placeholder={t("inputs.choose")} options={options.map((o) => ({ value: o, label: o }))} />;
    }
    case "file":
    case "files":
      return <FileControl field={f} value={value} onChange={onChange} door={door} disabled={disabled} />;
    default:
      return <Input value={text} onChange={onChange} disabled={disabled} />;
  }
}

/** Picks, drops or links files, uploads them, and tells the form when they are there. */
function FileControl({ field: f, onChange, door, disabled }: One) {
  const { t } = useTranslation();
  const input = f.files ?? noFiles;
  const files = useFiles(door, input);
  const wiring = useField();
  const picker = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [link, setLink] = useState<string | null>(null);
  const local = input.methods.includes("local_file");
  const remote = input.methods.includes("remote_url");
  const full = files.drafts.length >= maxFiles(input);

  const tell = useRef(onChange);
  useEffect(() => {
    tell.current = onChange;
  });
  const first = useRef(true);
  const many = f.kind === "files";
  const state = JSON.stringify([files.ready, files.attachments]);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    tell.current(!files.ready ? UPLOADING : many ? files.attachments : files.attachments[0]);
    // `state` says all that counts of `files`, which is a fresh object each time
  }, [state, many]);

  const addLink = (): void => {
    if (link === null || urlProblem(link)) return;
    files.addLink(link.trim());
    setLink(null);
  };
  return (
    <div
      onDragOver={(e) => {
        if (!local || full || !e.dataTransfer.types.includes("Files")) return;
        e.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(e) => {
        setOver(false);
        if (!local || e.dataTransfer.files.length === 0) return;
        e.preventDefault();
        files.add(e.dataTransfer.files);
      }}
      className={`rounded border border-dashed ${over ? "border-accent bg-accent-soft" : "border-line-strong"}`}
    >
      <DraftChips files={files} input={input} />
      <div className="flex flex-wrap items-center gap-2 p-2">
        {local && (
          <>
            <input ref={picker} type="file" hidden multiple={many} tabIndex={-1} onChange={(e) => { if (e.target.files) files.add(e.target.files); e.target.value = ""; }} />
            <button {...wiring} type="button" disabled={disabled || full} onClick={() => picker.current?.click()} className="flex h-8 items-center gap-1.5 rounded border border-line-strong bg-surface px-3 text-sm transition-colors hover:bg-hover disabled:opacity-50 aria-invalid:border-danger">
              <Paperclip size={14} aria-hidden />
              {t("files.fromDisk")}
            </button>
          </>
        )}
        {remote && link === null && <Button size="sm" variant="ghost" icon={Link2} disabled={disabled || full} onClick={() => setLink("")}>{t("files.fromLink")}</Button>}
        {link !== null && (
          <div className="flex min-w-0 flex-1 gap-2">
            <Input type="url" value={link} label={t("files.linkLabel")} placeholder="https://" onChange={setLink} autoFocus onKeyDown={(e) => { if (e.key === "Enter") { e.preventDefault(); addLink(); } }} />
            <Button disabled={Boolean(urlProblem(link))} onClick={addLink}>{t("kit.add")}</Button>
          </div>
        )}
        {local && !full && link === null && files.drafts.length === 0 && <span className="text-xs text-faint max-md:hidden">{t("files.dropHere", { count: maxFiles(input) })}</span>}
      </div>
    </div>
  );
}
