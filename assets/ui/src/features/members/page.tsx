import { Crown, KeyRound, MoreHorizontal, SearchX, Trash2, UserCheck, UserPlus, UserX } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { members } from "@/api/console";
import { keys, touches } from "@/api/keys";
import type { Invite, Me, Role, User } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { absolute } from "@/lib/links";
import { match } from "@/lib/match";
import { atLeast } from "@/lib/role";
import { useMe } from "@/parts/me";
import type { Column, MenuItem } from "@/ui";
import { Avatar, Badge, Button, Callout, Confirm, CopyField, Dialog, EmptyState, ErrorNote, ErrorState, IconButton, Menu, Page, SearchInput, Section, Select, SkeletonRows, State, Table, Time, toast } from "@/ui";
import { InviteDialog } from "./invite-dialog";
import { grantable, roles } from "./roles";

type Asking = { what: "remove" | "owner" | "reset"; user: User } | null;

export function MembersPage() {
  const { t } = useTranslation();
  const me = useMe();
  const admin = me ? atLeast(me.user.role, "admin") : false;
  const list = useRead(keys.members, members.list);
  const [q, setQ] = useState("");
  const [inviting, setInviting] = useState(false);
  const [asking, ask] = useState<Asking>(null);
  const all = list.data?.data ?? [];
  const found = all.filter((u) => match(q, u.name, u.email));

  const columns: Column<User>[] = [
    { id: "name", title: t("kit.name"), cell: (u) => <Name user={u} me={me} /> },
    { id: "role", title: t("members.role"), cell: (u) => <RoleCell user={u} me={me} /> },
    { id: "state", title: t("kit.state"), wide: true, cell: (u) => (u.disabled ? <State tone="neutral">{t("members.disabled")}</State> : <State tone="ok">{t("members.active")}</State>) },
    { id: "seen", title: t("members.seen"), wide: true, cell: (u) => (u.last_seen_at ? <Time at={u.last_seen_at} /> : <span className="text-faint">{t("members.never")}</span>) },
    ...(admin ? [{ id: "menu", title: t("kit.actions"), quiet: true, fit: true, cell: (u: User) => <Actions user={u} me={me} ask={ask} /> }] : []),
  ];
  return (
    <Page
      title={t("members.title")}
      purpose={t("members.purpose")}
      action={admin && <Button variant="primary" icon={UserPlus} onClick={() => setInviting(true)}>{t("members.invite")}</Button>}
      tools={all.length > 1 && <SearchInput value={q} onChange={setQ} label={t("members.search")} />}
    >
      {list.isPending ? (
        <SkeletonRows count={4} />
      ) : list.isError ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : found.length === 0 ? (
        <EmptyState compact icon={SearchX} title={t("members.noneFound")} action={<Button onClick={() => setQ("")}>{t("kit.clear")}</Button>} />
      ) : (
        <div className="mb-8"><Table label={t("members.title")} rows={found} columns={columns} id={(u) => u.id} /></div>
      )}
      {admin && <Invites />}
      {inviting && me && <InviteDialog roles={grantable(me.user.role)} onClose={() => setInviting(false)} />}
      {asking?.what === "remove" && <Remove user={asking.user} onClose={() => ask(null)} />}
      {asking?.what === "owner" && <HandOver user={asking.user} onClose={() => ask(null)} />}
      {asking?.what === "reset" && <ResetLink user={asking.user} onClose={() => ask(null)} />}
    </Page>
  );
}

function Name({ user, me }: { user: User; me: Me | undefined }) {
  const { t } = useTranslation();
  return (
    <div className="flex min-w-0 items-center gap-2.5">
      <Avatar name={user.name} />
      <div className="min-w-0">
        <p className="flex items-center gap-1.5"><span className="truncate font-medium">{user.name}</span>{me?.user.id === user.id && <Badge tone="accent">{t("members.you")}</Badge>}</p>
        <p className="truncate text-xs text-faint">{user.email}</p>
      </div>
    </div>
  );
}

/** Whether one may change another's role, account and password. */
function mayManage(me: Me | undefined, u: User): boolean {
  if (!me || me.user.id === u.id || u.role === "owner") return false;
  return me.user.role === "owner" || (me.user.role === "admin" && u.role !== "admin");
}

function RoleCell({ user, me }: { user: User; me: Me | undefined }) {
  const { t } = useTranslation();
  const save = useCommand((role: Role) => members.save(user.id, { role }), touches.members, () => toast(t("members.roleSaved", { name: user.name })));
  if (!me || !mayManage(me, user)) return <span title={t(`role.${user.role}Text`)}>{t(`role.${user.role}`)}</span>;
  return (
    <div className="flex flex-col gap-1">
      <Select<Role> compact label={t("members.roleOf", { name: user.name })} value={save.isPending ? save.variables : user.role} disabled={save.isPending} onChange={save.mutate} options={grantable(me.user.role).map((r) => ({ value: r, label: t(`role.${r}`), hint: t(`role.${r}Text`) }))} />
      <ErrorNote error={save.error} />
    </div>
  );
}

