import { useTranslation } from "react-i18next";
import { readSelector } from "@/lib/scope";
import { SelectorField } from "@/parts/variables/selector-field";
import type { FormProps } from "../node-view";
import { Form, Part } from "./form-parts";

export default function DocumentExtractorForm({ data, scope, set }: FormProps) {
  const { t } = useTranslation();
  return (
    <Form>
      <Part title={t("doc.file")} hint={t("doc.fileText")}>
        <SelectorField scope={scope} label={t("doc.file")} accepts={["file", "array[file]"]} value={readSelector(data["variable_selector"])} onChange={(s, v) => set({ variable_selector: s, is_array_file: v ? v.type === "array[file]" : data["is_array_file"] === true })} />
      </Part>
    </Form>
  );
}
