import { MoreHorizontal, Pencil, Upload, UserPlus, UserX, Users, KeyRound, UserCheck, Trash2 } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { apps } from "@/api/console";
import { GUESTS, guests } from "@/api/guests";
import { keys, touches } from "@/api/keys";
import type { Access, App, Guest } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { joinLink } from "@/lib/links";
import type { Column } from "@/ui";
import { Badge, Button, Confirm, CopyField, Dialog, Drawer, EmptyState, ErrorNote, ErrorState, Field, IconButton, Input, Menu, SearchInput, Section, Select, SkeletonRows, Table, Time } from "@/ui";
import { CodesSection } from "./codes";
import { AddGuest, ImportGuests } from "./guest-dialogs";

const kinds = ["public", "members", "invited"] as const;
const kindOf = (app: App): "public" | "members" | "invited" => (app.site.access === "members" || app.site.access === "invited" ? app.site.access : "public");

/** Who may use the web app, and the people with an account for it. */
export function AccessDrawer({ app, onClose }: { app: App; onClose: () => void }) {
  const { t } = useTranslation();
  const now = kindOf(app);
  const save = useCommand((access: Access) => apps.saveSite(app.id, { access }), touches.app(app.id));
  return (
    <Drawer open onClose={onClose} width="lg" title={t("access.title")} description={t("access.text", { name: app.site.title || app.name })} footer={<Button variant="primary" onClick={onClose}>{t("kit.done")}</Button>}>
      <div className="flex flex-col gap-6">
        <Field label={t("access.who")}>
          <Select<Access> value={save.isPending ? save.variables : now} disabled={save.isPending} onChange={save.mutate} options={kinds.map((k) => ({ value: k, label: t(`access.${k}`), hint: t(`access.${k}Text`) }))} />
        </Field>
        <p className="-mt-4 text-sm text-muted">{t(`access.${now}Text`)}</p>
        <ErrorNote error={save.error} />
        {now === "invited" && <><People app={app} /><CodesSection app={app} /></>}
      </div>
    </Drawer>
  );
}

type Asking = { what: "add" | "import" } | { what: "reset" | "remove" | "rename"; guest: Guest } | null;

function People({ app }: { app: App }) {
  const { t } = useTranslation();
  const [q, setQ] = useState("");
  const [page, setPage] = useState(1);
  const [asking, ask] = useState<Asking>(null);
  const text = useDeferredValue(q.trim());
  const list = useRead(keys.guests.list(app.id, { q: text, page }), () => guests.list(app.id, { q: text, page }), { keep: true });
  const close = (): void => ask(null);
  const total = list.data?.total ?? 0;
  const pages = Math.max(1, Math.ceil(total / GUESTS));
  const columns: Column<Guest>[] = [
    { id: "name", title: t("guests.name"), cell: (g) => <span className="block max-w-56 truncate" title={g.name}><span className="font-medium">{g.name}</span>{g.name !== g.login && <span className="block truncate text-xs text-faint">{g.login}</span>}</span> },
    { id: "state", title: t("guests.state"), fit: true, cell: (g) => (g.disabled ? <Badge tone="danger">{t("guests.disabled")}</Badge> : g.ready ? <Badge tone="ok">{t("guests.active")}</Badge> : <Badge tone="warn">{t("guests.noPassword")}</Badge>) },
    { id: "seen", title: t("guests.seen"), wide: true, cell: (g) => (g.last_seen_at ? <Time at={g.last_seen_at} /> : <span className="text-faint">{t("guests.never")}</span>) },
    { id: "menu", title: t("kit.actions"), quiet: true, fit: true, cell: (g) => <Actions app={app} guest={g} ask={ask} /> },
  ];
  return (
    <Section
      title={t("guests.title")}
      action={<div className="flex gap-2"><Button icon={Upload} onClick={() => ask({ what: "import" })}>{t("guests.import")}</Button><Button variant="primary" icon={UserPlus} onClick={() => ask({ what: "add" })}>{t("guests.add")}</Button></div>}
    >
      {(total > 8 || q !== "") && <div className="mb-3"><SearchInput block value={q} onChange={(v) => { setQ(v); setPage(1); }} label={t("guests.search")} /></div>}
      {list.isPending ? <SkeletonRows count={4} /> : list.isError && !list.data ? <ErrorState compact error={list.error} onRetry={() => void list.refetch()} /> : (list.data?.data ?? []).length === 0 ? (
        <div className="rounded-lg border"><EmptyState compact icon={Users} title={t(text ? "guests.noneFound" : "guests.none")}>{!text && t("guests.noneText")}</EmptyState></div>
      ) : (
        <Table label={t("guests.title")} rows={list.data?.data ?? []} columns={columns} id={(g) => g.id} />
      )}
      {pages > 1 && (
        <nav aria-label={t("batch.pages")} className="mt-3 flex items-center justify-center gap-3 text-sm text-muted tabular-nums">
          <Button size="sm" disabled={page <= 1} onClick={() => setPage(page - 1)}>{t("batch.before")}</Button>{page} / {pages}<Button size="sm" disabled={page >= pages} onClick={() => setPage(page + 1)}>{t("batch.next")}</Button>
        </nav>
      )}
      {asking?.what === "add" && <AddGuest app={app} onClose={close} />}
      {asking?.what === "import" && <ImportGuests app={app} onClose={close} />}
      {asking?.what === "reset" && <Reset app={app} guest={asking.guest} onClose={close} />}
      {asking?.what === "rename" && <Rename app={app} guest={asking.guest} onClose={close} />}
      {asking?.what === "remove" && <Remove app={app} guest={asking.guest} onClose={close} />}
    </Section>
  );
}

