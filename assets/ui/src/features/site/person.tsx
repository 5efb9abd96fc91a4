import { useQueryClient } from "@tanstack/react-query";
import { CircleUserRound, KeyRound, LogOut } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { door } from "@/api/site";
import type { Person } from "@/api/types";
import { useCommand } from "@/api/use";
import { MIN_PASSWORD, passwordProblem, required } from "@/lib/form";
import { keepGuest } from "@/lib/visitor";
import { Button, Dialog, ErrorNote, Field, IconButton, Menu, Password, toast } from "@/ui";

/** Who is signed in to a private web app, and what they can do about it. A member's account is the studio's affair. */
export function PersonMenu({ code, person }: { code: string; person: Person }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [changing, change] = useState(false);
  const out = useCommand(() => door.signOut(code), [], () => {
    keepGuest(code, "");
    client.removeQueries({ queryKey: keys.site.view(code) }); // everything of this person
    location.assign(location.pathname);
  });
  const guest = person.kind === "guest";
  return (
    <>
      <Menu
        label={t("person.menu")}
        trigger={<IconButton icon={CircleUserRound} size="lg" label={person.name} busy={out.isPending} />}
        groups={[
          [{ id: "who", label: person.name, hint: person.name === person.login ? undefined : person.login, disabled: true }],
          guest ? [{ id: "password", label: t("person.password"), icon: KeyRound, run: () => change(true) }, { id: "out", label: t("person.signOut"), icon: LogOut, run: () => out.mutate(undefined) }] : [],
        ]}
      />
      {changing && <ChangePassword code={code} onClose={() => change(false)} />}
    </>
  );
}

function ChangePassword({ code, onClose }: { code: string; onClose: () => void }) {
  const { t } = useTranslation();
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const wrong = { current: required(current), password: passwordProblem(password) };
  const save = useCommand(() => door.password(code, { current, password }), [], () => {
    toast(t("person.changed"));
    onClose();
  });
  return (
    <Dialog
      open
      sticky
      width="sm"
      onClose={onClose}
      title={t("person.password")}
      description={t("person.passwordText")}
      onSubmit={() => {
        setTried(true);
        if (!wrong.current && !wrong.password) save.mutate(undefined);
      }}
      footer={<><Button onClick={onClose}>{t("kit.cancel")}</Button><Button type="submit" variant="primary" busy={save.isPending}>{t("kit.save")}</Button></>}
    >
      <div className="flex flex-col gap-4">
        <Field label={t("person.current")} error={tried && wrong.current ? t(wrong.current) : undefined}><Password value={current} onChange={setCurrent} autoComplete="current-password" /></Field>
        <Field label={t("profile.newPassword")} hint={t("form.passwordHint", { count: MIN_PASSWORD })} error={tried && wrong.password ? t(wrong.password, { count: MIN_PASSWORD }) : undefined}><Password value={password} onChange={setPassword} autoComplete="new-password" /></Field>
        <ErrorNote error={save.error} />
      </div>
    </Dialog>
  );
}
