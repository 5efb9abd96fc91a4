import { Archive, Download, HardDrive, LifeBuoy, Lock, Settings2, ShieldCheck, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { backups } from "@/api/console";
import { keys, touches } from "@/api/keys";
import type { Backup, Backups } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { bytes, count, seconds } from "@/lib/format";
import { sayText } from "@/text/say";
import type { Column } from "@/ui";
import { Badge, Button, ButtonLink, Callout, Card, Confirm, CopyField, Disclosure, EmptyState, ErrorNote, ErrorState, IconButton, Page, Section, SkeletonRows, State, Table, Time } from "@/ui";
import { BackupSettingsDialog } from "./settings-dialog";

const POLL = 1000; // milliseconds, while one is running

export function BackupsPage() {
  const { t } = useTranslation();
  const [polling, poll] = useState(0);
  const list = useRead(keys.backups, backups.list, { every: polling });
  const all = list.data?.data ?? [];
  const running = all.find((b) => b.status === "running");
  if ((running ? POLL : 0) !== polling) poll(running ? POLL : 0);
  const [settings, setSettings] = useState(false);
  const [removing, setRemoving] = useState<Backup | null>(null);
  const start = useCommand(backups.start, touches.backups);
  const remove = useCommand((id: string) => backups.remove(id), touches.backups, () => setRemoving(null));
  const busy = start.isPending || running !== undefined;

  return (
    <Page
      title={t("backups.title")}
      purpose={t("backups.purpose")}
      action={
        <>
          <Button icon={Settings2} disabled={!list.data} onClick={() => setSettings(true)}>{t("backups.settings")}</Button>
          <Button variant="primary" icon={Archive} busy={busy} onClick={() => start.mutate(undefined)}>{t(busy ? "backups.running" : "backups.now")}</Button>
        </>
      }
    >
      {start.error && <div className="mb-4"><ErrorNote error={start.error} /></div>}
      {list.isPending ? (
        <SkeletonRows count={5} height={52} />
      ) : list.isError ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <>
          <Summary data={list.data} />
          {all.length === 0 ? (
            <EmptyState icon={Archive} title={t("backups.none")} action={<Button variant="primary" icon={Archive} busy={busy} onClick={() => start.mutate(undefined)}>{t("backups.now")}</Button>}>{t("backups.noneText")}</EmptyState>
          ) : (
            <div className="mb-8"><List list={all} onRemove={setRemoving} /></div>
          )}
          <Restore data={list.data} />
        </>
      )}
      {settings && list.data && <BackupSettingsDialog first={list.data.settings} onClose={() => setSettings(false)} />}
      <Confirm open={removing !== null} onClose={() => setRemoving(null)} onConfirm={() => removing && remove.mutate(removing.id)} title={t("backups.deleteTitle", { name: removing?.name ?? "" })} action={t("kit.delete")} busy={remove.isPending} error={<ErrorNote error={remove.error} />}>
        <p>{t("backups.deleteText")}</p>
        {all.filter((b) => b.status === "verified" && !b.missing).length === 1 && removing?.status === "verified" && <Callout tone="danger">{t("backups.deleteLast")}</Callout>}
      </Confirm>
    </Page>
  );
}

function Summary({ data }: { data: Backups }) {
  const { t, i18n } = useTranslation();
  const good = (data.data ?? []).find((b) => b.status === "verified" && !b.missing);
  const low = good !== undefined && data.free_bytes > 0 && data.free_bytes < 3 * good.size;
  const facts = [
    { icon: ShieldCheck, name: t("backups.lastGood"), value: good ? <Time at={good.created_at} /> : t("backups.never") },
    { icon: Archive, name: t("backups.next"), value: !data.settings.enabled ? t("backups.nightlyOff") : data.next_at ? <Time at={data.next_at} /> : t("backups.nightlyAt", { at: data.settings.at }) },
    { icon: HardDrive, name: t("backups.free"), value: bytes(data.free_bytes, i18n.language) },
    { icon: Lock, name: t("backups.encryption"), value: t(data.settings.passphrase_set ? "backups.encrypted" : "backups.plain") },
  ];
  return (
    <div className="mb-5 flex flex-col gap-3">
      <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border bg-line lg:grid-cols-4">
        {facts.map(({ icon: Icon, name, value }) => (
          <div key={name} className="bg-surface px-4 py-3">
            <dt className="flex items-center gap-1.5 text-xs text-faint"><Icon size={13} aria-hidden />{name}</dt>
            <dd className="mt-0.5 font-medium">{value}</dd>
          </div>
        ))}
      </dl>
      {!data.settings.enabled && <Callout tone="warn">{t("backups.offWarn")}</Callout>}
      {low && <Callout tone="warn">{t("backups.lowSpace")}</Callout>}
    </div>
  );
}

