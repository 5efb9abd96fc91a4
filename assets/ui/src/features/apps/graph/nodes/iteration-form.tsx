import { useTranslation } from "react-i18next";
import { findVar, readSelector } from "@/lib/scope";
import { SelectorField } from "@/parts/variables/selector-field";
import type { FormProps } from "../node-view";
import { ParamFields } from "../panel/param-fields";
import { insideOf } from "../scope";
import { useGraph } from "../store";
import { listOf } from "./containers";
import { Form, Part } from "./form-parts";

export default function IterationForm(props: FormProps) {
  const { node, data, scope, set } = props;
  const { t } = useTranslation();
  const doc = useGraph((s) => s.doc);
  const inside = insideOf(doc, node.id);
  const output = readSelector(data["output_selector"]);
  const flat = data["flatten_output"] !== false;
  const typed = (selector: readonly string[], flatten: boolean): string => {
    const v = findVar(inside, selector)?.last;
    return v ? listOf(v.type, flatten) : typeof data["output_type"] === "string" ? data["output_type"] : "array[any]";
  };
  return (
    <Form>
      <Part title={t("iter.list")} hint={t("iter.listText")}>
        <SelectorField scope={scope} label={t("iter.list")} accepts={["array[any]", "array[string]", "array[number]", "array[object]", "array[file]", "array[boolean]"]} value={readSelector(data["iterator_selector"])} onChange={(s, v) => set({ iterator_selector: s, ...(v ? { iterator_input_type: v.type } : {}) })} />
      </Part>
      <Part title={t("iter.output")} hint={t("iter.outputText")}>
        <SelectorField scope={inside} label={t("iter.output")} value={output} onChange={(s) => set({ output_selector: s, output_type: typed(s, flat) })} />
      </Part>
      <ParamFields type="iteration" only={["is_parallel", "parallel_nums", "error_handle_mode", "flatten_output"]} data={data} scope={scope} set={(part) => set("flatten_output" in part ? { ...part, output_type: typed(output, part["flatten_output"] === true) } : part)} />
    </Form>
  );
}
