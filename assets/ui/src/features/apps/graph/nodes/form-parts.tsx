// What the forms of several kinds of node are made of.
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { App, ModelRow } from "@/api/types";
import type { Scope } from "@/lib/scope";
import { readSelector } from "@/lib/scope";
import { WINDOW_MAX } from "@/lib/settings";
import { ModelPicker, useModels } from "@/parts/model-picker";
import { SelectorField } from "@/parts/variables/selector-field";
import { TemplateEditor } from "@/parts/variables/template-editor";
import { Callout, Field, NumberInput, Segmented, Switch } from "@/ui";
import { ParamsPopover } from "../../params";
import type { Data, FormProps } from "../node-view";
import { QUESTION } from "./llm";
import type { NameKey } from "./model";
import { isEndpoint, refOf, standIn, withModel, withParams } from "./model";
import { merged, number, rec, text } from "./read";

/** The fields of a form, one below the other. */
export function Form({ children }: { children: ReactNode }) {
  return <div className="flex min-w-0 flex-col gap-4">{children}</div>;
}

/** A part with a heading, what it is for, and perhaps a control at the right. */
export function Part({ title, hint, aside, children }: { title: string; hint?: ReactNode; aside?: ReactNode; children?: ReactNode }) {
  return (
    <section aria-label={title} className="flex min-w-0 flex-col gap-1.5">
      <header className="flex min-h-6 items-center justify-between gap-3">
        <h3 className="min-w-0 text-sm font-medium">{title}</h3>
        {aside && <div className="flex shrink-0 items-center gap-1">{aside}</div>}
      </header>
      {hint && <p className="-mt-1 text-xs text-faint">{hint}</p>}
      {children}
    </section>
  );
}

/** A part that can be off. */
export function SwitchPart({ title, hint, on, onChange, disabled, children }: { title: string; hint?: ReactNode; on: boolean; onChange: (on: boolean) => void; disabled?: boolean; children?: ReactNode }) {
  return <Part title={title} hint={hint} aside={<Switch label={title} checked={on} disabled={disabled ?? false} onChange={onChange} />}>{on && children}</Part>;
}

/** The row of the site's model that a node's model means. */
export function useModelRow(model: unknown, key: NameKey = "name"): ModelRow | undefined {
  const { rows } = useModels("llm");
  const ref = refOf(model, key);
  return ref ? standIn(rows, ref) : undefined;
}

/** The model of a node with its parameters. A model of a file stays as it is named there, until another one is chosen. */
export function ModelField({ value, onChange, label, nameKey = "name", bare }: { value: unknown; onChange: (model: Data) => void; label?: string; nameKey?: NameKey; /** Without parameters. */ bare?: boolean }) {
  const { t } = useTranslation();
  const { rows, isPending, error } = useModels("llm");
  const ref = refOf(value, nameKey);
  const row = ref ? standIn(rows, ref) : undefined;
  const foreign = ref !== null && !isEndpoint(ref.endpoint_id) && ref.endpoint_id !== "";
  const shown = row ? { endpoint_id: row.model.endpoint_id, name: row.model.name } : ref;
  const title = label ?? t("edit.model");
  const note = foreign && row ? t("nodes.modelStandIn", { provider: ref.endpoint_id.split("/").at(-1) ?? "", endpoint: row.endpoint_name }) : undefined;
  const lost = foreign && !row && !isPending && !error ? t("nodes.modelForeign", { name: ref.name, provider: ref.endpoint_id.split("/").at(-1) ?? "" }) : undefined;
  return (
    <Part title={title} hint={note}>
      <div className="flex min-w-0 gap-1">
        <div className="min-w-0 flex-1"><ModelPicker block kind="llm" label={title} value={shown && shown.endpoint_id === "" ? { ...shown, endpoint_id: "-" } : shown} onChange={(m) => m && onChange(withModel(value, m, nameKey))} /></div>
        {!bare && ref && <ParamsPopover small value={ref} onChange={(m) => onChange(withParams(value, m))} />}
      </div>
      {lost && <Callout tone="warn">{lost}</Callout>}
    </Part>
  );
}

