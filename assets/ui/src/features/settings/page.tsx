import { useState } from "react";
import { useTranslation } from "react-i18next";
import { workspace } from "@/api/console";
import { keys, touches } from "@/api/keys";
import type { System } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { bytes } from "@/lib/format";
import { required } from "@/lib/form";
import { useMe } from "@/parts/me";
import type { TextKey } from "@/text";
import { Button, Card, CopyButton, CopyIcon, ErrorNote, ErrorState, Facts, Field, Input, Page, Section, SkeletonRows, Time, toast } from "@/ui";
import { OutgoingConnections } from "./outgoing";

export function SettingsPage() {
  const { t } = useTranslation();
  const me = useMe();
  const system = useRead(keys.system, workspace.system);
  return (
    <Page narrow title={t("settings.title")} purpose={t("settings.purpose")}>
      {me && <Name key={me.workspace.name} name={me.workspace.name} />}
      <OutgoingConnections />
      <Section title={t("about.title")} purpose={t("about.text")} action={system.data && <CopyButton text={report(system.data)} label={t("about.copy")} />}>
        {system.isPending ? <SkeletonRows count={6} height={28} /> : system.isError ? <ErrorState compact error={system.error} onRetry={() => void system.refetch()} /> : <About s={system.data} />}
      </Section>
    </Page>
  );
}

function Name({ name: first }: { name: string }) {
  const { t } = useTranslation();
  const [name, setName] = useState(first);
  const [tried, setTried] = useState(false);
  const wrong = required(name);
  const save = useCommand(() => workspace.save({ name: name.trim() }), touches.workspace, () => toast(t("kit.saved")));
  return (
    <Section title={t("settings.workspace")}>
      <Card>
        <form
          noValidate
          className="flex flex-col gap-3"
          onSubmit={(e) => {
            e.preventDefault();
            setTried(true);
            if (!wrong) save.mutate(undefined);
          }}
        >
          <Field label={t("setup.workspace")} hint={t("settings.workspaceHint")} error={tried && wrong ? t(wrong) : undefined}><Input value={name} onChange={setName} maxLength={80} /></Field>
          <ErrorNote error={save.error} />
          <div><Button type="submit" variant="primary" busy={save.isPending} disabled={name.trim() === first}>{t("kit.save")}</Button></div>
        </form>
      </Card>
    </Section>
  );
}

const sizes: { [name: string]: TextKey } = {
  islet_db: "about.size.islet_db",
  trace_db: "about.size.trace_db",
  kv: "about.size.kv",
  files: "about.size.files",
  backups: "about.size.backups",
  free: "about.size.free",
};

function About({ s }: { s: System }) {
  const { t, i18n } = useTranslation();
  return (
    <div className="flex flex-col gap-3">
      <Card>
        <Facts
          rows={[
            { name: t("about.version"), value: <span className="flex items-center gap-1 font-mono text-sm">{s.version}{s.commit && <span className="text-faint">({s.commit.slice(0, 12)})</span>}<CopyIcon text={`${s.version} ${s.commit}`.trim()} /></span> },
            { name: t("about.platform"), value: `${s.os}/${s.arch} · ${s.go}` },
            { name: t("about.started"), value: <Time at={s.started_at} /> },
            { name: t("about.data"), value: <span className="flex items-center gap-1 font-mono text-sm [overflow-wrap:anywhere]">{s.data_dir}<CopyIcon text={s.data_dir} /></span> },
          ]}
        />
      </Card>
      <Card>
        <Facts rows={Object.entries(s.sizes).map(([k, n]) => ({ name: sizes[k] ? t(sizes[k]) : k, value: <span className="tabular-nums">{bytes(n, i18n.language)}</span> }))} />
      </Card>
    </div>
  );
}

/** What a colleague asks for when something is wrong, ready to be pasted. */
function report(s: System): string {
  const all = Object.entries(s.sizes).map(([k, n]) => `${k} ${n}`);
  return [`islet ${s.version} ${s.commit}`, `${s.os}/${s.arch} ${s.go}`, `started ${s.started_at}`, `data ${s.data_dir}`, ...all, navigator.userAgent].join("\n");
}
