import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { auth } from "@/api/console";
import { useCommand, useRead } from "@/api/use";
import { MIN_PASSWORD, passwordProblem, required } from "@/lib/form";
import { lang } from "@/text";
import { Button, ErrorNote, ErrorState, Field, Input, Password, SkeletonRows, Time } from "@/ui";
import { quietLink } from "@/ui/link";
import { AuthCard } from "./card";
import { useEnter } from "./enter";

const route = getRouteApi("/invite/$token");

/** A one-time link: it lets a new person in, or an old one choose a new password. */
export function InvitePage() {
  const { t } = useTranslation();
  const { token } = route.useParams();
  const link = useRead(["invite", token], () => auth.openInvite(token), { stale: Infinity });
  const enter = useEnter();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const accept = useCommand((b: { name?: string; password: string }) => auth.acceptInvite(token, { ...b, language: lang() }), [], () => enter());

  if (link.isPending) return <AuthCard title={t("invite.title")}><SkeletonRows count={3} /></AuthCard>;
  if (link.isError)
    return (
      <AuthCard title={t("invite.title")}>
        <ErrorState
          error={link.error}
          {...(link.error.code === "network" ? { onRetry: () => void link.refetch() } : {})}
          action={<Link to="/signin" className={quietLink}>{t("signin.title")}</Link>}
        />
        {link.error.code === "link_invalid" && <p className="text-center text-muted">{t("invite.invalid")}</p>}
      </AuthCard>
    );

  const joining = link.data.purpose === "invite";
  const wrongName = joining ? required(name) : undefined;
  const wrongPassword = passwordProblem(password);
  return (
    <AuthCard
      title={joining ? t("invite.join", { workspace: link.data.workspace_name }) : t("invite.reset")}
      text={joining ? t("invite.joinText", { name: link.data.invited_by, role: t(`role.${link.data.role}`) }) : t("invite.resetText")}
      aside={<>{t("invite.expires")} <Time at={link.data.expires_at} /></>}
    >
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          setTried(true);
          if (!wrongName && !wrongPassword) accept.mutate({ ...(joining ? { name: name.trim() } : {}), password });
        }}
      >
        <Field label={t("form.emailLabel")}>
          <Input type="email" value={link.data.email} onChange={() => undefined} disabled autoComplete="username" />
        </Field>
        {joining && (
          <Field label={t("setup.name")} error={tried && wrongName ? t(wrongName) : undefined}>
            <Input value={name} onChange={setName} autoComplete="name" autoFocus />
          </Field>
        )}
        <Field label={t(joining ? "form.passwordLabel" : "profile.newPassword")} hint={t("form.passwordHint", { count: MIN_PASSWORD })} error={tried && wrongPassword ? t(wrongPassword, { count: MIN_PASSWORD }) : undefined}>
          <Password value={password} onChange={setPassword} autoComplete="new-password" />
        </Field>
        <ErrorNote error={accept.error} />
        <Button type="submit" variant="primary" size="lg" block busy={accept.isPending}>{t(joining ? "invite.submitJoin" : "invite.submitReset")}</Button>
      </form>
    </AuthCard>
  );
}
