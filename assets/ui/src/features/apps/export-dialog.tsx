import { Download } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { apps } from "@/api/console";
import type { Mode } from "@/api/types";
import { ButtonLink, Callout, Checkbox, Dialog } from "@/ui";
import { isGraphMode } from "./graph/graph";

/** An app as a file that Dify and islet read. Secrets go into it only if somebody says so. */
export function ExportDialog({ app, onClose }: { app: { id: string; name: string; mode: Mode }; onClose: () => void }) {
  const { t } = useTranslation();
  const [secrets, setSecrets] = useState(false);
  return (
    <Dialog
      open
      onClose={onClose}
      width="sm"
      title={t("export.title", { name: app.name })}
      description={t("export.text")}
      footer={<ButtonLink href={apps.exported(app.id, secrets)} icon={Download} variant="primary" download>{t("export.download")}</ButtonLink>}
    >
      {isGraphMode(app.mode) && (
        <div className="flex flex-col gap-3">
          <Checkbox checked={secrets} onChange={setSecrets}>{t("export.secrets")}</Checkbox>
          {secrets ? <Callout tone="warn">{t("export.secretsWarn")}</Callout> : <p className="text-xs text-faint">{t("export.noSecrets")}</p>}
        </div>
      )}
    </Dialog>
  );
}
