import { useTranslation } from "react-i18next";

export default function LoopEndForm() {
  const { t } = useTranslation();
  return <p className="text-sm text-muted">{t("loop.endText")}</p>;
}
