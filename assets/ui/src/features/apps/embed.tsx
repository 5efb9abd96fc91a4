import { Link2, MessageCircle, PanelsTopLeft } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { apps } from "@/api/console";
import { touches } from "@/api/keys";
import type { App } from "@/api/types";
import { useCommand } from "@/api/use";
import { sitePaths, siteLink } from "@/lib/links";
import { bubbleSnippet, frameSnippet } from "@/lib/snippets";
import { Button, Callout, CopyField, Dialog, ErrorNote, Field, Segmented, Textarea, toast } from "@/ui";
import { QrCode } from "./qr-code";

type Way = "bubble" | "iframe" | "link";

/** How other pages show the web app, and which of them may. */
export function EmbedDialog({ app, onClose }: { app: App; onClose: () => void }) {
  const { t } = useTranslation();
  const chat = sitePaths[app.mode] === "chat";
  const [way, setWay] = useState<Way>(chat ? "bubble" : "iframe");
  const sites = app.site.embed ?? [];
  const link = siteLink(app.mode, app.site.code);
  const framed = chat ? `${location.origin}/chatbot/${encodeURIComponent(app.site.code)}` : link;
  const ways = [
    ...(chat ? [{ value: "bubble" as const, label: t("embed.bubble"), icon: MessageCircle }] : []),
    { value: "iframe" as const, label: t("embed.iframe"), icon: PanelsTopLeft },
    { value: "link" as const, label: t("embed.link"), icon: Link2 },
  ];
  return (
    <Dialog open onClose={onClose} width="lg" title={t("embed.title")} description={t("embed.text")} footer={<Button variant="primary" onClick={onClose}>{t("kit.done")}</Button>}>
      <div className="flex flex-col gap-4">
        <Segmented<Way> label={t("embed.how")} value={way} onChange={setWay} options={ways} />
        {way !== "link" && sites.length === 0 && <Callout tone="warn">{t("embed.noSites")}</Callout>}
        {way === "link" ? (
          <div className="flex flex-wrap items-start gap-5">
            <QrCode text={link} label={t("embed.qr")} />
            <div className="flex min-w-60 flex-1 flex-col gap-2"><p className="text-muted">{t("embed.linkText")}</p><CopyField text={link} label={t("publish.link")} /></div>
          </div>
        ) : (
          <>
            <p className="text-muted">{t(way === "bubble" ? "embed.bubbleText" : "embed.iframeText")}</p>
            <CopyField multiline text={way === "bubble" ? bubbleSnippet(app.site.code, location.origin, app.site.color) : frameSnippet(framed, app.site.title || app.name)} label={t("embed.snippet")} />
            <p className="text-xs text-faint">{t("embed.inputs")}</p>
            {app.site.access !== "public" && app.site.access !== "" && <Callout>{t("embed.private")}</Callout>}
            <Sites app={app} sites={sites} />
          </>
        )}
      </div>
    </Dialog>
  );
}

function Sites({ app, sites }: { app: App; sites: string[] }) {
  const { t } = useTranslation();
  const [text, setText] = useState(sites.join("\n"));
  const save = useCommand(
    () => apps.saveSite(app.id, { embed: text.split(/\s+/).filter((x) => x !== "") }),
    touches.app(app.id),
    (a) => {
      setText((a.site.embed ?? []).join("\n"));
      toast(t("kit.saved"));
    },
  );
  return (
    <form
      noValidate
      className="flex flex-col gap-2 border-t pt-4"
      onSubmit={(e) => {
        e.preventDefault();
        save.mutate(undefined);
      }}
    >
      <Field label={t("embed.sites")} hint={t("embed.sitesHint")}><Textarea mono rows={3} value={text} onChange={setText} placeholder="http://10.0.0.5:8080" /></Field>
      <ErrorNote error={save.error} />
      <div><Button type="submit" busy={save.isPending} disabled={text.split(/\s+/).filter((x) => x !== "").join() === sites.join()}>{t("embed.saveSites")}</Button></div>
    </form>
  );
}
