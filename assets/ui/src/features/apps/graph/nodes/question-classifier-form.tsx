import { useTranslation } from "react-i18next";
import { readSelector } from "@/lib/scope";
import { RowList } from "@/parts/variables/row-list";
import { SelectorField } from "@/parts/variables/selector-field";
import { TemplateEditor } from "@/parts/variables/template-editor";
import type { FormProps } from "../node-view";
import { Form, ModelField, Part, Rest } from "./form-parts";
import { recs, text } from "./read";

export default function QuestionClassifierForm({ app, data, scope, set }: FormProps) {
  const { t } = useTranslation();
  const classes = recs(data["classes"]);
  return (
    <Form>
      <Part title={t("nodes.query")} hint={t("nodes.classifyText")}>
        <SelectorField scope={scope} label={t("nodes.query")} accepts={["string"]} value={readSelector(data["query_variable_selector"])} onChange={(s) => set({ query_variable_selector: s })} />
      </Part>
      <ModelField value={data["model"]} onChange={(model) => set({ model })} />
      <Part title={t("nodes.classes")} hint={t("nodes.classesText")}>
        <RowList
          rows={classes}
          onChange={(next) => set({ classes: next })}
          label={t("nodes.classes")}
          add={t("nodes.addClass")}
          blank={() => ({ id: String(Date.now()), name: "" })} // edges hang on it, so it is never one that was there before
          min={1}
          nameOf={(c, i) => text(c["name"]) || t("nodes.class", { n: i + 1 })}
        >
          {(c, put, i) => (
            <TemplateEditor rows={1} scope={scope} label={t("nodes.class", { n: i + 1 })} placeholder={t("nodes.classPlaceholder", { n: i + 1 })} value={text(c["name"])} onChange={(name) => put({ ...c, name })} />
          )}
        </RowList>
      </Part>
      <Part title={t("nodes.instruction")} hint={t("nodes.classifyInstruction")}>
        <TemplateEditor rows={3} scope={scope} label={t("nodes.instruction")} value={text(data["instruction"])} onChange={(instruction) => set({ instruction })} />
      </Part>
      <Rest app={app} data={data} scope={scope} set={set} />
    </Form>
  );
}
