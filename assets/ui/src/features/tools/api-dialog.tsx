import { FileJson, FileUp } from "lucide-react";
import type { ChangeEvent } from "react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { touches } from "@/api/keys";
import { toolSources } from "@/api/tools";
import type { OpenAPIPreview, ToolProviderView } from "@/api/types";
import { useCommand } from "@/api/use";
import { required, urlProblem } from "@/lib/form";
import { iconColors, IconPicker } from "@/parts/icon-picker";
import { Button, Callout, Dialog, ErrorNote, Field, Input, Segmented, Spinner, Textarea, toast } from "@/ui";
import { AccessFields, accessOf, configOf, secretsOf } from "./access";
import type { Access } from "./access";
import { OperationList } from "./operations";

const WAIT = 500;
type From = "paste" | "file" | "url";

/** Adds an OpenAPI document as tools, or changes one. What is read of it stands below while one writes. */
export function ApiDialog({ view, onClose }: { view?: ToolProviderView; onClose: (id?: string) => void }) {
  const { t } = useTranslation();
  const stored = view?.provider ?? null;
  const [from, setFrom] = useState<From>(stored?.config.source ? "url" : "paste");
  const [text, setText] = useState(view?.document ?? "");
  const [address, setAddress] = useState(stored?.config.source ?? "");
  const [name, setName] = useState(stored?.name ?? "");
  const [look, setLook] = useState({ icon: stored?.icon || "🧩", color: stored?.icon_color || (iconColors[1] ?? "") });
  const [about, setAbout] = useState(stored?.description ?? "");
  const [base, setBase] = useState(stored?.config.url ?? "");
  const [off, setOff] = useState<string[]>(stored?.off ?? []);
  const [access, setAccess] = useState<Access>(() => accessOf(stored));
  const [tried, setTried] = useState(false);
  const [read, setRead] = useState<OpenAPIPreview | null>(null);
  const touched = useRef(false);

  const preview = useCommand(toolSources.preview, [], (got) => {
    setRead(got);
    if (got.document) setText(got.document);
    if (stored && !touched.current) return;
    const p = got.parsed;
    setName((n) => n || p.title);
    setAbout((a) => a || p.description.slice(0, 300));
    setBase((b) => b || (p.servers[0] ?? ""));
    setAccess((a) => (a.kind === "none" && !stored ? { ...a, kind: p.auth.kind, name: p.auth.name ?? "" } : a));
  });
  const { mutate: look_, reset } = preview;
  useEffect(() => {
    if (from === "url" && !stored) return; // what is stored can be changed without reading its address again
    if (!text.trim()) {
      setRead(null);
      reset();
      return;
    }
    const timer = setTimeout(() => look_({ document: text }), WAIT);
    return () => clearTimeout(timer);
  }, [text, from, stored, look_, reset]);

  const save = useCommand(
    () => {
      const body = {
        name: name.trim(), description: about.trim(), icon: look.icon, icon_color: look.color, document: text, off,
        config: { ...configOf(access), url: base.trim(), ...(from === "url" && address.trim() ? { source: address.trim() } : {}) },
        ...secretsOf(access),
      };
      return stored ? toolSources.save(stored.id, body) : toolSources.create({ kind: "api", ...body });
    },
    touches.tools,
    (v) => {
      toast(t("kit.saved"));
      onClose(v.source.id);
    },
  );
  const noName = required(name);
  const badBase = urlProblem(base);
  const write = (s: string): void => {
    touched.current = true;
    setText(s);
  };
  return (
    <Dialog
      open
      sticky
      width="lg"
      onClose={() => onClose(stored?.id)}
      title={stored ? t("toolbox.editOf", { name: stored.name }) : t("toolbox.addApi")}
      description={t("toolbox.apiText")}
      onSubmit={() => {
        setTried(true);
        if (!noName && !badBase && text.trim() && !preview.isError) save.mutate(undefined);
      }}
      footer={
        <>
          <Button onClick={() => onClose(stored?.id)}>{t("kit.cancel")}</Button>
          <Button type="submit" variant="primary" busy={save.isPending} disabled={!read || preview.isError}>{t(stored ? "kit.save" : "toolbox.addThese")}</Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <div className="flex flex-col gap-2">
          <div><Segmented label={t("toolbox.from")} value={from} onChange={setFrom} options={[{ value: "paste", label: t("toolbox.paste") }, { value: "file", label: t("toolbox.file") }, { value: "url", label: t("toolbox.url") }]} /></div>
          {from === "paste" && <Textarea mono rows={8} label={t("toolbox.document")} value={text} onChange={write} placeholder={sample} />}
          {from === "file" && <FileField onText={write} />}
          {from === "url" && (
            <div className="flex items-start gap-2">
              <div className="min-w-0 flex-1"><Input mono type="url" label={t("toolbox.documentUrl")} placeholder="http://10.0.0.5:8000/openapi.json" value={address} onChange={setAddress} /></div>
              <Button busy={preview.isPending} disabled={!address.trim()} onClick={() => { touched.current = true; preview.mutate({ url: address.trim() }); }}>{t("toolbox.read")}</Button>
            </div>
          )}
        </div>
        {preview.isPending && <div className="flex items-center gap-2 text-sm text-muted"><Spinner /> {t("toolbox.reading")}</div>}
        {preview.isError && <ErrorNote error={preview.error} />}
        {read && !preview.isError && (
          <>
            <Result read={read} off={off} setOff={setOff} />
            <div className="flex items-start gap-4">
              <IconPicker icon={look.icon} color={look.color} onChange={(icon, color) => setLook({ icon, color })} />
              <div className="grid min-w-0 flex-1 gap-4 sm:grid-cols-2">
                <Field label={t("toolbox.name")} error={tried && noName ? t(noName) : undefined}><Input value={name} maxLength={100} onChange={setName} /></Field>
                <Field label={t("toolbox.base")} hint={read.parsed.servers.length > 1 ? t("toolbox.baseMany", { list: read.parsed.servers.join("  ") }) : t("toolbox.baseText")} error={tried && badBase ? t(badBase) : undefined}><Input mono type="url" value={base} onChange={setBase} placeholder="http://10.0.0.5:8000/v1" /></Field>
              </div>
            </div>
            <Field optional label={t("toolbox.about")}><Textarea rows={2} maxLength={1000} value={about} onChange={setAbout} /></Field>
            <AccessFields access={access} set={(part) => setAccess({ ...access, ...part })} stored={stored} />
          </>
        )}
        <ErrorNote error={save.error} />
      </div>
    </Dialog>
  );
}

const sample = `openapi: 3.1.0
info: {title: …, version: "1"}
servers: [{url: http://10.0.0.5:8000}]
paths: …`;

function Result({ read, off, setOff }: { read: OpenAPIPreview; off: string[]; setOff: (off: string[]) => void }) {
  const { t } = useTranslation();
  const p = read.parsed;
  return (
    <div className="flex flex-col gap-2" aria-live="polite">
      <Callout tone="ok">{t("toolbox.found", { count: read.operations.length, title: p.title || "—", spec: p.spec })}</Callout>
      {p.problems.length > 0 && <Problems list={p.problems} />}
      <OperationList rows={read.operations} off={off} setOff={setOff} />
    </div>
  );
}

export function Problems({ list }: { list: { en: string; zh: string }[] }) {
  const { i18n } = useTranslation();
  return (
    <Callout tone="warn">
      <ul className="flex flex-col gap-0.5">{list.map((p) => <li key={p.en}>{i18n.language === "zh-CN" ? p.zh : p.en}</li>)}</ul>
    </Callout>
  );
}

function FileField({ onText }: { onText: (s: string) => void }) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [name, setName] = useState("");
  const [over, setOver] = useState(false);
  const take = async (f: Blob & { name: string }): Promise<void> => {
    setName(f.name);
    onText(await f.text());
  };
  const choose = (e: ChangeEvent<HTMLInputElement>): void => {
    const f = e.target.files?.[0];
    e.target.value = "";
    if (f) void take(f);
  };
  return (
    <div
      onDragOver={(e) => { e.preventDefault(); setOver(true); }}
      onDragLeave={() => setOver(false)}
      onDrop={(e) => {
        e.preventDefault();
        setOver(false);
        const f = e.dataTransfer.files[0];
        if (f) void take(f);
      }}
      className={`flex flex-col items-center gap-2 rounded border border-dashed px-4 py-6 text-sm text-muted ${over ? "border-accent bg-accent-soft" : "border-line-strong"}`}
    >
      <FileJson size={22} aria-hidden className="text-faint" />
      <p>{name || t("toolbox.drop")}</p>
      <Button size="sm" icon={FileUp} onClick={() => input.current?.click()}>{t("toolbox.chooseFile")}</Button>
      <input ref={input} hidden type="file" accept=".json,.yaml,.yml,application/json" aria-label={t("toolbox.chooseFile")} onChange={choose} />
    </div>
  );
}
