import { RefreshCw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { apps } from "@/api/console";
import { touches } from "@/api/keys";
import type { App, Lang } from "@/api/types";
import { useCommand } from "@/api/use";
import { siteColors } from "@/lib/accent";
import { siteLink } from "@/lib/links";
import { langNames, langs } from "@/text";
import { Button, Confirm, CopyField, Drawer, ErrorNote, Field, Input, Select, Switch, Textarea, toast } from "@/ui";
import { cx } from "@/ui/cx";

const PLACEHOLDER_MAX = 64;

/** How the published web app looks, and whether it is open. */
export function SiteSettings({ app, onClose }: { app: App; onClose: () => void }) {
  const { t } = useTranslation();
  const { code: _code, access: _access, embed: _embed, ...first } = app.site; // they have places of their own
  const [form, setForm] = useState(first);
  const [asking, ask] = useState(false);
  const set = (part: Partial<typeof first>): void => setForm({ ...form, ...part });
  const save = useCommand((b: typeof first) => apps.saveSite(app.id, b), touches.app(app.id), () => {
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
        <Field label={t("siteSettings.color")} hint={t("siteSettings.colorHint")}>
          <div className="flex flex-wrap items-center gap-1.5">
            <button type="button" aria-pressed={form.color === ""} onClick={() => set({ color: "" })} className={cx("h-8 rounded border px-2.5 text-sm", form.color === "" ? "border-accent text-accent-text" : "border-line-strong hover:bg-hover")}>{t("siteSettings.colorNone")}</button>
            {siteColors.map((c) => (
              <button key={c} type="button" aria-label={c} aria-pressed={form.color.toLowerCase() === c} onClick={() => set({ color: c })} style={{ background: c }} className={cx("size-8 rounded border", form.color.toLowerCase() === c && "outline-2 outline-offset-2 outline-accent")} />
            ))}
            <input type="color" aria-label={t("siteSettings.colorOwn")} title={t("siteSettings.colorOwn")} value={form.color || siteColors[0]} onChange={(e) => set({ color: e.target.value })} className="h-8 w-11 cursor-pointer rounded border border-line-strong bg-surface p-0.5" />
          </div>
        </Field>
        {form.color !== "" && (
          <Field inline label={t("siteSettings.inverted")} hint={t("siteSettings.invertedText")}>
            <Switch checked={form.inverted} onChange={(inverted) => set({ inverted })} />
          </Field>
        )}
        {app.mode === "agent-chat" && (
          <Field inline label={t("siteSettings.stepsAgent")} hint={t("siteSettings.stepsAgentText")}>
            <Switch checked={form.show_steps} onChange={(show_steps) => set({ show_steps })} />
          </Field>
        )}
        {(app.mode === "workflow" || app.mode === "advanced-chat") && (
          <Field inline label={t("siteSettings.steps")} hint={t("siteSettings.stepsText")}>
            <Switch checked={form.show_steps} onChange={(show_steps) => set({ show_steps })} />
          </Field>
        )}
        <Field label={t("siteSettings.placeholder")} optional><Input value={form.placeholder} onChange={(placeholder) => set({ placeholder })} maxLength={PLACEHOLDER_MAX} placeholder={t("chat.placeholder")} /></Field>
        <Field label={t("siteSettings.disclaimer")} optional hint={t("siteSettings.disclaimerHint")}><Textarea value={form.disclaimer} onChange={(disclaimer) => set({ disclaimer })} rows={2} maxLength={400} /></Field>
        <Field label={t("siteSettings.copyright")} optional><Input value={form.copyright} onChange={(copyright) => set({ copyright })} maxLength={80} /></Field>
        {(app.mode === "workflow" || app.mode === "completion") && (
          <Field inline label={t("siteSettings.sharing")} hint={t("siteSettings.sharingText")}>
            <Switch checked={form.sharing} onChange={(sharing) => set({ sharing })} />
          </Field>
        )}
        <Field label={t("siteSettings.privacy")} optional hint={t("siteSettings.privacyHint")}><Input type="url" value={form.privacy_url} onChange={(privacy_url) => set({ privacy_url })} maxLength={500} placeholder="http://" /></Field>
        <ErrorNote error={save.error} />
      </div>
      <Confirm open={asking} onClose={() => ask(false)} onConfirm={() => renew.mutate(undefined)} title={t("siteSettings.renewTitle")} action={t("siteSettings.renew")} busy={renew.isPending} error={<ErrorNote error={renew.error} />}>
        <p>{t("siteSettings.renewText")}</p>
      </Confirm>
    </Drawer>
  );
}
