import { useState } from "react";
import { useTranslation } from "react-i18next";
import { members } from "@/api/console";
import { touches } from "@/api/keys";
import type { Role } from "@/api/types";
import { useCommand } from "@/api/use";
import { emailProblem } from "@/lib/form";
import { absolute } from "@/lib/links";
import { Button, CopyField, Dialog, ErrorNote, Field, Input, Select, Time } from "@/ui";

/** Makes a one-time link. It is shown once, to be sent by whatever way people here talk: there is no mail server. */
export function InviteDialog({ roles, onClose }: { roles: Role[]; onClose: () => void }) {
  const { t } = useTranslation();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("editor");
  const [tried, setTried] = useState(false);
  const wrong = emailProblem(email);
  const invite = useCommand(() => members.invite({ email: email.trim(), role }), touches.members);
  if (invite.data)
    return (
      <Dialog open sticky onClose={onClose} width="sm" title={t("members.invited", { email: invite.data.invite.email })} footer={<Button variant="primary" onClick={onClose}>{t("kit.done")}</Button>}>
        <p className="mb-2 text-muted">{t("members.linkOnce", { name: invite.data.invite.email })} <Time at={invite.data.invite.expires_at} /></p>
        <CopyField text={absolute(invite.data.link)} label={t("members.inviteLink")} />
      </Dialog>
    );
  return (
    <Dialog
      open
      sticky
      width="sm"
      onClose={onClose}
      title={t("members.invite")}
      description={t("members.inviteText")}
      onSubmit={() => {
        setTried(true);
        if (!wrong) invite.mutate(undefined);
      }}
      footer={
        <>
          <Button onClick={onClose}>{t("kit.cancel")}</Button>
          <Button type="submit" variant="primary" busy={invite.isPending}>{t("members.inviteMake")}</Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Field label={t("form.emailLabel")} error={tried && wrong ? t(wrong) : undefined}><Input type="email" value={email} onChange={setEmail} autoFocus placeholder="name@example.com" /></Field>
        <Field label={t("members.role")}><Select<Role> value={role} onChange={setRole} options={roles.map((r) => ({ value: r, label: t(`role.${r}`), hint: t(`role.${r}Text`) }))} /></Field>
        <ErrorNote error={invite.error} />
      </div>
    </Dialog>
  );
}
