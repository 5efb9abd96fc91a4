import { CodeEditor } from "@/parts/code/code-editor";
import { useTranslation } from "react-i18next";
import type { FormProps } from "../node-view";

export default function UnknownForm({ data }: FormProps) {
  const { t } = useTranslation();
  return <CodeEditor readOnly language="json" label={t("graph.settings")} value={JSON.stringify(data, null, 2)} onChange={() => undefined} />;
}