/** Earlier messages of the conversation; only conversations have any. */
export function MemoryPart({ app, value, onChange, scope, question }: { app: App; value: unknown; onChange: (memory: Data | undefined) => void; scope: Scope; /** Whether the node also says what the person asks now. */ question?: boolean }) {
  const { t } = useTranslation();
  if (app.mode !== "advanced-chat") return null;
  const on = value !== null && value !== undefined;
  const window = rec(rec(value)["window"]);
  const size = number(window["size"]) ?? Number(text(window["size"]) || 10);
  const limited = window["enabled"] === true;
  const set = (part: Data): void => onChange(merged(value, part));
  return (
    <SwitchPart title={t("edit.memory")} hint={t("edit.memoryText")} on={on} onChange={(x) => onChange(x ? { window: { enabled: false, size: 10 }, ...(question ? { query_prompt_template: QUESTION } : {}) } : undefined)}>
      <div className="flex items-center gap-2">
        <Segmented
          label={t("edit.memory")}
          value={limited ? "some" : "all"}
          onChange={(v) => set({ window: merged(window, { enabled: v === "some", size }) })}
          options={[{ value: "all", label: t("edit.memoryAll") }, { value: "some", label: t("edit.memorySome") }]}
        />
        {limited && <div className="w-20"><NumberInput label={t("edit.memoryWindow")} value={size} min={1} max={WINDOW_MAX} onChange={(n) => n !== null && set({ window: merged(window, { size: Math.round(n) }) })} /></div>}
      </div>
      {question && (
        <Field label={t("nodes.userMessage")} hint={t("nodes.userMessageHint")}>
          <TemplateEditor rows={2} scope={scope} label={t("nodes.userMessage")} value={text(rec(value)["query_prompt_template"])} onChange={(s) => set({ query_prompt_template: s })} />
        </Field>
      )}
    </SwitchPart>
  );
}

/** Pictures and files that the model sees. */
export function VisionPart({ value, onChange, scope, row }: { value: unknown; onChange: (vision: Data) => void; scope: Scope; row: ModelRow | undefined }) {
  const { t } = useTranslation();
  const on = rec(value)["enabled"] === true;
  const configs = rec(rec(value)["configs"]);
  const selector = readSelector(configs["variable_selector"]);
  const set = (part: Data): void => onChange(merged(value, { configs: merged({ variable_selector: ["sys", "files"], detail: "high", ...configs }, part) }));
  return (
    <SwitchPart title={t("nodes.vision")} hint={t("nodes.visionText")} on={on} onChange={(x) => onChange(merged(value, { enabled: x, ...(x ? { configs: { detail: "high", ...configs, variable_selector: selector.length >= 2 ? selector : ["sys", "files"] } } : {}) }))}>
      <div className="grid grid-cols-[1fr_auto] items-start gap-2">
        <SelectorField scope={scope} label={t("nodes.visionFiles")} accepts={["file", "array[file]"]} value={selector.length >= 2 ? selector : ["sys", "files"]} onChange={(s) => set({ variable_selector: s })} />
        <Segmented label={t("edit.fileDetail")} value={configs["detail"] === "low" ? "low" : "high"} onChange={(detail) => set({ detail })} options={[{ value: "high", label: t("edit.fileHigh") }, { value: "low", label: t("edit.fileLow") }]} />
      </div>
      {row && !row.model.abilities.vision && <Callout tone="warn">{t("nodes.noVision", { name: row.model.name })}</Callout>}
    </SwitchPart>
  );
}

/** A fold for what is rarely needed. */
export function More({ title, open, children }: { title: string; open?: boolean; children: ReactNode }) {
  return (
    <details className="group border-t pt-3" open={open}>
      <summary className="flex list-none items-center gap-1.5 rounded text-sm text-muted hover:text-text [&::-webkit-details-marker]:hidden">
        <svg viewBox="0 0 16 16" aria-hidden className="size-3.5 shrink-0 fill-none stroke-current stroke-2 transition-transform group-open:rotate-90"><path d="m6 3.500 4.500 4.500L6 12.500" /></svg>
        {title}
      </summary>
      <div className="flex flex-col gap-4 pt-3">{children}</div>
    </details>
  );
}

/** What classifying and extracting have in common at the end. */
export function Rest({ app, data, scope, set, children }: Omit<FormProps, "node"> & { children?: ReactNode }) {
  const { t } = useTranslation();
  const row = useModelRow(data["model"]);
  return (
    <More title={t("nodes.more")} open={(data["memory"] ?? null) !== null}>
      {children}
      <MemoryPart app={app} scope={scope} value={data["memory"]} onChange={(memory) => set({ memory })} />
      <VisionPart scope={scope} value={data["vision"]} onChange={(vision) => set({ vision })} row={row} />
    </More>
  );
}
