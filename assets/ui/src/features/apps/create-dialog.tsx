import { useNavigate } from "@tanstack/react-router";
import { FileInput, LayoutTemplate, SquarePlus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { AppInput } from "@/api/console";
import { apps } from "@/api/console";
import { touches } from "@/api/keys";
import type { Mode } from "@/api/types";
import { useCommand } from "@/api/use";
import { required } from "@/lib/form";
import { firstIcon } from "@/parts/icon-picker";
import { Button, Dialog, ErrorNote, Segmented } from "@/ui";
import { ImportPane } from "./import-dialog";
import { InfoFields } from "./info-dialog";
import { ModeChoice } from "./mode-choice";
import { Gallery } from "./templates/gallery";

export type Way = "blank" | "template" | "import";

/** The three ways to a new app: blank by type, from a template, from a file. */
export function CreateDialog({ first, onClose }: { first: Way; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [way, setWay] = useState<Way>(first);
  const [kind, setKind] = useState<Mode>("chat");
  const [form, setForm] = useState<AppInput>({ name: "", description: "", ...firstIcon });
  const [tried, setTried] = useState(false);
  const [report, setReport] = useState(false);
  const wrong = required(form.name);
  const create = useCommand(apps.add, touches.apps, (a) => void navigate({ to: "/apps/$appId/edit", params: { appId: a.id } }));
  return (
    <Dialog
      open
      sticky={form.name !== "" || report}
      width="lg"
      onClose={onClose}
      title={t("apps.newTitle")}
      onSubmit={
        way === "blank"
          ? () => {
              setTried(true);
              if (!wrong) create.mutate({ ...form, name: form.name.trim(), description: form.description.trim(), mode: kind });
            }
          : undefined
      }
      footer={
        way === "blank" && (
          <>
            <Button onClick={onClose}>{t("kit.cancel")}</Button>
            <Button type="submit" variant="primary" busy={create.isPending}>{t("apps.submit")}</Button>
          </>
        )
      }
    >
      <div className="flex flex-col gap-4">
        {!report && <div><Segmented label={t("create.way")} value={way} onChange={setWay} options={[{ value: "blank", label: t("create.blank"), icon: SquarePlus }, { value: "template", label: t("create.template"), icon: LayoutTemplate }, { value: "import", label: t("create.import"), icon: FileInput }]} /></div>}
        {way === "blank" && (
          <>
            <ModeChoice value={kind} onChange={setKind} />
            <InfoFields form={form} onChange={setForm} wrong={tried ? wrong : undefined} />
            <ErrorNote error={create.error} />
          </>
        )}
        {way === "template" && <Gallery compact />}
        {way === "import" && <ImportPane onReport={() => setReport(true)} onClose={onClose} />}
      </div>
    </Dialog>
  );
}