function Actions({ user, me, ask }: { user: User; me: Me | undefined; ask: (a: Asking) => void }) {
  const { t } = useTranslation();
  const [failed, setFailed] = useState(false);
  const toggle = useCommand(() => members.save(user.id, { disabled: !user.disabled }), touches.members);
  if (!me || !mayManage(me, user)) return null;
  const items: MenuItem[][] = [
    [
      { id: "reset", label: t("members.reset"), icon: KeyRound, run: () => ask({ what: "reset", user }) },
      {
        id: "disable",
        label: t(user.disabled ? "members.enable" : "members.disable"),
        icon: user.disabled ? UserCheck : UserX,
        hint: user.disabled ? undefined : t("members.disableHint"),
        run: () => toggle.mutate(undefined, { onError: () => setFailed(true) }),
      },
      ...(me.user.role === "owner" ? [{ id: "owner", label: t("members.handOver"), icon: Crown, run: () => ask({ what: "owner", user }) }] : []),
    ],
    [{ id: "remove", label: t("kit.remove"), icon: Trash2, danger: true, run: () => ask({ what: "remove", user }) }],
  ];
  return (
    <>
      <Menu groups={items} trigger={<IconButton icon={MoreHorizontal} size="sm" label={t("members.menu", { name: user.name })} tip={false} busy={toggle.isPending} />} />
      <Dialog open={failed} onClose={() => setFailed(false)} width="sm" title={t(user.disabled ? "members.enable" : "members.disable")}><ErrorNote error={toggle.error} /></Dialog>
    </>
  );
}

function Remove({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useTranslation();
  const remove = useCommand(() => members.remove(user.id), touches.members, onClose);
  return (
    <Confirm open onClose={onClose} onConfirm={() => remove.mutate(undefined)} title={t("members.removeTitle", { name: user.name })} action={t("kit.remove")} busy={remove.isPending} error={<ErrorNote error={remove.error} />}>
      <p>{t("members.removeText")}</p>
    </Confirm>
  );
}

function HandOver({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useTranslation();
  const give = useCommand(() => members.makeOwner(user.id), touches.owner, onClose);
  return (
    <Confirm open onClose={onClose} onConfirm={() => give.mutate(undefined)} title={t("members.handOverTitle", { name: user.name })} action={t("members.handOver")} busy={give.isPending} error={<ErrorNote error={give.error} />}>
      <p>{t("members.handOverText")}</p>
    </Confirm>
  );
}

function ResetLink({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useTranslation();
  const make = useCommand(() => members.resetLink(user.id), touches.members);
  if (make.data)
    return (
      <Dialog open onClose={onClose} width="sm" title={t("members.resetTitle", { name: user.name })} footer={<Button variant="primary" onClick={onClose}>{t("kit.done")}</Button>}>
        <p className="mb-2 text-muted">{t("members.linkOnce", { name: user.name })} <Time at={make.data.expires_at} /></p>
        <CopyField text={absolute(make.data.link)} label={t("members.resetLink")} />
      </Dialog>
    );
  return (
    <Confirm open danger={false} onClose={onClose} onConfirm={() => make.mutate(undefined)} title={t("members.resetTitle", { name: user.name })} action={t("members.resetMake")} busy={make.isPending} error={<ErrorNote error={make.error} />}>
      <p>{t("members.resetText")}</p>
    </Confirm>
  );
}

function Invites() {
  const { t } = useTranslation();
  const list = useRead(keys.invites, members.invites);
  const [revoking, setRevoking] = useState<Invite | null>(null);
  const revoke = useCommand((id: string) => members.revoke(id), touches.members, () => setRevoking(null));
  const open = (list.data?.data ?? []).filter((i) => !i.used_at);
  if (list.isError) return <Section title={t("members.invites")}><ErrorState compact error={list.error} onRetry={() => void list.refetch()} /></Section>;
  if (open.length === 0) return null;
  const columns: Column<Invite>[] = [
    { id: "email", title: t("form.emailLabel"), cell: (i) => <span className="[overflow-wrap:anywhere]">{i.email}</span> },
    { id: "what", title: t("members.for"), cell: (i) => (i.purpose === "reset" ? t("members.forReset") : t(`role.${roles.find((r) => r === i.role) ?? "member"}`)) },
    { id: "expires", title: t("members.expires"), cell: (i) => (new Date(i.expires_at).getTime() < Date.now() ? <Badge>{t("members.expired")}</Badge> : <Time at={i.expires_at} />) },
    { id: "revoke", title: t("kit.actions"), quiet: true, fit: true, cell: (i) => <IconButton icon={Trash2} size="sm" label={t("members.revoke", { email: i.email })} onClick={() => setRevoking(i)} /> },
  ];
  return (
    <Section title={t("members.invites")} purpose={t("members.invitesText")}>
      <Table label={t("members.invites")} rows={open} columns={columns} id={(i) => i.id} />
      <Confirm open={revoking !== null} onClose={() => setRevoking(null)} onConfirm={() => revoking && revoke.mutate(revoking.id)} title={t("members.revokeTitle", { email: revoking?.email ?? "" })} action={t("members.revokeDo")} busy={revoke.isPending} error={<ErrorNote error={revoke.error} />}>
        <Callout>{t("members.revokeText")}</Callout>
      </Confirm>
    </Section>
  );
}
