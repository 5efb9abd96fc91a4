import { useNavigate } from "@tanstack/react-router";
import { ChevronDown, CodeXml, ExternalLink, Globe, History, KeyRound, Link2, Rocket, Users } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { apps } from "@/api/console";
import { touches } from "@/api/keys";
import type { App } from "@/api/types";
import { useCommand } from "@/api/use";
import { copyText } from "@/lib/clipboard";
import { siteLink } from "@/lib/links";
import type { MenuItem } from "@/ui";
import { Button, Callout, CopyField, Dialog, ErrorNote, Field, Input, Menu, Textarea, toast } from "@/ui";
import { quietLink } from "@/ui/link";
import type { DraftHandle } from "./use-draft";

const AccessDrawer = lazy(() => import("./access").then((m) => ({ default: m.AccessDrawer })));
const EmbedDialog = lazy(() => import("./embed").then((m) => ({ default: m.EmbedDialog })));
const SiteSettings = lazy(() => import("./site-settings").then((m) => ({ default: m.SiteSettings })));
const VersionsDrawer = lazy(() => import("./versions").then((m) => ({ default: m.VersionsDrawer })));

/** Something that is not as it should be, and the way to it. */
export interface Doubt {
  at: string;
  text: string;
  show: () => void;
}

const none: readonly Doubt[] = [];
const DOUBTS = 5; // so many are listed

type Panel = "publish" | "versions" | "site" | "access" | "embed" | null;

/** Everything that takes the app to other people. */
export function PublishMenu({ app, draft, blocked = 0, doubts = none }: {
  app: App;
  draft: DraftHandle;
  /** How many things the server would refuse, as far as that is known. */
  blocked?: number;
  /** What it would take, but nobody is likely to want. */
  doubts?: readonly Doubt[];
}) {
  const { t } = useTranslation();
  const [panel, open] = useState<Panel>(null);
  const navigate = useNavigate();
  const live = Boolean(app.published_version_id);
  const site = live && app.site.enabled;
  const link = siteLink(app.mode, app.site.code);
  const close = (): void => open(null);
  const items: MenuItem[][] = [
    [{ id: "publish", label: t(live ? "publish.update" : "publish.now"), icon: Rocket, disabled: blocked > 0, hint: blocked > 0 ? t("check.blocked", { count: blocked }) : undefined, run: () => open("publish") }],
    [
      { id: "open", label: t("apps.openSite"), icon: ExternalLink, href: link, disabled: !site, hint: live ? undefined : t("publish.firstHint") },
      { id: "copy", label: t("publish.copyLink"), icon: Link2, disabled: !site, run: () => void copyText(link).then(() => toast(t("publish.linkCopied"))) },
      { id: "embed", label: t("embed.menu"), icon: CodeXml, disabled: !site, run: () => open("embed") },
      { id: "access", label: t("access.title"), icon: Users, hint: t(`access.${app.site.access === "members" || app.site.access === "invited" ? app.site.access : "public"}`), run: () => open("access") },
      { id: "site", label: t("publish.site"), icon: Globe, run: () => open("site") },
    ],
    [
      { id: "api", label: t("publish.api"), icon: KeyRound, run: () => void navigate({ to: "/apps/$appId/api", params: { appId: app.id } }) },
      { id: "versions", label: t("publish.versions"), icon: History, run: () => open("versions") },
    ],
  ];
  return (
    <>
      <Menu groups={items} trigger={<Button variant="primary" icon={Rocket} iconEnd={ChevronDown}>{t("publish.title")}</Button>} />
      {panel === "publish" && <PublishDialog app={app} draft={draft} link={link} doubts={doubts} onClose={close} />}
      <Suspense fallback={null}>
        {panel === "versions" && <VersionsDrawer app={app} draft={draft} onClose={close} />}
        {panel === "site" && <SiteSettings app={app} onClose={close} />}
        {panel === "access" && <AccessDrawer app={app} onClose={close} />}
        {panel === "embed" && <EmbedDialog app={app} onClose={close} />}
      </Suspense>
    </>
  );
}

function PublishDialog({ app, draft, link, doubts, onClose }: { app: App; draft: DraftHandle; link: string; doubts: readonly Doubt[]; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [note, setNote] = useState("");
  const publish = useCommand(
    async (b: { name: string; note: string }) => {
      await draft.flush();
      return apps.publish(app.id, b);
    },
    touches.publish(app.id),
  );
  if (publish.data)
    return (
      <Dialog
        open
        onClose={onClose}
        width="sm"
        title={t("publish.done", { number: publish.data.number })}
        footer={
          <>
            {app.site.enabled && <a href={link} target="_blank" rel="noreferrer" className={quietLink}><ExternalLink size={15} aria-hidden />{t("apps.openSite")}</a>}
            <Button variant="primary" onClick={onClose}>{t("kit.done")}</Button>
          </>
        }
      >
        {app.site.enabled ? (
          <>
            <p className="mb-2 text-muted">{t("publish.doneText")}</p>
            <CopyField text={link} label={t("publish.link")} />
          </>
        ) : (
          <Callout tone="warn">{t("publish.siteOff")}</Callout>
        )}
      </Dialog>
    );
  return (
    <Dialog
      open
      sticky
      onClose={onClose}
      width="sm"
      title={t(app.published_version_id ? "publish.update" : "publish.now")}
      description={t("publish.text")}
      onSubmit={() => publish.mutate({ name: name.trim(), note: note.trim() })}
      footer={
        <>
          <Button onClick={onClose}>{t("kit.cancel")}</Button>
          <Button type="submit" variant="primary" busy={publish.isPending}>{t(doubts.length > 0 ? "publish.anyway" : "publish.submit")}</Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {doubts.length > 0 && (
          <Callout tone="warn">
            <p>{t("publish.doubts", { count: doubts.length })}</p>
            <ul className="mt-1 flex flex-col">
              {doubts.slice(0, DOUBTS).map((d, i) => (
                <li key={i}>
                  <button type="button" className="w-full rounded px-1 py-0.5 text-left hover:underline" onClick={() => { onClose(); d.show(); }}>
                    <span className="font-medium">{d.at}</span> {d.text}
                  </button>
                </li>
              ))}
              {doubts.length > DOUBTS && <li className="px-1 text-muted">{t("publish.moreDoubts", { count: doubts.length - DOUBTS })}</li>}
            </ul>
          </Callout>
        )}
        <Field label={t("publish.name")} optional><Input value={name} onChange={setName} placeholder={t("publish.namePlaceholder")} maxLength={80} autoFocus /></Field>
        <Field label={t("publish.note")} optional><Textarea value={note} onChange={setNote} placeholder={t("publish.notePlaceholder")} rows={3} maxLength={500} /></Field>
        <ErrorNote error={publish.error} />
      </div>
    </Dialog>
  );
}