function Actions({ app, guest, ask }: { app: App; guest: Guest; ask: (a: Asking) => void }) {
  const { t } = useTranslation();
  const toggle = useCommand(() => guests.save(app.id, guest.id, { disabled: !guest.disabled }), touches.guests(app.id));
  return (
    <Menu
      trigger={<IconButton icon={MoreHorizontal} size="sm" label={t("guests.menu", { name: guest.name })} tip={false} busy={toggle.isPending} />}
      groups={[
        [
          { id: "reset", label: t("guests.reset"), icon: KeyRound, disabled: guest.disabled, run: () => ask({ what: "reset", guest }) },
          { id: "rename", label: t("guests.rename"), icon: Pencil, run: () => ask({ what: "rename", guest }) },
          { id: "toggle", label: t(guest.disabled ? "guests.enable" : "guests.disable"), icon: guest.disabled ? UserCheck : UserX, hint: guest.disabled ? undefined : t("guests.disableHint"), run: () => toggle.mutate(undefined) },
        ],
        [{ id: "remove", label: t("guests.remove"), icon: Trash2, danger: true, run: () => ask({ what: "remove", guest }) }],
      ]}
    />
  );
}

function Reset({ app, guest, onClose }: { app: App; guest: Guest; onClose: () => void }) {
  const { t } = useTranslation();
  const make = useCommand(() => guests.reset(app.id, guest.id), touches.guests(app.id));
  return (
    <Dialog open onClose={onClose} width="sm" title={t("guests.reset")} description={t("guests.resetText", { name: guest.name })} footer={make.data ? <Button variant="primary" onClick={onClose}>{t("kit.done")}</Button> : <><Button onClick={onClose}>{t("kit.cancel")}</Button><Button variant="primary" icon={KeyRound} busy={make.isPending} onClick={() => make.mutate(undefined)}>{t("guests.reset")}</Button></>}>
      {make.data && <CopyField text={joinLink(app.mode, app.site.code, make.data.token)} label={t("guests.link")} />}
      <ErrorNote error={make.error} />
    </Dialog>
  );
}

function Rename({ app, guest, onClose }: { app: App; guest: Guest; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(guest.name);
  const save = useCommand(() => guests.save(app.id, guest.id, { name: name.trim() }), touches.guests(app.id), onClose);
  return (
    <Dialog open sticky onClose={onClose} width="sm" title={t("guests.rename")} onSubmit={() => name.trim() !== "" && save.mutate(undefined)} footer={<><Button onClick={onClose}>{t("kit.cancel")}</Button><Button type="submit" variant="primary" busy={save.isPending}>{t("kit.save")}</Button></>}>
      <Field label={t("guests.name")}><Input value={name} onChange={setName} maxLength={64} /></Field>
      <ErrorNote error={save.error} />
    </Dialog>
  );
}

function Remove({ app, guest, onClose }: { app: App; guest: Guest; onClose: () => void }) {
  const { t } = useTranslation();
  const remove = useCommand(() => guests.remove(app.id, guest.id), touches.guests(app.id), onClose);
  return (
    <Confirm open onClose={onClose} onConfirm={() => remove.mutate(undefined)} title={t("guests.removeTitle", { name: guest.name })} action={t("guests.remove")} busy={remove.isPending} error={<ErrorNote error={remove.error} />}>
      <p>{t("guests.removeText")}</p>
    </Confirm>
  );
}

