import { useState } from "react";
import { useTranslation } from "react-i18next";
import { backups } from "@/api/console";
import { touches } from "@/api/keys";
import type { BackupSettings } from "@/api/types";
import { useCommand } from "@/api/use";
import { Button, Callout, Checkbox, Dialog, ErrorNote, Field, Input, NumberInput, Password, Switch, toast } from "@/ui";

const KEEP_MAX = 365;

export function BackupSettingsDialog({ first, onClose }: { first: BackupSettings; onClose: () => void }) {
  const { t } = useTranslation();
  const [enabled, setEnabled] = useState(first.enabled);
  const [at, setAt] = useState(first.at || "03:00");
  const [keep, setKeep] = useState<number | null>(first.keep || 7);
  const [encrypt, setEncrypt] = useState(first.passphrase_set);
  const [passphrase, setPassphrase] = useState("");
  const [again, setAgain] = useState("");
  const [tried, setTried] = useState(false);
  const changing = encrypt && passphrase !== "";
  const missing = encrypt && !first.passphrase_set && passphrase === "";
  const differs = changing && passphrase !== again;
  const badTime = !/^([01]\d|2[0-3]):[0-5]\d$/.test(at);
  const save = useCommand(
    () =>
      backups.saveSettings({
        enabled,
        at,
        keep: Math.round(keep ?? 7),
        ...(changing ? { passphrase } : !encrypt && first.passphrase_set ? { passphrase: null } : {}),
      }),
    touches.backups,
    () => {
      toast(t("kit.saved"));
      onClose();
    },
  );
  return (
    <Dialog
      open
      sticky
      onClose={onClose}
      title={t("backups.settings")}
      onSubmit={() => {
        setTried(true);
        if (!badTime && !missing && !differs) save.mutate(undefined);
      }}
      footer={
        <>
          <Button onClick={onClose}>{t("kit.cancel")}</Button>
          <Button type="submit" variant="primary" busy={save.isPending}>{t("kit.save")}</Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Field inline label={t("backups.nightly")} hint={t("backups.nightlyHint")}><Switch checked={enabled} onChange={setEnabled} /></Field>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={t("backups.at")} hint={t("backups.atHint")} error={tried && badTime ? t("form.required") : undefined}><Input type="time" value={at} onChange={setAt} disabled={!enabled} /></Field>
          <Field label={t("backups.keep")} hint={t("backups.keepHint")}><NumberInput value={keep} min={1} max={KEEP_MAX} onChange={setKeep} /></Field>
        </div>
        <div className="flex flex-col gap-3 border-t pt-4">
          <Checkbox checked={encrypt} onChange={setEncrypt}>{t("backups.encrypt")} <span className="block text-xs text-faint">{t("backups.encryptHint")}</span></Checkbox>
          {encrypt && (
            <>
              <Field label={t("backups.passphrase")} hint={first.passphrase_set ? t("backups.passphraseKeep") : undefined} error={tried && missing ? t("form.required") : undefined}><Password value={passphrase} onChange={setPassphrase} autoComplete="new-password" /></Field>
              {changing && <Field label={t("backups.passphraseAgain")} error={tried && differs ? t("backups.passphraseDiffers") : undefined}><Password value={again} onChange={setAgain} autoComplete="new-password" /></Field>}
              <Callout tone="warn">{t("backups.passphraseWarn")}</Callout>
            </>
          )}
        </div>
        <ErrorNote error={save.error} />
      </div>
    </Dialog>
  );
}
