import { RefreshCw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { apps } from "@/api/console";
import { touches } from "@/api/keys";
import type { App, Lang, Site } from "@/api/types";
import { useCommand } from "@/api/use";
import { siteLink } from "@/lib/links";
import { langNames, langs } from "@/text";
import { Button, Confirm, CopyField, Drawer, ErrorNote, Field, Input, Select, Switch, Textarea, toast } from "@/ui";

const PLACEHOLDER_MAX = 64;

/** How the published web app looks, and whether it is open. */
export function SiteSettings({ app, onClose }: { app: App; onClose: () => void }) {
  const { t } = useTranslation();
  const { code: _code, ...first } = app.site;
  const [form, setForm] = useState(first);
  const [asking, ask] = useState(false);
  const set = (part: Partial<Omit<Site, "code">>): void => setForm({ ...form, ...part });
  const save = useCommand((b: Omit<Site, "code">) => apps.saveSite(app.id, b), touches.app(app.id), () => {
    toast(t("kit.saved"));
    onClose();
  });
  const renew = useCommand(() => apps.newCode(app.id), touches.app(app.id), () => ask(false));
  return (
    <Drawer
      open
      sticky
      onClose={onClose}
      title={t("publish.site")}
      description={t("siteSettings.text")}
      onSubmit={() => save.mutate(form)}
      footer={
        <>
          <Button onClick={onClose}>{t("kit.cancel")}</Button>
          <Button type="submit" variant="primary" busy={save.isPending}>{t("kit.save")}</Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Field inline label={t("siteSettings.enabled")} hint={t("siteSettings.enabledText")}>
          <Switch checked={form.enabled} onChange={(enabled) => set({ enabled })} />
        </Field>
        <Field label={t("publish.link")} aside={<Button size="sm" variant="ghost" icon={RefreshCw} onClick={() => ask(true)}>{t("siteSettings.renew")}</Button>}>
          <CopyField text={siteLink(app.mode, app.site.code)} label={t("publish.link")} />
        </Field>
        <Field label={t("siteSettings.title")} hint={t("siteSettings.titleHint", { name: app.name })}>
          <Input value={form.title} onChange={(title) => set({ title })} placeholder={app.name} maxLength={80} />
        </Field>
        <Field label={t("apps.description")} optional><Textarea value={form.description} onChange={(description) => set({ description })} rows={2} maxLength={400} /></Field>
        <Field label={t("profile.language")} hint={t("siteSettings.languageHint")}>
          <Select<Lang> value={form.language} onChange={(language) => set({ language })} options={langs.map((l) => ({ value: l, label: langNames[l] }))} />
        </Field>
        {(app.mode === "workflow" || app.mode === "advanced-chat") && (
          <Field inline label={t("siteSettings.steps")} hint={t("siteSettings.stepsText")}>
            <Switch checked={form.show_steps} onChange={(show_steps) => set({ show_steps })} />
          </Field>
        )}
        <Field label={t("siteSettings.placeholder")} optional><Input value={form.placeholder} onChange={(placeholder) => set({ placeholder })} maxLength={PLACEHOLDER_MAX} placeholder={t("chat.placeholder")} /></Field>
        <Field label={t("siteSettings.disclaimer")} optional hint={t("siteSettings.disclaimerHint")}><Textarea value={form.disclaimer} onChange={(disclaimer) => set({ disclaimer })} rows={2} maxLength={400} /></Field>
        <Field label={t("siteSettings.copyright")} optional><Input value={form.copyright} onChange={(copyright) => set({ copyright })} maxLength={80} /></Field>
        <ErrorNote error={save.error} />
      </div>
      <Confirm open={asking} onClose={() => ask(false)} onConfirm={() => renew.mutate(undefined)} title={t("siteSettings.renewTitle")} action={t("siteSettings.renew")} busy={renew.isPending} error={<ErrorNote error={renew.error} />}>
        <p>{t("siteSettings.renewText")}</p>
      </Confirm>
    </Drawer>
  );
}
