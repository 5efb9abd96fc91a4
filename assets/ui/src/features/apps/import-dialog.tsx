import { useNavigate } from "@tanstack/react-router";
import { ArrowRight, CircleCheck, FileUp, TriangleAlert } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { apps } from "@/api/console";
import { touches } from "@/api/keys";
import type { App, ImportView } from "@/api/types";
import { useCommand } from "@/api/use";
import { nodeIcon, nodeTitle } from "@/parts/flow/kinds";
import { urlProblem } from "@/lib/form";
import { Badge, Button, Callout, Dialog, ErrorNote, Field, Input, Segmented, Textarea } from "@/ui";
import { modeTitle } from "./modes";

const MAX = 10 << 20; // bytes, as the server takes

/** Brings a Dify app file in the place of an app's draft. */
export function ImportDialog({ onClose, replace, onReplaced, file }: {
  onClose: () => void;
  replace: App;
  onReplaced: () => void;
  /** One that was dropped elsewhere. It is named first and brought in when the person says so, for it takes the place of the draft. */
  file?: File | null;
}) {
  const { t } = useTranslation();
  const [report, setReport] = useState(false);
  const close = (): void => {
    if (report) onReplaced();
    onClose();
  };
  return (
    <Dialog open sticky={report} onClose={close} width="lg" title={t("import.replaceTitle")} description={report ? undefined : t("import.replaceText")}>
      <ImportPane replace={replace} file={file} onReport={() => setReport(true)} onClose={close} />
    </Dialog>
  );
}

const sources = ["file", "paste", "link"] as const;

/** Takes a Dify app file as a file, as text or from an address, makes an app of it (or replaces a draft) and says of each node whether it runs here. */
export function ImportPane({ onClose, replace, onReport, file }: { onClose: () => void; replace?: App; onReport: () => void; file?: File | null | undefined }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [source, setSource] = useState<(typeof sources)[number]>("file");
  const [big, setBig] = useState(false);
  const [name, setName] = useState("");
  const [typed, setTyped] = useState("");
  const [link, setLink] = useState("");
  const [tried, setTried] = useState(false);
  const into = replace ? { app_id: replace.id } : {};
  const came = (r: ImportView): void => {
    if (r.status !== "pending") onReport();
  };
  const bring = useCommand((b: { yaml_content: string } | { yaml_url: string }) => apps.import({ ...b, ...into }), touches.apps, came);
  const confirm = useCommand((id: string) => apps.confirmImport(id), touches.apps, onReport);
  const done = confirm.data ?? bring.data;
  const read = (f: File): void => {
    setBig(f.size > MAX);
    if (f.size > MAX) return;
    setName(f.name);
    void f.text().then((text) => bring.mutate({ yaml_content: text }));
  };
  const open = (): void => {
    if (!done) return;
    if (replace) onClose();
    else void navigate({ to: "/apps/$appId/edit", params: { appId: done.app_id } });
  };
  const problems = (
    <>
      {big && <Callout tone="danger">{t("import.tooBig", { size: MAX >> 20 })}</Callout>}
      <ErrorNote error={bring.error ?? confirm.error} />
    </>
  );
  if (done)
    return (
      <div className="flex flex-col gap-4">
        <h3 className="font-semibold">{t(done.status === "pending" ? "import.pendingTitle" : "import.doneTitle")}</h3>
        <Report of={done} />
        {problems}
        <div className="flex flex-wrap justify-end gap-2">
          {done.status === "pending" ? (
            <>
              <Button onClick={onClose}>{t("kit.cancel")}</Button>
              <Button variant="primary" busy={confirm.isPending} onClick={() => confirm.mutate(done.id)}>{t("import.confirm")}</Button>
            </>
          ) : (
            <>
              {!replace && <Button onClick={onClose}>{t("kit.close")}</Button>}
              <Button variant="primary" iconEnd={replace ? undefined : ArrowRight} onClick={open}>{t(replace ? "kit.done" : "import.open")}</Button>
            </>
          )}
        </div>
      </div>
    );
  const badLink = urlProblem(link);
  return (
    <div className="flex flex-col gap-4">
      {!replace && <p className="text-sm text-muted">{t("import.text")}</p>}
      {file && <div><Button variant="primary" icon={FileUp} busy={bring.isPending} onClick={() => read(file)}>{t("import.dropped", { name: file.name })}</Button></div>}
      <div><Segmented label={t("import.source")} value={source} onChange={setSource} options={sources.map((s) => ({ value: s, label: t(`import.source.${s}`) }))} /></div>
      {source === "file" && <Drop busy={bring.isPending} name={name} onFile={read} />}
      {source === "paste" && (
        <>
          <Textarea label={t("import.source.paste")} value={typed} onChange={setTyped} rows={12} mono placeholder={t("import.pastePlaceholder")} />
          <div className="flex justify-end"><Button variant="primary" disabled={typed.trim() === ""} busy={bring.isPending} onClick={() => bring.mutate({ yaml_content: typed })}>{t("import.go")}</Button></div>
        </>
      )}
      {source === "link" && (
        <>
          <Field label={t("import.link")} hint={t("import.linkHint")} error={tried && badLink ? t(badLink) : undefined}>
            <Input value={link} onChange={setLink} mono placeholder="http://10.0.0.5/apps/assistant.yml" />
          </Field>
          <div className="flex justify-end"><Button variant="primary" busy={bring.isPending} onClick={() => { setTried(true); if (!badLink) bring.mutate({ yaml_url: link.trim() }); }}>{t("import.go")}</Button></div>
        </>
      )}
      {problems}
    </div>
  );
}

