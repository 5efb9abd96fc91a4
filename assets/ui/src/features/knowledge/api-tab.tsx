import { KeyRound, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys, touches } from "@/api/keys";
import { datasetKeys } from "@/api/search";
import type { Dataset, DatasetKey } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { apiBase } from "@/lib/links";
import { Button, Callout, Confirm, CopyField, EmptyState, ErrorNote, ErrorState, Field, IconButton, Section, SkeletonRows, Time } from "@/ui";

/** Keys for the datasets of the Service API, and calls that run as they are printed. */
export function ApiTab({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const [fresh, setFresh] = useState("");
  const base = apiBase();
  const key = fresh || "dataset-…";
  const auth = `-H 'Authorization: Bearer ${key}'`;
  const path = `${base}/datasets/${dataset.id}`;
  const json = "-H 'Content-Type: application/json'";
  const samples = [
    { name: t("kapi.sampleAdd"), text: `curl -X POST ${path}/document/create-by-text ${auth} ${json} \\\n  -d '{"name":"note.md","text":"# Note\\n\\nThe canteen opens at eleven."}'` },
    { name: t("kapi.sampleFile"), text: `curl -X POST ${path}/document/create-by-file ${auth} \\\n  -F 'file=@manual.pdf' -F 'data={"process_rule":{"mode":"automatic"}}'` },
    { name: t("kapi.sampleSearch"), text: `curl -X POST ${path}/retrieve ${auth} ${json} \\\n  -d '{"query":"When does the canteen open?"}'` },
  ];
  return (
    <div className="max-w-3xl">
      {!dataset.api_enabled && <div className="mb-4"><Callout tone="warn">{t("kapi.off")}</Callout></div>}
      <KeysSection fresh={fresh} onFresh={setFresh} />
      <Section title={t("kapi.samples")}>
        <div className="flex flex-col gap-4">
          {samples.map((s) => <Field key={s.name} label={s.name}><CopyField multiline text={s.text} label={s.name} /></Field>)}
        </div>
      </Section>
      <Section title={t("kapi.sampleExternal")} purpose={t("kapi.externalText")}>
        <div className="flex flex-col gap-3">
          <Field label={t("ext.endpoint")}><CopyField text={base} label={t("ext.endpoint")} /></Field>
          <Field label={t("dset.externalId")}><CopyField text={dataset.id} label={t("dset.externalId")} /></Field>
        </div>
      </Section>
    </div>
  );
}

function KeysSection({ fresh, onFresh }: { fresh: string; onFresh: (token: string) => void }) {
  const { t } = useTranslation();
  const list = useRead(keys.datasetKeys, datasetKeys.list);
  const [removing, remove] = useState<DatasetKey | null>(null);
  const add = useCommand(() => datasetKeys.add(), touches.datasetKeys, (r) => onFresh(r.token));
  const drop = useCommand((id: string) => datasetKeys.remove(id), touches.datasetKeys, () => remove(null));
  return (
    <Section title={t("kapi.keys")} purpose={t("kapi.text")} action={<Button size="sm" icon={Plus} busy={add.isPending} onClick={() => add.mutate(undefined)}>{t("kapi.new")}</Button>}>
      <div className="flex flex-col gap-2">
        {add.error && <ErrorNote error={add.error} />}
        {fresh && <Callout tone="ok"><p className="mb-2">{t("kapi.once")}</p><CopyField text={fresh} label={t("kapi.new")} /></Callout>}
        {list.isPending ? (
          <SkeletonRows count={2} />
        ) : list.isError ? (
          <ErrorState compact error={list.error} onRetry={() => void list.refetch()} />
        ) : (list.data.data ?? []).length === 0 ? (
          <EmptyState compact icon={KeyRound} title={t("kapi.none")}>{t("kapi.noneText")}</EmptyState>
        ) : (
          <ul className="divide-y rounded-md border">
            {list.data.data.map((k) => (
              <li key={k.id} className="flex h-11 items-center gap-3 pr-1 pl-3">
                <code className="font-mono text-sm">dataset-…{k.hint}</code>
                <span className="min-w-0 flex-1 truncate text-xs text-faint">
                  {t("kapi.made")} <Time at={k.created_at} /> · {t("kapi.used")} {k.last_used_at ? <Time at={k.last_used_at} /> : t("kapi.never")}
                </span>
                <IconButton icon={Trash2} size="sm" label={t("kapi.revoke", { hint: k.hint })} onClick={() => remove(k)} />
              </li>
            ))}
          </ul>
        )}
      </div>
      <Confirm open={removing !== null} onClose={() => remove(null)} onConfirm={() => removing && drop.mutate(removing.id)} title={t("kapi.revokeTitle", { hint: removing?.hint ?? "" })} action={t("kit.delete")} busy={drop.isPending} error={<ErrorNote error={drop.error} />}>
        <p>{t("kapi.revokeText")}</p>
      </Confirm>
    </Section>
  );
}
