import { useTranslation } from "react-i18next";
import { TemplateEditor } from "@/parts/variables/template-editor";
import type { FormProps } from "../node-view";
import { Form, Part } from "./form-parts";
import { text } from "./read";

export default function AnswerForm({ data, scope, set }: FormProps) {
  const { t } = useTranslation();
  return (
    <Form>
      <Part title={t("nodes.answer")} hint={t("nodes.answerText")}>
        <TemplateEditor rows={8} scope={scope} label={t("nodes.answer")} placeholder={t("nodes.answerPlaceholder")} value={text(data["answer"])} onChange={(answer) => set({ answer })} />
      </Part>
    </Form>
  );
}