function Drop({ busy, name, onFile }: { busy: boolean; name: string; onFile: (f: File) => void }) {
  const { t } = useTranslation();
  const picker = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  return (
    <div
      onDragOver={(e) => {
        e.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(e) => {
        e.preventDefault();
        setOver(false);
        const f = e.dataTransfer.files[0];
        if (f) onFile(f);
      }}
      className={`flex flex-col items-center rounded-lg border border-dashed px-6 py-10 text-center transition-colors ${over ? "border-accent bg-accent-soft" : "border-line-strong"}`}
    >
      <FileUp size={26} aria-hidden className="mb-2 text-accent-text" />
      <p className="font-medium">{t("import.drop")}</p>
      <p className="mt-0.5 mb-3 text-sm text-muted">{name && busy ? name : t("import.dropText")}</p>
      <input ref={picker} type="file" hidden tabIndex={-1} accept=".yml,.yaml" aria-label={t("import.choose")} onChange={(e) => { const f = e.target.files?.[0]; if (f) onFile(f); e.target.value = ""; }} />
      <Button busy={busy} onClick={() => picker.current?.click()}>{t("import.choose")}</Button>
    </div>
  );
}

/** What came over: in a sentence, then node by node, the ones that need something first. */
export function Report({ of: r }: { of: ImportView }) {
  const { t } = useTranslation();
  const nodes = r.nodes ?? [];
  const bad = nodes.filter((n) => !n.ok);
  const [which, setWhich] = useState<"bad" | "all">(bad.length > 0 ? "bad" : "all");
  const shown = which === "bad" ? bad : nodes;
  return (
    <>
      {r.status === "pending" ? (
        <Callout tone="warn">{t("import.pending", { file: r.imported_dsl_version || "?", here: r.current_dsl_version })}</Callout>
      ) : bad.length > 0 ? (
        <Callout tone="warn">{t("import.some", { count: bad.length, all: nodes.length })}</Callout>
      ) : (
        <Callout tone="ok">{nodes.length > 0 ? t("import.all", { count: nodes.length }) : t("import.plain")}</Callout>
      )}
      <p className="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm text-muted">
        <span>{t("import.mode")} <strong className="font-medium text-text">{modeTitle(t, r.app_mode)}</strong></span>
        <span>{t("import.version")} <strong className="font-medium text-text">{r.imported_dsl_version || "–"}</strong></span>
        {r.status === "completed-with-warnings" && <Badge tone="warn">{t("import.older")}</Badge>}
      </p>
      {(r.warnings ?? []).length > 0 && (
        <section aria-label={t("import.warnings")}>
          <h3 className="mb-1 font-medium">{t("import.warnings")}</h3>
          <ul className="flex flex-col gap-1.5">
            {(r.warnings ?? []).map((w, i) => <li key={i} className="flex items-start gap-2 text-sm"><TriangleAlert size={14} aria-hidden className="mt-[3px] shrink-0 text-warn-text" /><span className="min-w-0 [overflow-wrap:anywhere]">{w}</span></li>)}
          </ul>
        </section>
      )}
      {nodes.length > 0 && (
        <section aria-label={t("import.nodes")}>
          <header className="mb-1.5 flex items-center justify-between gap-2">
            <h3 className="font-medium">{t("import.nodes")}</h3>
            {bad.length > 0 && bad.length < nodes.length && <Segmented label={t("import.nodes")} value={which} onChange={setWhich} options={[{ value: "bad", label: t("import.onlyBad", { n: bad.length }) }, { value: "all", label: t("import.onlyAll", { n: nodes.length }) }]} />}
          </header>
          <ul className="divide-y rounded-md border">
            {shown.map((n, i) => {
              const Icon = nodeIcon(n.type);
              return (
                <li key={n.id || i} className="flex items-start gap-2.5 px-3 py-2 text-sm">
                  {n.ok ? <CircleCheck size={16} role="img" aria-label={t("import.ok")} className="mt-0.5 shrink-0 text-ok-text" /> : <TriangleAlert size={16} role="img" aria-label={t("import.missing")} className="mt-0.5 shrink-0 text-warn-text" />}
                  <Icon size={15} aria-hidden className="mt-[3px] shrink-0 text-faint" />
                  <span className="min-w-0 flex-1">
                    <span className="block [overflow-wrap:anywhere]">{n.title || n.id} <span className="text-xs text-faint">{nodeTitle(t, n.type)}</span></span>
                    {n.problem && <span className="block text-muted [overflow-wrap:anywhere]">{n.problem}</span>}
                  </span>
                </li>
              );
            })}
          </ul>
        </section>
      )}
    </>
  );
}
