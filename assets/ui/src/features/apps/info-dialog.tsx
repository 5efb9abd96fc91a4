import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ApiError } from "@/api/client";
import type { AppInput } from "@/api/console";
import { required } from "@/lib/form";
import { Button, Dialog, ErrorNote, Field, Input, Textarea } from "@/ui";
import { firstIcon, IconPicker } from "@/parts/icon-picker";

/** Name, icon and description: of a new app, or of one that is there. */
export function InfoDialog({ title, text, first, action, busy, error, onSubmit, onClose }: {
  title: string;
  text?: string;
  first?: AppInput;
  action: string;
  busy: boolean;
  error: ApiError | null;
  onSubmit: (b: AppInput) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [form, setForm] = useState<AppInput>(first ?? { name: "", description: "", ...firstIcon });
  const [tried, setTried] = useState(false);
  const wrong = required(form.name);
  return (
    <Dialog
      open
      sticky
      onClose={onClose}
      title={title}
      description={text}
      onSubmit={() => {
        setTried(true);
        if (!wrong) onSubmit({ ...form, name: form.name.trim(), description: form.description.trim() });
      }}
      footer={
        <>
          <Button onClick={onClose}>{t("kit.cancel")}</Button>
          <Button type="submit" variant="primary" busy={busy}>{action}</Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <InfoFields form={form} onChange={setForm} wrong={tried ? wrong : undefined} />
        <ErrorNote error={error} />
      </div>
    </Dialog>
  );
}

/** The fields of a name, an icon and a description. */
export function InfoFields({ form, onChange, wrong }: { form: AppInput; onChange: (f: AppInput) => void; wrong: ReturnType<typeof required> }) {
  const { t } = useTranslation();
  return (
    <>
      <div className="flex items-start gap-4">
        <IconPicker icon={form.icon} color={form.icon_color} onChange={(icon, icon_color) => onChange({ ...form, icon, icon_color })} />
        <div className="min-w-0 flex-1">
          <Field label={t("apps.name")} error={wrong ? t(wrong) : undefined}>
            <Input value={form.name} onChange={(name) => onChange({ ...form, name })} placeholder={t("apps.namePlaceholder")} maxLength={80} autoFocus />
          </Field>
        </div>
      </div>
      <Field label={t("apps.description")} optional>
        <Textarea value={form.description} onChange={(description) => onChange({ ...form, description })} placeholder={t("apps.descriptionPlaceholder")} rows={3} maxLength={400} />
      </Field>
    </>
  );
}
