import { ChevronLeft, ChevronRight, Sparkles, Square } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Generated } from "@/api/make";
import type { ModelRef } from "@/api/types";
import { count, seconds } from "@/lib/format";
import { pieces } from "@/lib/variables";
import { ModelPicker } from "@/parts/model-picker";
import { Button, Checkbox, CopyIcon, Dialog, Disclosure, EmptyState, ErrorNote, Field, IconButton, Textarea } from "@/ui";
import { useGenerate } from "./use-generate";

const ideas = {
  prompt: ["service", "extract", "classify", "rewrite", "summarise"],
  code: ["parse", "clean", "dates", "merge"],
  schema: ["invoice", "contact", "verdict"],
} as const;

interface Common {
  /** What stands in the editor now; it can be improved instead of written anew. */
  current: string;
  /** Names that the text may use. */
  variables: string[];
  onAccept: (g: Generated) => void;
  onClose: () => void;
}
export type GenerateKind = { kind: "prompt"; talks: boolean } | { kind: "code"; language: "python3" | "javascript" } | { kind: "schema" };

/** Has the site's own model write a prompt, the program of a code node or a JSON schema, or improve the one that is there. */
export function GenerateDialog({ current, variables, onAccept, onClose, ...what }: Common & GenerateKind) {
  const { t, i18n } = useTranslation();
  const has = current.trim() !== "";
  const [instruction, setInstruction] = useState("");
  const [ideal, setIdeal] = useState("");
  const [improve, setImprove] = useState(has);
  const [model, setModel] = useState<ModelRef | null>(null);
  const w = useGenerate();
  const shown = w.coming === null ? w.versions[w.at] : undefined;
  const text = w.coming ?? shown?.text ?? "";
  const busy = w.coming !== null;
  const go = (): void => {
    if (busy || instruction.trim() === "") return;
    w.start({ ...what, instruction: instruction.trim(), ideal: ideal.trim(), variables, ...(improve && has ? { current } : {}), ...(model ? { model } : {}) });
  };
  return (
    <Dialog
      open
      sticky
      width="xl"
      onClose={onClose}
      title={t(improve && has ? `generate.${what.kind}.improve` : `generate.${what.kind}.title`)}
      description={t("generate.text")}
      footer={
        <>
          <Button onClick={onClose}>{t("kit.cancel")}</Button>
          <Button variant="primary" disabled={!shown} onClick={() => shown && onAccept(shown)}>{t(has ? "generate.replace" : "generate.accept")}</Button>
        </>
      }
    >
      <div className="grid gap-5 md:grid-cols-[minmax(0,5fr)_minmax(0,7fr)]">
        <form
          noValidate
          aria-label={t("generate.form")}
          onSubmit={(e) => {
            e.preventDefault();
            e.stopPropagation();
            go();
          }}
          className="flex flex-col gap-4"
        >
          <Field label={t(improve && has ? "generate.change" : "generate.instruction")} hint={t("generate.keys")}>
            <Textarea
              value={instruction}
              onChange={setInstruction}
              rows={6}
              autoFocus
              maxLength={4000}
              placeholder={t(improve && has ? `generate.${what.kind}.change` : `generate.${what.kind}.placeholder`)}
              onKeyDown={(e) => {
                if (e.key !== "Enter" || !(e.ctrlKey || e.metaKey) || e.nativeEvent.isComposing) return;
                e.preventDefault();
                go();
              }}
            />
          </Field>
          {!(improve && has) && (
            <div role="group" aria-label={t("generate.ideas")} className="-mt-2 flex flex-wrap gap-1.5">
              {ideas[what.kind].map((k) => (
                <button key={k} type="button" onClick={() => setInstruction(t(`generate.idea.${k}.text`))} className="rounded border border-line-strong bg-surface px-2 py-0.5 text-sm text-muted transition-colors hover:border-accent hover:text-accent-text">
                  {t(`generate.idea.${k}`)}
                </button>
              ))}
            </div>
          )}
          {has && <Checkbox checked={improve} onChange={setImprove}>{t("generate.improve")}</Checkbox>}
          <Disclosure summary={t("generate.more")}>
            <div className="flex flex-col gap-4">
              <Field label={t("generate.ideal")} hint={t("generate.idealHint")} optional>
                <Textarea value={ideal} onChange={setIdeal} rows={4} />
              </Field>
              <Field label={t("generate.model")}>
                <ModelPicker block kind="llm" label={t("generate.model")} none={t("generate.modelDefault")} value={model} onChange={setModel} />
              </Field>
            </div>
          </Disclosure>
          {busy ? <Button icon={Square} onClick={w.stop}>{t("chat.stop")}</Button> : <Button type="submit" variant="soft" icon={Sparkles} disabled={instruction.trim() === ""}>{t(w.versions.length > 0 ? "generate.again" : "generate.go")}</Button>}
        </form>
        <section aria-label={t("generate.result")} className="flex min-h-80 min-w-0 flex-col rounded-md border bg-surface">
          <header className="flex h-9 shrink-0 items-center gap-1 border-b pr-1 pl-3">
            <h3 className="text-sm font-medium">{t("generate.result")}</h3>
            {shown && <span className="ml-2 truncate text-xs text-faint tabular-nums">{shown.model} · {seconds(shown.usage.latency, i18n.language)} · {t("chat.tokens", { count: shown.usage.total_tokens, n: count(shown.usage.total_tokens, i18n.language) })}</span>}
            <span className="ml-auto" />
            {w.versions.length > 1 && !busy && (
              <span role="group" aria-label={t("generate.versions")} className="flex items-center text-sm text-muted tabular-nums">
                <IconButton icon={ChevronLeft} size="sm" label={t("chat.earlier")} disabled={w.at <= 0} onClick={() => w.show(w.at - 1)} />
                {w.at + 1}/{w.versions.length}
                <IconButton icon={ChevronRight} size="sm" label={t("chat.later")} disabled={w.at >= w.versions.length - 1} onClick={() => w.show(w.at + 1)} />
              </span>
            )}
            {shown && <CopyIcon text={shown.text} />}
          </header>
          <Result text={text} busy={busy} code={what.kind !== "prompt"} of={shown} />
          {w.error && <div className="p-3"><ErrorNote error={w.error} /></div>}
        </section>
      </div>
    </Dialog>
  );
}

