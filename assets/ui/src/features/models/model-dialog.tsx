import { useState } from "react";
import { useTranslation } from "react-i18next";
import { models } from "@/api/console";
import { touches } from "@/api/keys";
import type { Abilities, Model } from "@/api/types";
import { useCommand } from "@/api/use";
import { required } from "@/lib/form";
import { Button, Checkbox, Dialog, ErrorNote, Field, Input, NumberInput, Select } from "@/ui";
import type { ModelKind } from "./kinds";
import { modelKinds } from "./kinds";

const names = ["vision", "tools", "json_schema", "reasoning"] as const satisfies readonly (keyof Abilities)[];

/** Adds a model by hand, or corrects what is known of one. */
export function ModelDialog({ endpoint, model, onClose }: { endpoint: string; model?: Model; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(model?.name ?? "");
  const [kind, setKind] = useState<ModelKind>(modelKinds.find((k) => k === model?.kind) ?? "llm");
  const [abilities, setAbilities] = useState<Abilities>(model?.abilities ?? {});
  const [context, setContext] = useState<number | null>(model?.context_size || null);
  const [output, setOutput] = useState<number | null>(model?.max_output || null);
  const [tried, setTried] = useState(false);
  const wrong = required(name);
  const facts = { kind, abilities: kind === "llm" ? abilities : {}, context_size: Math.round(context ?? 0), max_output: Math.round(output ?? 0) };
  const save = useCommand(() => (model ? models.save(model.id, facts) : models.add({ endpoint_id: endpoint, name: name.trim(), ...facts })), touches.endpoints, onClose);
  return (
    <Dialog
      open
      sticky
      onClose={onClose}
      title={t(model ? "model.editTitle" : "model.add")}
      description={model?.name ?? t("model.addText")}
      onSubmit={() => {
        setTried(true);
        if (!wrong) save.mutate(undefined);
      }}
      footer={
        <>
          <Button onClick={onClose}>{t("kit.cancel")}</Button>
          <Button type="submit" variant="primary" busy={save.isPending}>{t("kit.save")}</Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {!model && (
          <Field label={t("model.name")} hint={t("model.nameHint")} error={tried && wrong ? t(wrong) : undefined}>
            <Input value={name} onChange={setName} mono autoFocus placeholder="qwen3-32b" />
          </Field>
        )}
        <div className="grid gap-4 sm:grid-cols-3">
          <Field label={t("model.kind")}><Select<ModelKind> value={kind} onChange={setKind} options={modelKinds.map((k) => ({ value: k, label: t(`kind.${k}`) }))} /></Field>
          <Field label={t("models.contextSize")} hint={t("model.tokens")}><NumberInput value={context} min={0} max={100_000_000} onChange={setContext} placeholder={t("model.unknown")} /></Field>
          {kind === "llm" && <Field label={t("model.output")} hint={t("model.tokens")}><NumberInput value={output} min={0} max={10_000_000} onChange={setOutput} placeholder={t("model.unknown")} /></Field>}
        </div>
        {kind === "llm" && (
          <fieldset>
            <legend className="mb-1 text-sm font-medium">{t("model.abilities")}</legend>
            <div className="grid gap-1 sm:grid-cols-2">
              {names.map((a) => <Checkbox key={a} checked={abilities[a] ?? false} onChange={(on) => setAbilities({ ...abilities, [a]: on })}>{t(`ability.${a}`)}</Checkbox>)}
            </div>
          </fieldset>
        )}
        <ErrorNote error={save.error} />
      </div>
    </Dialog>
  );
}
