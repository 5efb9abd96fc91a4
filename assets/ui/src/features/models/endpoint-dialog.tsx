import { useState } from "react";
import { useTranslation } from "react-i18next";
import { models } from "@/api/console";
import { keys, touches } from "@/api/keys";
import type { Endpoint } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { required, urlProblem } from "@/lib/form";
import { Button, Dialog, ErrorNote, Field, Input, toast } from "@/ui";
import type { EndpointDraft } from "./endpoint-form";
import { draftOf, optionProblems, Options, optionsOf } from "./endpoint-form";

export function EndpointDialog({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const { t } = useTranslation();
  const vendors = useRead(keys.vendors, models.vendors, { stale: Infinity });
  const [draft, setDraft] = useState<EndpointDraft>(() => draftOf(endpoint));
  const [tried, setTried] = useState(false);
  const set = (part: Partial<EndpointDraft>): void => setDraft({ ...draft, ...part });
  const wrongName = required(draft.name);
  const wrongUrl = urlProblem(draft.base_url);
  const save = useCommand(
    () => models.saveEndpoint(endpoint.id, { name: draft.name.trim(), base_url: draft.base_url.trim(), protocol: draft.protocol, options: optionsOf(draft) }),
    touches.endpoints,
    () => {
      toast(t("kit.saved"));
      onClose();
    },
  );
  const known = vendors.data?.protocols ?? [];
  const protocols = known.some((p) => p.id === endpoint.protocol) ? known : [{ id: endpoint.protocol, title: { en: endpoint.protocol, zh: endpoint.protocol }, kinds: [], fields: [] }, ...known];
  return (
    <Dialog
      open
      sticky
      width="lg"
      onClose={onClose}
      title={t("endpoint.edit")}
      onSubmit={() => {
        setTried(true);
        if (!wrongName && !wrongUrl && Object.keys(optionProblems(draft)).length === 0) save.mutate(undefined);
      }}
      footer={
        <>
          <Button onClick={onClose}>{t("kit.cancel")}</Button>
          <Button type="submit" variant="primary" busy={save.isPending}>{t("kit.save")}</Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={t("endpoint.name")} error={tried && wrongName ? t(wrongName) : undefined}><Input value={draft.name} onChange={(name) => set({ name })} maxLength={80} /></Field>
          <Field label={t("endpoint.url")} error={tried && wrongUrl ? t(wrongUrl) : undefined}><Input type="url" value={draft.base_url} onChange={(base_url) => set({ base_url })} mono /></Field>
        </div>
        <Options draft={draft} set={set} protocols={protocols} tried={tried} />
        <ErrorNote error={save.error} />
      </div>
    </Dialog>
  );
}
