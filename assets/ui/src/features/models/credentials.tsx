import { KeyRound, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { models } from "@/api/console";
import { touches } from "@/api/keys";
import type { Credential, Endpoint } from "@/api/types";
import { useCommand } from "@/api/use";
import { required } from "@/lib/form";
import { Button, Confirm, Dialog, EmptyState, ErrorNote, Field, IconButton, Input, Password, State, Switch, Time } from "@/ui";

/** The named keys of an endpoint. Several take turns; one that is refused or limited rests for a while. */
export function CredentialsDialog({ endpoint, list, onClose }: { endpoint: Endpoint; list: Credential[]; onClose: () => void }) {
  const { t } = useTranslation();
  const [adding, setAdding] = useState(list.length === 0);
  const [removing, setRemoving] = useState<Credential | null>(null);
  const save = useCommand((b: { id: string; disabled: boolean }) => models.saveCredential(endpoint.id, b.id, { disabled: b.disabled }), touches.endpoints);
  const remove = useCommand((id: string) => models.removeCredential(endpoint.id, id), touches.endpoints, () => setRemoving(null));
  return (
    <Dialog open onClose={onClose} title={t("creds.of", { name: endpoint.name })} description={t("creds.text")}>
      <div className="flex flex-col gap-3">
        {list.length === 0 && !adding && <EmptyState compact icon={KeyRound} title={t("creds.none")}>{t("creds.noneText")}</EmptyState>}
        {list.length > 0 && (
          <ul className="divide-y rounded-md border" aria-label={t("creds.title")}>
            {list.map((c) => (
              <li key={c.id} className="flex min-h-11 items-center gap-3 py-1.5 pr-1 pl-3">
                <div className="min-w-0 flex-1">
                  <p className="truncate">{c.name} <code className="ml-1 font-mono text-sm text-faint">…{c.hint}</code></p>
                  <CredentialState c={c} />
                </div>
                <Switch checked={!c.disabled} disabled={save.isPending} label={t("creds.use", { name: c.name })} onChange={(on) => save.mutate({ id: c.id, disabled: !on })} />
                <IconButton icon={Trash2} size="sm" label={t("creds.delete", { name: c.name })} onClick={() => setRemoving(c)} />
              </li>
            ))}
          </ul>
        )}
        <ErrorNote error={save.error} />
        {adding ? <NewCredential endpoint={endpoint} first={list.length === 0} onDone={() => setAdding(false)} /> : <div><Button icon={Plus} onClick={() => setAdding(true)}>{t("creds.add")}</Button></div>}
      </div>
      <Confirm open={removing !== null} onClose={() => setRemoving(null)} onConfirm={() => removing && remove.mutate(removing.id)} title={t("creds.deleteTitle", { name: removing?.name ?? "" })} action={t("kit.delete")} busy={remove.isPending} error={<ErrorNote error={remove.error} />}>
        <p>{t(list.length === 1 ? "creds.deleteLast" : "creds.deleteText")}</p>
      </Confirm>
    </Dialog>
  );
}

function CredentialState({ c }: { c: Credential }) {
  const { t } = useTranslation();
  if (c.disabled) return <State tone="neutral">{t("creds.off")}</State>;
  if (c.cooldown_until && new Date(c.cooldown_until).getTime() > Date.now())
    return <State tone="warn">{t("creds.rests")} <Time at={c.cooldown_until} /></State>;
  return <State tone="ok">{t("creds.ready")}</State>;
}

function NewCredential({ endpoint, first, onDone }: { endpoint: Endpoint; first: boolean; onDone: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(first ? "default" : "");
  const [key, setKey] = useState("");
  const [tried, setTried] = useState(false);
  const add = useCommand(() => models.addCredential(endpoint.id, { name: name.trim(), key: key.trim() }), touches.endpoints, onDone);
  const wrongName = required(name);
  const wrongKey = required(key);
  return (
    <form
      noValidate
      className="flex flex-col gap-3 rounded-md border p-3"
      onSubmit={(e) => {
        e.preventDefault();
        setTried(true);
        if (!wrongName && !wrongKey) add.mutate(undefined);
      }}
    >
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label={t("kit.name")} error={tried && wrongName ? t(wrongName) : undefined}><Input value={name} onChange={setName} maxLength={80} /></Field>
        <Field label={t("endpoint.key")} error={tried && wrongKey ? t(wrongKey) : undefined}><Password value={key} onChange={setKey} autoComplete="off" /></Field>
      </div>
      <ErrorNote error={add.error} />
      <div className="flex justify-end gap-2">
        {!first && <Button onClick={onDone}>{t("kit.cancel")}</Button>}
        <Button type="submit" variant="primary" busy={add.isPending}>{t("kit.add")}</Button>
      </div>
    </form>
  );
}