const triggers = ["nightly", "manual", "cli"] as const;

function BackupState({ b }: { b: Backup }) {
  const { t } = useTranslation();
  if (b.missing) return <State tone="warn">{t("backups.missing")}</State>;
  if (b.status === "running") return <span role="status"><State tone="accent">{t("backups.running")}</State></span>;
  if (b.status === "verified") return <State tone="ok">{t("backups.verified")}</State>;
  return <State tone="danger">{t("backups.failed")}</State>;
}

function List({ list, onRemove }: { list: Backup[]; onRemove: (b: Backup) => void }) {
  const { t, i18n } = useTranslation();
  const columns: Column<Backup>[] = [
    {
      id: "at",
      title: t("backups.taken"),
      cell: (b) => (
        <div>
          <p className="font-medium"><Time at={b.created_at} /></p>
          <p className="max-w-64 truncate font-mono text-xs text-faint" title={b.name}>{b.name}</p>
        </div>
      ),
    },
    {
      id: "state",
      title: t("kit.state"),
      cell: (b) => (
        <div className="flex flex-col gap-0.5">
          <span className="flex items-center gap-2"><BackupState b={b} />{b.encrypted && <Lock size={13} role="img" aria-label={t("backups.encrypted")} className="text-faint" />}</span>
          {b.error && <span className="max-w-80 text-xs text-danger-text">{sayText(b.error.text)} <code className="font-mono">{b.error.code}</code></span>}
        </div>
      ),
    },
    { id: "trigger", title: t("backups.trigger"), wide: true, cell: (b) => { const k = triggers.find((x) => x === b.trigger); return <Badge>{k ? t(`backups.trigger.${k}`) : b.trigger}</Badge>; } },
    { id: "size", title: t("backups.size"), end: true, cell: (b) => (b.size > 0 ? bytes(b.size, i18n.language) : "–") },
    { id: "rows", title: t("backups.rows"), end: true, wide: true, cell: (b) => (b.rows > 0 ? count(b.rows, i18n.language) : "–") },
    { id: "took", title: t("backups.took"), end: true, wide: true, cell: (b) => (b.seconds > 0 ? seconds(b.seconds, i18n.language) : "–") },
    { id: "drill", title: t("backups.drill"), end: true, wide: true, cell: (b) => (b.drill_seconds > 0 ? seconds(b.drill_seconds, i18n.language) : "–") },
    {
      id: "do",
      title: t("kit.actions"),
      quiet: true,
      fit: true,
      cell: (b) =>
        b.status !== "running" && (
          <div className="flex justify-end gap-1">
            {!b.missing && b.status === "verified" && <ButtonLink href={backups.download(b.id)} icon={Download} size="sm" download>{t("backups.download")}</ButtonLink>}
            <IconButton icon={Trash2} size="sm" label={t("backups.delete", { name: b.name })} onClick={() => onRemove(b)} />
          </div>
        ),
    },
  ];
  return <Table label={t("backups.title")} rows={list} columns={columns} id={(b) => b.id} />;
}

/** The command that brings a site back, with the name of a backup that is there. */
function Restore({ data }: { data: Backups }) {
  const { t } = useTranslation();
  const good = (data.data ?? []).find((b) => b.status === "verified" && !b.missing);
  const file = `${data.dir.replace(/\/$/, "")}/${good?.name ?? t("backups.someName")}`;
  return (
    <Section title={t("backups.restore")} purpose={t("backups.restoreText")}>
      <Card>
        <Disclosure summary={<span className="flex items-center gap-2"><LifeBuoy size={15} aria-hidden />{t("backups.restoreHow")}</span>}>
          <ol className="flex list-decimal flex-col gap-3 pl-5">
            <li>{t("backups.step1")}</li>
            <li>
              <p className="mb-1.5">{t("backups.step2")}</p>
              <CopyField multiline text={`islet restore ${quote(file)} --data ./islet-data`} label={t("backups.restore")} />
            </li>
            {!data.settings.passphrase_set && <li>{t("backups.stepKey")} <code className="font-mono text-sm">secret.key</code></li>}
            <li>
              <p className="mb-1.5">{t("backups.step3")}</p>
              <CopyField multiline text="islet serve --data ./islet-data" label={t("backups.start")} />
            </li>
          </ol>
        </Disclosure>
      </Card>
    </Section>
  );
}

function quote(s: string): string {
  return /^[\w./-]+$/.test(s) ? s : `'${s.replaceAll("'", `'\\''`)}'`;
}
