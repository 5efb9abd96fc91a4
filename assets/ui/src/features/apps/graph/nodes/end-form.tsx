import { useTranslation } from "react-i18next";
import { BindingRows } from "@/parts/variables/row-list";
import type { FormProps } from "../node-view";
import { Form, Part } from "./form-parts";
import { recs } from "./read";

export default function EndForm({ data, scope, set }: FormProps) {
  const { t } = useTranslation();
  return (
    <Form>
      <Part title={t("nodes.outputs")} hint={t("nodes.outputsText")}>
        <BindingRows rows={recs(data["outputs"])} onChange={(outputs) => set({ outputs })} scope={scope} label={t("nodes.outputs")} add={t("nodes.addOutput")} withType="value_type" empty={t("nodes.noOutputs")} />
      </Part>
    </Form>
  );
}
