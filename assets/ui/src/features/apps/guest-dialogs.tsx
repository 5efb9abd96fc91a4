import { Download, FileUp } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { guests } from "@/api/guests";
import { touches } from "@/api/keys";
import type { App, ImportedGuest } from "@/api/types";
import { useCommand } from "@/api/use";
import { passwordProblem, required, MIN_PASSWORD } from "@/lib/form";
import { joinLink, siteLink } from "@/lib/links";
import { saveText } from "@/lib/save";
import { sayText } from "@/text/say";
import { Button, Callout, CopyField, Dialog, ErrorNote, Field, Input, Password } from "@/ui";

export function AddGuest({ app, onClose }: { app: App; onClose: () => void }) {
  const { t } = useTranslation();
  const [login, setLogin] = useState("");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const wrong = { login: required(login), password: password === "" ? undefined : passwordProblem(password) };
  const add = useCommand(() => guests.add(app.id, { login: login.trim(), name: name.trim(), password }), touches.guests(app.id));
  if (add.data) {
    const { guest, known, token } = add.data;
    return (
      <Dialog open onClose={onClose} width="sm" title={t("guests.added", { name: guest.name })} footer={<Button variant="primary" onClick={onClose}>{t("kit.done")}</Button>}>
        <p className="mb-2 text-muted">{token ? t("guests.resetText", { name: guest.name }) : t(known ? "guests.known" : "guests.ready", { name: guest.name })}</p>
        <CopyField text={token ? joinLink(app.mode, app.site.code, token) : siteLink(app.mode, app.site.code)} label={t("guests.link")} />
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      sticky
      width="sm"
      onClose={onClose}
      title={t("guests.add")}
      description={t("guests.addText")}
      onSubmit={() => {
        setTried(true);
        if (!wrong.login && !wrong.password) add.mutate(undefined);
      }}
      footer={<><Button onClick={onClose}>{t("kit.cancel")}</Button><Button type="submit" variant="primary" busy={add.isPending}>{t("guests.add")}</Button></>}
    >
      <div className="flex flex-col gap-4">
        <Field label={t("guests.login")} hint={t("guests.loginHint")} error={tried && wrong.login ? t(wrong.login) : undefined}><Input value={login} onChange={setLogin} maxLength={64} /></Field>
        <Field label={t("guests.name")} optional><Input value={name} onChange={setName} maxLength={64} /></Field>
        <Field label={t("guests.password")} optional hint={t("guests.passwordHint")} error={tried && wrong.password ? t(wrong.password, { count: MIN_PASSWORD }) : undefined}><Password value={password} onChange={setPassword} autoComplete="new-password" /></Field>
        <ErrorNote error={add.error} />
      </div>
    </Dialog>
  );
}

export function ImportGuests({ app, onClose }: { app: App; onClose: () => void }) {
  const { t } = useTranslation();
  const picker = useRef<HTMLInputElement>(null);
  const run = useCommand((f: File) => guests.import(app.id, f), touches.guests(app.id));
  const rows = run.data?.data ?? [];
  const links = rows.flatMap((r) => (r.guest && r.token ? [{ guest: r.guest, link: joinLink(app.mode, app.site.code, r.token) }] : []));
  const failed = rows.filter((r) => r.error);
  const cell = (s: string): string => `"${s.replaceAll('"', '""')}"`;
  const save = (): void => saveText("links.csv", `\uFEFF${[[t("guests.login"), t("guests.name"), t("guests.link")], ...links.map((l) => [l.guest.login, l.guest.name, l.link])].map((r) => r.map(cell).join(",")).join("\r\n")}\r\n`, "text/csv");
  return (
    <Dialog open sticky={links.length > 0} onClose={onClose} title={t("guests.import")} description={t("guests.importText")} footer={<Button variant={run.data ? "primary" : "default"} onClick={onClose}>{t(run.data ? "kit.done" : "kit.cancel")}</Button>}>
      {run.data ? (
        <div className="flex flex-col gap-3">
          <Callout>{t("guests.imported", { count: rows.length - failed.length })}</Callout>
          {failed.length > 0 && (
            <Callout tone="warn">
              <p>{t("guests.importFailed", { count: failed.length })}</p>
              <ul className="mt-1 max-h-48 list-disc overflow-y-auto pl-5 text-sm">{failed.map((r: ImportedGuest) => <li key={r.row}>{t("guests.row", { n: r.row })}{r.error && ` · ${sayText(r.error.text)}`}</li>)}</ul>
            </Callout>
          )}
          {links.length > 0 && (
            <>
              <p className="text-muted">{t("guests.importLinks")}</p>
              <ul className="max-h-64 divide-y overflow-y-auto rounded border">{links.map((l) => <li key={l.guest.id} className="flex flex-col gap-1 px-3 py-2"><span className="text-sm font-medium">{l.guest.name}</span><CopyField text={l.link} label={t("guests.link")} /></li>)}</ul>
              <div><Button icon={Download} onClick={save}>{t("guests.saveLinks")}</Button></div>
            </>
          )}
        </div>
      ) : (
        <div className="flex flex-col items-start gap-3">
          <Button variant="primary" icon={FileUp} busy={run.isPending} onClick={() => picker.current?.click()}>{t("guests.importChoose")}</Button>
          <input ref={picker} type="file" hidden aria-label={t("guests.importChoose")} accept=".csv,.tsv,.txt,.xlsx" onChange={(e) => { const f = e.target.files?.[0]; if (f) run.mutate(f); e.target.value = ""; }} />
          <ErrorNote error={run.error} />
        </div>
      )}
    </Dialog>
  );
}
