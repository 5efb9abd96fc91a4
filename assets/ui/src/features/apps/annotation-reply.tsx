import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys, touches } from "@/api/keys";
import { annotations } from "@/api/operate";
import type { AnnotationReply, App, ModelRef } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { percent } from "@/lib/format";
import { ModelPicker, useModels } from "@/parts/model-picker";
import { sayText } from "@/text/say";
import { Button, Callout, Card, Dialog, ErrorNote, ErrorState, Field, Skeleton, Slider, Spinner, Switch } from "@/ui";

const none: ModelRef = { endpoint_id: "", name: "" };
const startOf = (words: boolean): number => (words ? 0.7 : 0.9);

/** Whether the app answers from its annotations, and how near a question must be. */
export function ReplyCard({ app }: { app: App }) {
  const { t, i18n } = useTranslation();
  const reply = useRead(keys.apps.reply(app.id), () => annotations.reply(app.id), { stale: 0 });
  const busy = reply.data !== undefined && reply.data.enabled && !reply.data.job.done;
  useRead(keys.apps.reply(app.id), () => annotations.reply(app.id), { enabled: busy, every: 1000 });
  const { rows } = useModels("embedding");
  const [open, setOpen] = useState(false);
  const save = useCommand((b: Parameters<typeof annotations.setReply>[1]) => annotations.setReply(app.id, b), touches.annotations(app.id), () => setOpen(false));
  if (reply.isPending) return <div className="mb-4"><Skeleton height={72} /></div>;
  if (reply.isError && !reply.data) return <ErrorState compact error={reply.error} onRetry={() => void reply.refetch()} />;
  const r = reply.data;
  const words = r.embedding.name === "";
  const score = percent(r.threshold, i18n.language);
  return (
    <div className="mb-5">
      <Card>
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <Switch checked={r.enabled} disabled={save.isPending} label={t("reply.title")} onChange={(enabled) => (enabled ? setOpen(true) : save.mutate({ enabled: false, threshold: r.threshold, embedding: r.embedding }))} />
          <div className="min-w-0 flex-1">
            <h2 className="font-semibold">{t("reply.title")}</h2>
            <p className="text-sm text-muted">
              {!r.enabled ? t("reply.off") : words ? t("reply.onWords", { score }) : t("reply.onMeaning", { score, model: r.embedding.name })}
            </p>
          </div>
          {busy && <span role="status" className="flex items-center gap-2 text-sm text-muted"><Spinner size={14} />{t("reply.working")}</span>}
          {r.enabled && <Button size="sm" onClick={() => setOpen(true)}>{t("reply.change")}</Button>}
        </div>
        {r.enabled && r.job.error && <div className="mt-3"><Callout tone="warn" action={<Button size="sm" onClick={() => save.mutate({ enabled: true, threshold: r.threshold, embedding: r.embedding })}>{t("kit.retry")}</Button>}>{t("reply.failed")} {sayText(r.job.error.text)} <code className="font-mono text-xs">{r.job.error.code}</code></Callout></div>}
        {!open && <ErrorNote error={save.error} />}
      </Card>
      {open && <ReplyDialog first={r} fresh={!r.enabled} any={rows.length > 0} first_model={rows[0] ? { endpoint_id: rows[0].model.endpoint_id, name: rows[0].model.name } : none} busy={save.isPending} error={<ErrorNote error={save.error} />} onClose={() => setOpen(false)} onSave={(threshold, embedding) => save.mutate({ enabled: true, threshold, embedding })} />}
    </div>
  );
}

function ReplyDialog({ first, fresh, any, first_model, busy, error, onClose, onSave }: { first: AnnotationReply; fresh: boolean; any: boolean; first_model: ModelRef; busy: boolean; error: React.ReactNode; onClose: () => void; onSave: (threshold: number, embedding: ModelRef) => void }) {
  const { t, i18n } = useTranslation();
  const begin = fresh && first.embedding.name === "" ? first_model : first.embedding;
  const [model, setModel] = useState<ModelRef>(begin);
  const words = model.name === "";
  const [threshold, setThreshold] = useState(fresh ? startOf(words) : first.threshold);
  return (
    <Dialog
      open
      sticky
      width="sm"
      onClose={onClose}
      title={t("reply.title")}
      description={t("reply.text")}
      onSubmit={() => onSave(threshold, model)}
      footer={
        <>
          <Button onClick={onClose}>{t("kit.cancel")}</Button>
          <Button type="submit" variant="primary" busy={busy}>{t(fresh ? "reply.enable" : "kit.save")}</Button>
        </>
      }
    >
      <div className="flex flex-col gap-5">
        <Field label={t("reply.model")} hint={t("reply.modelHint")}>
          <ModelPicker
            kind="embedding"
            block
            label={t("reply.model")}
            none={t("reply.words")}
            value={model.name === "" ? null : model}
            onChange={(m) => {
              if ((m === null) !== words) setThreshold(startOf(m === null));
              setModel(m ?? none);
            }}
          />
        </Field>
        {words && <Callout>{t(any ? "reply.wordsText" : "reply.noModelText")}</Callout>}
        <Field label={t("reply.threshold")} hint={t("reply.thresholdHint")} aside={<span className="text-sm text-muted tabular-nums">{percent(threshold, i18n.language)}</span>}>
          <Slider value={threshold} onChange={setThreshold} min={0.3} max={1} step={0.01} label={t("reply.threshold")} />
        </Field>
        {error}
      </div>
    </Dialog>
  );
}
