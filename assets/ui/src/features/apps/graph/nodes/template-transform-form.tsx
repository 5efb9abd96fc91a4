import { useTranslation } from "react-i18next";
import { CodeEditor } from "@/parts/code/code-editor";
import { BindingRows } from "@/parts/variables/row-list";
import type { FormProps } from "../node-view";
import { Form, Part } from "./form-parts";
import { recs, text } from "./read";

export default function TemplateTransformForm({ data, scope, set }: FormProps) {
  const { t } = useTranslation();
  const vars = recs(data["variables"]);
  return (
    <Form>
      <Part title={t("code.inputs")} hint={t("tpl.inputsText")}>
        <BindingRows rows={vars} onChange={(variables) => set({ variables })} scope={scope} label={t("code.inputs")} add={t("code.addInput")} />
      </Part>
      <Part title={t("node.template-transform")} hint={t("tpl.text")}>
        <CodeEditor language="jinja2" rows={12} label={t("node.template-transform")} placeholder={"{% for item in items %}\n- {{ item }}\n{% endfor %}"} value={text(data["template"])} onChange={(template) => set({ template })} names={vars.map((v) => ({ name: text(v["variable"]) })).filter((v) => v.name !== "")} />
      </Part>
    </Form>
  );
}
