import { useTranslation } from "react-i18next";
import { Page } from "@/ui";
import { Gallery } from "./gallery";

/** Finished apps to begin with. */
export function TemplatesPage() {
  const { t } = useTranslation();
  return <Page title={t("templates.title")} purpose={t("templates.purpose")}><Gallery /></Page>;
}
