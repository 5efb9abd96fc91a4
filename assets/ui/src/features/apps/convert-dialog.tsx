import { useNavigate } from "@tanstack/react-router";
import { Workflow } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { touches } from "@/api/keys";
import { convert } from "@/api/make";
import type { Mode } from "@/api/types";
import { useCommand } from "@/api/use";
import { required } from "@/lib/form";
import { Button, Callout, Dialog, ErrorNote, Field, Input } from "@/ui";

/** Makes a chatflow or workflow that does what the app does. The app itself stays. */
export function ConvertDialog({ app, onClose, before }: { app: { id: string; name: string; mode: Mode }; onClose: () => void; /** Saves what is not saved yet. */ before?: () => Promise<void> }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [name, setName] = useState(app.name);
  const to = app.mode === "completion" ? "workflow" : "advanced-chat";
  const wrong = required(name);
  const make = useCommand(
    async () => {
      await before?.();
      return convert(app.id, { name: name.trim() });
    },
    touches.apps,
    (a) => void navigate({ to: "/apps/$appId/edit", params: { appId: a.id } }),
  );
  return (
    <Dialog
      open
      onClose={onClose}
      width="sm"
      title={t("convert.title", { mode: t(`apps.mode.${to}`) })}
      onSubmit={() => !wrong && make.mutate(undefined)}
      footer={
        <>
          <Button onClick={onClose}>{t("kit.cancel")}</Button>
          <Button type="submit" variant="primary" icon={Workflow} busy={make.isPending}>{t("convert.go")}</Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <p className="text-muted">{t(`convert.text.${to}`)}</p>
        <Field label={t("apps.name")} error={wrong ? t(wrong) : undefined}><Input value={name} onChange={setName} maxLength={80} autoFocus /></Field>
        <Callout tone="info">{t("convert.stays")}</Callout>
        <ErrorNote error={make.error} />
      </div>
    </Dialog>
  );
}
