import { getRouteApi, Navigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { auth } from "@/api/console";
import { keys } from "@/api/keys";
import { useCommand, useRead } from "@/api/use";
import { emailProblem, required } from "@/lib/form";
import { Button, Callout, Disclosure, ErrorNote, Field, Input, Password } from "@/ui";
import { AuthCard } from "./card";
import { useEnter } from "./enter";

const route = getRouteApi("/signin");

export function SignInPage() {
  const { t } = useTranslation();
  const { next, expired } = route.useSearch();
  const state = useRead(keys.setup, auth.setup);
  const enter = useEnter();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const signIn = useCommand(auth.signIn, [], () => enter(next));
  const wrongEmail = emailProblem(email);
  const wrongPassword = required(password);

  if (state.data && !state.data.done) return <Navigate to="/setup" search={{}} replace />;
  return (
    <AuthCard
      title={t("signin.title")}
      text={state.data?.workspace_name}
      aside={
        <Disclosure summary={t("signin.forgot")}>
          <p>{t("signin.forgotText")}</p>
        </Disclosure>
      }
    >
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          setTried(true);
          if (!wrongEmail && !wrongPassword) signIn.mutate({ email: email.trim(), password });
        }}
      >
        {expired && <Callout tone="warn">{t("signin.expired")}</Callout>}
        <Field label={t("form.emailLabel")} error={tried && wrongEmail ? t(wrongEmail) : undefined}>
          <Input type="email" value={email} onChange={setEmail} autoComplete="username" autoFocus />
        </Field>
        <Field label={t("form.passwordLabel")} error={tried && wrongPassword ? t(wrongPassword) : undefined}>
          <Password value={password} onChange={setPassword} autoComplete="current-password" />
        </Field>
        <ErrorNote error={signIn.error ?? state.error} />
        <Button type="submit" variant="primary" size="lg" block busy={signIn.isPending}>{t("signin.submit")}</Button>
      </form>
    </AuthCard>
  );
}
