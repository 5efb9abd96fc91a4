import { useTranslation } from "react-i18next";
import { readSelector, readType } from "@/lib/scope";
import { free, RowList } from "@/parts/variables/row-list";
import { ValueOrVariable } from "@/parts/variables/value-field";
import { Input, Select } from "@/ui";
import type { Data, FormProps } from "../node-view";
import { ParamFields } from "../panel/param-fields";
import { insideOf } from "../scope";
import { useGraph } from "../store";
import { newId } from "../variables";
import { ConditionList, LogicSwitch, logicOf } from "./condition-list";
import { loopTypes, loopVariables } from "./containers";
import { Form, Part } from "./form-parts";
import { recs, text } from "./read";

export default function LoopForm({ node, data, scope, set }: FormProps) {
  const { t } = useTranslation();
  const doc = useGraph((s) => s.doc);
  const conditions = recs(data["break_conditions"]);
  const inner = [...insideOf(doc, node.id), ...scope];
  return (
    <Form>
      <Part title={t("loop.variables")} hint={t("loop.variablesText")}>
        <LoopVariables data={data} scope={scope} set={set} />
      </Part>
      <Part title={t("loop.until")} hint={t("loop.untilText")} aside={conditions.length > 1 && <LogicSwitch value={logicOf(data["logical_operator"])} onChange={(logical_operator) => set({ logical_operator })} />}>
        <ConditionList label={t("loop.until")} conditions={conditions} scope={inner} onChange={(break_conditions) => set({ break_conditions })} />
      </Part>
      <ParamFields type="loop" only={["loop_count"]} data={data} scope={scope} set={set} />
    </Form>
  );
}

/** Constants of other types than texts stand in the file as their JSON. */
function written(type: string, v: unknown): unknown {
  if (type === "string") return typeof v === "string" ? v : "";
  if (type === "boolean") return v === true;
  if (type === "number") return typeof v === "number" ? v : 0;
  return JSON.stringify(v ?? (type === "object" ? {} : []));
}

function shown(type: string, v: unknown): unknown {
  if (typeof v !== "string" || type === "string") return v;
  try {
    return JSON.parse(v);
  } catch {
    return v === "" ? undefined : v;
  }
}

function LoopVariables({ data, scope, set }: Pick<FormProps, "data" | "scope" | "set">) {
  const { t } = useTranslation();
  const vars = loopVariables(data);
  const names = vars.map((v) => text(v["label"]));
  return (
    <RowList
      roomy
      rows={vars}
      onChange={(loop_variables) => set({ loop_variables })}
      label={t("loop.variables")}
      add={t("loop.addVariable")}
      blank={(): Data => ({ id: newId(), label: free("value", names), var_type: "string", value_type: "constant", value: "" })}
      nameOf={(v, i) => text(v["label"]) || String(i + 1)}
    >
      {(v, change, i) => {
        const name = text(v["label"]);
        const type = text(v["var_type"]) || "string";
        return (
          <div className="flex flex-col gap-1">
            <div className="grid grid-cols-[1fr_132px] gap-1">
              <Input mono label={t("rows.name", { n: i + 1 })} placeholder={t("kit.name")} maxLength={30} value={name} onChange={(s) => change({ ...v, label: s.replace(/[^\p{L}\p{N}_]/gu, "_") })} />
              <Select label={t("rows.typeOf", { name: name || i + 1 })} value={type} onChange={(var_type) => change({ ...v, var_type, ...(v["value_type"] === "variable" ? { value: [] } : { value: written(var_type, undefined) }) })} options={[...loopTypes, ...(loopTypes.some((x) => x === type) ? [] : [type])].map((x) => ({ value: x, label: x }))} />
            </div>
            <ValueOrVariable
              scope={scope}
              label={t("loop.firstOf", { name: name || i + 1 })}
              type={readType(type)}
              value={v["value_type"] === "variable" ? { kind: "variable", selector: readSelector(v["value"]) } : { kind: "constant", value: shown(type, v["value"]) }}
              onChange={(x) => change({ ...v, value_type: x.kind, value: x.kind === "variable" ? x.selector : written(type, x.value) })}
            />
            {name !== "" && names.indexOf(name) !== i && <p role="alert" className="text-xs text-danger-text">{t("rows.twice", { name })}</p>}
          </div>
        );
      }}
    </RowList>
  );
}
