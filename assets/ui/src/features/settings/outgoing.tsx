import { Globe } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { workspace } from "@/api/console";
import { keys, touches } from "@/api/keys";
import type { Destination } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import type { TextKey } from "@/text";
import type { Column } from "@/ui";
import { Badge, Button, Card, EmptyState, ErrorState, Field, Section, SkeletonRows, Table, Textarea, Time, toast, Tooltip, useSentence } from "@/ui";

const SHOWN = 10;
const POLL = 15_000;
const EXAMPLES = "10.1.0.0/16:8000\n192.168.1.20\nwiki.corp:443\n[fd12::1]:8080";

/** Where apps may connect inside the site's own network, and where connections went. */
export function OutgoingConnections() {
  const { t } = useTranslation();
  const read = useRead(keys.outgoing, workspace.outgoing, { every: POLL });
  return (
    <Section id="outgoing" title={t("outgoing.title")} purpose={t("outgoing.text")}>
      {read.isPending ? <SkeletonRows count={3} /> : read.isError ? <ErrorState compact error={read.error} onRetry={() => void read.refetch()} /> : (
        <div className="flex flex-col gap-3">
          <Rules key={read.data.allow.join("\n")} first={read.data.allow.join("\n")} />
          <Destinations all={read.data.destinations} />
        </div>
      )}
    </Section>
  );
}

function Rules({ first }: { first: string }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const [text, setText] = useState(first);
  const save = useCommand(() => workspace.saveOutgoing({ allow: text.split("\n") }), touches.outgoing, (out) => {
    setText(out.allow.join("\n"));
    toast(t("kit.saved"));
  });
  return (
    <Card>
      <form
        noValidate
        className="flex flex-col gap-3"
        onSubmit={(e) => {
          e.preventDefault();
          save.mutate(undefined);
        }}
      >
        <Field label={t("outgoing.allow")} hint={t("outgoing.allowHint")} error={save.error ? sentence(save.error) : undefined}>
          <Textarea
            mono
            rows={Math.min(12, Math.max(4, text.split("\n").length + 1))}
            value={text}
            placeholder={EXAMPLES}
            onChange={(v) => {
              setText(v);
              save.reset();
            }}
          />
        </Field>
        <div><Button type="submit" variant="primary" busy={save.isPending} disabled={text.trim() === first.trim()}>{t("kit.save")}</Button></div>
      </form>
    </Card>
  );
}

const names: { [who: string]: TextKey } = {
  "http request": "outgoing.who.http",
  "app file": "outgoing.who.file",
  "image link": "outgoing.who.image",
};

function Destinations({ all }: { all: Destination[] }) {
  const { t } = useTranslation();
  const [whole, setWhole] = useState(false);
  const who = (d: Destination): string => {
    const known = names[d.who];
    if (known) return t(known);
    return d.who.startsWith("model: ") ? t("outgoing.who.model", { name: d.who.slice("model: ".length) }) : d.who;
  };
  const failed = (d: Destination) => {
    const badge = <Badge tone="warn">{d.failed}</Badge>;
    return d.reason ? <Tooltip text={d.reason}><span tabIndex={0}>{badge}</span></Tooltip> : badge;
  };
  const columns: Column<Destination>[] = [
    { id: "who", title: t("outgoing.who"), cell: who },
    { id: "address", title: t("outgoing.address"), cell: (d) => <span className="font-mono text-sm">{d.address}</span> },
    { id: "opened", title: t("outgoing.opened"), end: true, fit: true, cell: (d) => d.opened },
    { id: "refused", title: t("outgoing.refused"), end: true, fit: true, cell: (d) => (d.refused ? <Badge tone="danger">{d.refused}</Badge> : 0) },
    { id: "failed", title: t("outgoing.failed"), end: true, fit: true, wide: true, cell: (d) => (d.failed ? failed(d) : 0) },
    { id: "when", title: t("outgoing.when"), fit: true, wide: true, cell: (d) => <Time at={d.last} /> },
  ];
  const hidden = whole ? 0 : Math.max(0, all.length - SHOWN);
  return (
    <div className="flex flex-col gap-2">
      <div>
        <h3 className="text-sm font-medium">{t("outgoing.last")}</h3>
        <p className="text-xs text-faint">{t("outgoing.lastText")}</p>
      </div>
      {all.length === 0 ? <Card><EmptyState compact icon={Globe} title={t("outgoing.none")} /></Card> : (
        <Table label={t("outgoing.last")} rows={hidden ? all.slice(0, SHOWN) : all} columns={columns} id={(d) => `${d.who} ${d.address}`} />
      )}
      {hidden > 0 && <div><Button size="sm" onClick={() => setWhole(true)}>{t("outgoing.more", { count: hidden })}</Button></div>}
    </div>
  );
}