function Result({ text, busy, code, of: g }: { text: string; busy: boolean; code: boolean; of: Generated | undefined }) {
  const { t } = useTranslation();
  const box = useRef<HTMLPreElement>(null);
  useEffect(() => {
    if (busy && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [text, busy]);
  if (text === "" && !busy) return <EmptyState compact icon={Sparkles} title={t("generate.empty")}>{t("generate.emptyText")}</EmptyState>;
  const outputs = Object.entries(g?.outputs ?? {});
  return (
    <>
      <pre ref={box} tabIndex={0} aria-live="polite" aria-busy={busy} className={`min-h-0 flex-1 basis-72 overflow-auto px-3 py-2.5 text-sm leading-6 whitespace-pre-wrap [overflow-wrap:anywhere] ${code ? "font-mono" : "font-sans"}`}>
        {code ? text : pieces(text).map((p, i) => (p.name === undefined ? p.text : <mark key={i} className="rounded-sm bg-accent-soft px-0.5 text-accent-text">{p.text}</mark>))}
        {busy && <span aria-hidden className="anim-shimmer ml-0.5 inline-block h-4 w-1.5 translate-y-0.5 bg-accent" />}
      </pre>
      {g && (g.inputs ?? []).length + outputs.length > 0 && (
        <p className="border-t px-3 py-2 text-xs text-muted">
          {t("generate.signature", { inputs: (g.inputs ?? []).join(", ") || "–", outputs: outputs.map(([k, v]) => `${k}: ${v}`).join(", ") || "–" })}
        </p>
      )}
    </>
  );
}
