import { Printer, Ticket, Trash2 } from "lucide-react";
import { useState } from "react";
import { createPortal } from "react-dom";
import { useTranslation } from "react-i18next";
import { guests } from "@/api/guests";
import { keys, touches } from "@/api/keys";
import type { App, GuestLink, InvitationCode } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { joinLink, siteLink } from "@/lib/links";
import { Button, Callout, Confirm, CopyButton, Dialog, ErrorNote, ErrorState, Field, IconButton, Input, NumberInput, Section, Select, SkeletonRows, Table, Time } from "@/ui";
import { QrCode } from "./qr-code";

/** Invitation codes: what is open, making more, and the sheet to print. */
export function CodesSection({ app }: { app: App }) {
  const { t } = useTranslation();
  const [making, make] = useState(false);
  const [gone, setGone] = useState<GuestLink | null>(null);
  const list = useRead(keys.guests.codes(app.id), () => guests.codes(app.id));
  const withdraw = useCommand((id: string) => guests.withdraw(app.id, id), touches.guests(app.id), () => setGone(null));
  const rows = list.data?.data ?? [];
  return (
    <Section title={t("codes.title")} purpose={t("codes.text")} action={<Button icon={Ticket} onClick={() => make(true)}>{t("codes.make")}</Button>}>
      {list.isPending ? <SkeletonRows count={2} /> : list.isError && !list.data ? <ErrorState compact error={list.error} onRetry={() => void list.refetch()} /> : rows.length > 0 && (
        <Table
          label={t("codes.title")}
          rows={rows}
          id={(c) => c.id}
          columns={[
            { id: "code", title: t("codes.code"), cell: (c) => <span><span className="font-mono text-sm">{c.hint}-…</span>{c.note && <span className="block max-w-48 truncate text-xs text-faint" title={c.note}>{c.note}</span>}</span> },
            { id: "used", title: t("codes.used"), cell: (c) => <span className="tabular-nums">{t("codes.usedOf", { used: c.used, uses: c.uses })}</span> },
            { id: "until", title: t("codes.until"), cell: (c) => <Time at={c.expires_at} />, wide: true },
            { id: "drop", title: t("kit.actions"), quiet: true, fit: true, cell: (c) => <IconButton icon={Trash2} size="sm" label={t("codes.withdraw", { code: c.hint })} onClick={() => setGone(c)} /> },
          ]}
        />
      )}
      {making && <MakeCodes app={app} onClose={() => make(false)} />}
      <Confirm open={gone !== null} onClose={() => setGone(null)} onConfirm={() => gone && withdraw.mutate(gone.id)} title={t("codes.withdrawTitle")} action={t("codes.withdrawDo")} busy={withdraw.isPending} error={<ErrorNote error={withdraw.error} />}>
        <p>{t("codes.withdrawText")}</p>
      </Confirm>
    </Section>
  );
}

const lives = ["1", "7", "14", "30", "90", "365"] as const;

function MakeCodes({ app, onClose }: { app: App; onClose: () => void }) {
  const { t } = useTranslation();
  const [count, setCount] = useState<number | null>(1);
  const [uses, setUses] = useState<number | null>(1);
  const [days, setDays] = useState("14");
  const [note, setNote] = useState("");
  const make = useCommand(() => guests.makeCodes(app.id, { count: count ?? 1, uses: uses ?? 1, days: Number(days), note: note.trim() }), touches.guests(app.id));
  if (make.data) return <Made app={app} list={make.data.data} onClose={onClose} />;
  return (
    <Dialog open sticky width="sm" onClose={onClose} title={t("codes.make")} description={t("codes.text")} onSubmit={() => make.mutate(undefined)} footer={<><Button onClick={onClose}>{t("kit.cancel")}</Button><Button type="submit" variant="primary" busy={make.isPending}>{t("codes.make")}</Button></>}>
      <div className="flex flex-col gap-4">
        <div className="grid grid-cols-2 gap-4">
          <Field label={t("codes.count")}><NumberInput value={count} onChange={setCount} min={1} max={200} /></Field>
          <Field label={t("codes.uses")}><NumberInput value={uses} onChange={setUses} min={1} max={1000} /></Field>
        </div>
        <Field label={t("codes.days")}><Select value={days} onChange={setDays} options={lives.map((d) => ({ value: d, label: t("codes.daysN", { count: Number(d) }) }))} /></Field>
        <Field label={t("codes.note")} optional hint={t("codes.noteHint")}><Input value={note} onChange={setNote} maxLength={100} /></Field>
        <ErrorNote error={make.error} />
      </div>
    </Dialog>
  );
}

function Made({ app, list, onClose }: { app: App; list: InvitationCode[]; onClose: () => void }) {
  const { t } = useTranslation();
  const name = app.site.title || app.name;
  const address = siteLink(app.mode, app.site.code);
  return (
    <Dialog open sticky onClose={onClose} title={t("codes.title")} footer={<><CopyButton text={list.map((c) => c.code).join("\n")} /><Button icon={Printer} onClick={() => window.print()}>{t("codes.print")}</Button><Button variant="primary" onClick={onClose}>{t("kit.done")}</Button></>}>
      <Callout tone="warn">{t("codes.once")}</Callout>
      <ul className="mt-3 grid grid-cols-1 gap-3 sm:grid-cols-2">
        {list.map((c) => (
          <li key={c.link.id} className="flex items-center gap-3 rounded border p-2">
            <QrCode text={joinLink(app.mode, app.site.code, c.code)} label={c.code} size={84} />
            <span className="font-mono text-lg select-all">{c.code}</span>
          </li>
        ))}
      </ul>
      {createPortal(
        <div className="print-sheet" aria-hidden>
          {list.map((c) => (
            <div key={c.link.id} className="print-slip">
              <QrCode text={joinLink(app.mode, app.site.code, c.code)} label={c.code} size={120} />
              <div><p className="text-lg font-semibold">{name}</p><p className="font-mono text-xl">{c.code}</p><p className="text-xs [overflow-wrap:anywhere]">{t("codes.slip", { address })}</p></div>
            </div>
          ))}
        </div>,
        document.body,
      )}
    </Dialog>
  );
}
