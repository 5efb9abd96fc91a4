import { useState } from "react";
import { useTranslation } from "react-i18next";
import { auth } from "@/api/console";
import { touches } from "@/api/keys";
import type { Lang, Me } from "@/api/types";
import { useCommand } from "@/api/use";
import { MIN_PASSWORD, passwordProblem, required } from "@/lib/form";
import type { Theme } from "@/lib/theme";
import { isTheme, theme, themes } from "@/lib/theme";
import { useMe } from "@/parts/me";
import { chooseLang, chooseTheme } from "@/parts/preferences";
import { langNames, langs } from "@/text";
import { Button, Card, ErrorNote, Field, Input, Page, Password, Section, Segmented, Select, toast } from "@/ui";

export function ProfilePage() {
  const { t, i18n } = useTranslation();
  const me = useMe();
  if (!me) return null;
  const now: Theme = isTheme(me.user.theme) ? me.user.theme : theme();
  return (
    <Page narrow title={t("profile.title")} purpose={t("profile.purpose")}>
      <Section title={t("profile.who")}><Who me={me} /></Section>
      <Section title={t("profile.look")}>
        <Card>
          <div className="flex flex-col gap-4">
            <Field label={t("profile.language")}>
              <Select<Lang> value={langs.find((l) => l === i18n.language) ?? "zh-CN"} onChange={chooseLang} options={langs.map((l) => ({ value: l, label: langNames[l] }))} />
            </Field>
            <div className="flex flex-col items-start gap-1">
              <span className="text-sm font-medium">{t("profile.theme")}</span>
              <Segmented<Theme> label={t("profile.theme")} value={now} onChange={chooseTheme} options={themes.map((x) => ({ value: x, label: t(`theme.${x}`) }))} />
            </div>
          </div>
        </Card>
      </Section>
      <Section title={t("form.passwordLabel")} purpose={t("profile.passwordText")}><ChangePassword email={me.user.email} /></Section>
    </Page>
  );
}

function Who({ me }: { me: Me }) {
  const { t } = useTranslation();
  const [name, setName] = useState(me.user.name);
  const save = useCommand(() => auth.saveMe({ name: name.trim() }), [...touches.me, ["members"]], () => toast(t("kit.saved")));
  const wrong = required(name);
  return (
    <Card>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          if (!wrong) save.mutate(undefined);
        }}
      >
        <Field label={t("setup.name")} error={wrong ? t(wrong) : undefined}><Input value={name} onChange={setName} autoComplete="name" maxLength={80} /></Field>
        <Field label={t("form.emailLabel")} hint={t("profile.emailHint")}><Input type="email" value={me.user.email} onChange={() => undefined} disabled /></Field>
        <p className="text-sm text-muted">{t("members.role")}: {t(`role.${me.user.role}`)}</p>
        <ErrorNote error={save.error} />
        <div><Button type="submit" variant="primary" busy={save.isPending} disabled={name.trim() === me.user.name}>{t("kit.save")}</Button></div>
      </form>
    </Card>
  );
}

function ChangePassword({ email }: { email: string }) {
  const { t } = useTranslation();
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const wrongCurrent = required(current);
  const wrong = passwordProblem(password);
  const save = useCommand(
    () => auth.password({ current, password }),
    [],
    () => {
      setCurrent("");
      setPassword("");
      setTried(false);
      toast(t("profile.passwordSaved"));
    },
  );
  return (
    <Card>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          setTried(true);
          if (!wrongCurrent && !wrong) save.mutate(undefined);
        }}
      >
        <input type="text" hidden readOnly autoComplete="username" value={email} />
        <Field label={t("profile.currentPassword")} error={tried && wrongCurrent ? t(wrongCurrent) : undefined}><Password value={current} onChange={setCurrent} autoComplete="current-password" /></Field>
        <Field label={t("profile.newPassword")} hint={t("form.passwordHint", { count: MIN_PASSWORD })} error={tried && wrong ? t(wrong, { count: MIN_PASSWORD }) : undefined}><Password value={password} onChange={setPassword} autoComplete="new-password" /></Field>
        <ErrorNote error={save.error} />
        <div><Button type="submit" busy={save.isPending}>{t("profile.passwordSave")}</Button></div>
      </form>
    </Card>
  );
}
