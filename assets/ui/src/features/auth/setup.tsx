import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { auth } from "@/api/console";
import { keys } from "@/api/keys";
import { useCommand, useRead } from "@/api/use";
import { emailProblem, MIN_PASSWORD, passwordProblem, required } from "@/lib/form";
import { lang } from "@/text";
import { Button, Callout, ErrorNote, ErrorState, Field, Input, Password, SkeletonRows } from "@/ui";
import { buttonLink } from "@/ui/link";
import { AuthCard } from "./card";
import { useEnter } from "./enter";

const route = getRouteApi("/setup");

export function SetupPage() {
  const { t } = useTranslation();
  const { code: fromLink } = route.useSearch();
  const state = useRead(keys.setup, auth.setup);
  const enter = useEnter();
  const [form, setForm] = useState({ code: fromLink ?? "", name: "", email: "", password: "", workspace: "" });
  const [tried, setTried] = useState(false);
  const begin = useCommand(auth.begin, [], () => enter());
  const set = (k: keyof typeof form) => (v: string) => setForm((f) => ({ ...f, [k]: v }));

  const problems = {
    code: required(form.code),
    name: required(form.name),
    email: emailProblem(form.email),
    password: passwordProblem(form.password),
  };
  const say = (k: keyof typeof problems): string | undefined => {
    const p = problems[k];
    return tried && p ? t(p, { count: MIN_PASSWORD }) : undefined;
  };
  const submit = (): void => {
    setTried(true);
    if (Object.values(problems).some(Boolean)) return;
    begin.mutate({
      code: form.code.trim(),
      name: form.name.trim(),
      email: form.email.trim(),
      password: form.password,
      workspace_name: form.workspace.trim() || t("setup.defaultWorkspace"),
      language: lang(),
    });
  };

  if (state.isPending) return <AuthCard title={t("setup.title")}><SkeletonRows count={4} /></AuthCard>;
  if (state.isError) return <AuthCard title={t("setup.title")}><ErrorState error={state.error} onRetry={() => void state.refetch()} /></AuthCard>;
  if (state.data.done)
    return (
      <AuthCard title={t("setup.done")} text={t("setup.doneText")}>
        <Link to="/signin" className={buttonLink}>{t("signin.title")}</Link>
      </AuthCard>
    );
  return (
    <AuthCard title={t("setup.title")} text={t("setup.text")}>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          submit();
        }}
      >
        {fromLink ? (
          begin.error?.code === "setup_code_wrong" && <Callout tone="warn">{t("setup.codeOld")}</Callout>
        ) : (
          <Field label={t("setup.code")} hint={t("setup.codeHint")} error={say("code")}>
            <Input value={form.code} onChange={set("code")} mono autoFocus />
          </Field>
        )}
        <Field label={t("setup.name")} error={say("name")}>
          <Input value={form.name} onChange={set("name")} autoComplete="name" placeholder={t("setup.namePlaceholder")} autoFocus={Boolean(fromLink)} />
        </Field>
        <Field label={t("form.emailLabel")} hint={t("setup.emailHint")} error={say("email")}>
          <Input type="email" value={form.email} onChange={set("email")} autoComplete="username" placeholder="name@example.com" />
        </Field>
        <Field label={t("form.passwordLabel")} hint={t("form.passwordHint", { count: MIN_PASSWORD })} error={say("password")}>
          <Password value={form.password} onChange={set("password")} autoComplete="new-password" />
        </Field>
        <Field label={t("setup.workspace")} hint={t("setup.workspaceHint")} optional>
          <Input value={form.workspace} onChange={set("workspace")} placeholder={t("setup.defaultWorkspace")} />
        </Field>
        <ErrorNote error={begin.error} />
        <Button type="submit" variant="primary" size="lg" block busy={begin.isPending}>{t("setup.submit")}</Button>
      </form>
    </AuthCard>
  );
}
