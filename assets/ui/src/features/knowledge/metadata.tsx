import { useNavigate } from "@tanstack/react-router";
import { Tags, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { documents } from "@/api/knowledge";
import { keys, touches } from "@/api/keys";
import { search } from "@/api/search";
import type { Dataset, Document, MetadataField } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { Badge, Button, Card, Dialog, EmptyState, ErrorNote, ErrorState, Field, IconButton, Input, NumberInput, Section, SkeletonRows, toast } from "@/ui";
import type { Values } from "./values";
import { changes, common, shownValue } from "./values";

/** The fields of a dataset with the values that some documents have; what differs between them is left open. */
function MetaFields({ fields, docs, values, onChange }: { fields: MetadataField[]; docs: Document[]; values: Values; onChange: (v: Values) => void }) {
  const { t } = useTranslation();
  const put = (name: string, x: unknown): void => onChange({ ...values, [name]: x });
  return (
    <>
      {fields.map((f) => {
        const touched = f.name in values;
        const was = common(docs, f.name);
        const value = touched ? values[f.name] : was.value;
        const hint = touched && (value === null || value === "") ? t("meta.gone") : !touched && was.mixed ? t("meta.mixed") : f.type === "time" ? "2026-01-31" : "";
        const kind = f.type === "number" ? "number" : f.type === "time" ? "time" : "string";
        return (
          <Field key={f.id} label={f.name} aside={<span className="flex items-center gap-1">{touched && <Badge tone="accent">{t("meta.changed")}</Badge>}<Badge>{t(`dset.type.${kind}`)}</Badge></span>}>
            <div className="flex items-center gap-1">
              <div className="flex-1">
                {f.type === "number" ? (
                  <NumberInput label={f.name} value={typeof value === "number" ? value : null} placeholder={hint} onChange={(x) => put(f.name, x)} />
                ) : (
                  <Input label={f.name} value={shownValue(value, f.type)} placeholder={hint} onChange={(x) => put(f.name, x)} maxLength={2000} />
                )}
              </div>
              <IconButton icon={X} size="sm" label={t("meta.clear", { name: f.name })} disabled={!was.mixed && (value === undefined || value === null || value === "")} onClick={() => put(f.name, null)} />
            </div>
          </Field>
        );
      })}
    </>
  );
}

/** Metadata for many documents at once: what is changed is set for all of them, the rest stays. */
export function MetadataDialog({ dataset, docs, onClose, onDone }: { dataset: Dataset; docs: Document[]; onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const list = useRead(keys.search.fields(dataset.id), () => search.fields(dataset.id));
  const [values, set] = useState<Values>({});
  const save = useCommand(() => documents.describe(dataset.id, docs.map((d) => d.id), changes(values)), [...touches.documents(dataset.id), ...touches.fields(dataset.id)], () => {
    toast(t("meta.saved", { count: docs.length, n: docs.length }));
    onDone();
  });
  const fields = list.data?.fields ?? [];
  return (
    <Dialog
      open
      sticky
      onClose={onClose}
      title={t("meta.set")}
      description={t("meta.setText", { count: docs.length, n: docs.length })}
      onSubmit={() => save.mutate(undefined)}
      footer={
        <>
          <Button onClick={onClose}>{t("kit.cancel")}</Button>
          <Button type="submit" variant="primary" busy={save.isPending} disabled={Object.keys(values).length === 0}>{t("meta.apply", { count: docs.length, n: docs.length })}</Button>
        </>
      }
    >
      {list.isPending ? (
        <SkeletonRows count={3} />
      ) : list.isError ? (
        <ErrorState compact error={list.error} onRetry={() => void list.refetch()} />
      ) : fields.length === 0 ? (
        <EmptyState compact icon={Tags} title={t("meta.none")} action={<Button onClick={() => void go({ to: "/knowledge/$id", params: { id: dataset.id }, search: { tab: "settings" } })}>{t("meta.addFields")}</Button>}>{t("doc.metadataNone")}</EmptyState>
      ) : (
        <div className="flex flex-col gap-4">
          <MetaFields fields={fields} docs={docs} values={values} onChange={set} />
          {save.error && <ErrorNote error={save.error} />}
        </div>
      )}
    </Dialog>
  );
}

/** The metadata of one document. */
export function Metadata({ dataset, d }: { dataset: Dataset; d: Document }) {
  const { t } = useTranslation();
  const list = useRead(keys.search.fields(dataset.id), () => search.fields(dataset.id));
  const [values, set] = useState<Values>({});
  const save = useCommand(() => documents.describe(dataset.id, [d.id], changes(values)), [...touches.documents(dataset.id), ...touches.fields(dataset.id)], () => {
    set({});
    toast(t("kit.saved"));
  });
  const fields = list.data?.fields ?? [];
  return (
    <Section title={t("doc.metadata")} purpose={t("doc.metadataText")}>
      {list.isPending ? (
        <SkeletonRows count={2} />
      ) : list.isError ? (
        <ErrorState compact error={list.error} onRetry={() => void list.refetch()} />
      ) : fields.length === 0 ? (
        <p className="text-sm text-faint">{t("doc.metadataNone")}</p>
      ) : (
        <Card>
          <form
            className="flex flex-col gap-4"
            onSubmit={(e) => {
              e.preventDefault();
              save.mutate(undefined);
            }}
          >
            <MetaFields fields={fields} docs={[d]} values={values} onChange={set} />
            {save.error && <ErrorNote error={save.error} />}
            <div><Button type="submit" variant="primary" busy={save.isPending} disabled={Object.keys(values).length === 0}>{t("kit.save")}</Button></div>
          </form>
        </Card>
      )}
    </Section>
  );
}
