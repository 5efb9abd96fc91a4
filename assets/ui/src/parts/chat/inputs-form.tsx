import { useTranslation } from "react-i18next";
import type { Variable } from "@/api/types";
import type { ValueProblem } from "@/lib/variables";
import { kindOf, lengthLimit } from "@/lib/variables";
import { Checkbox, Field, Input, NumberInput, Select, Textarea } from "@/ui";

export interface InputsFormProps {
  vars: Variable[];
  values: { [k: string]: unknown };
  onChange: (values: { [k: string]: unknown }) => void;
  problems?: { [name: string]: ValueProblem };
}

/** The form of an app's variables. Hidden ones are for the API and are not shown. */
export function InputsForm({ vars, values, onChange, problems = {} }: InputsFormProps) {
  const { t } = useTranslation();
  const set = (name: string, v: unknown): void => onChange({ ...values, [name]: v });
  return (
    <div className="flex flex-col gap-4">
      {vars.filter((v) => !v.hidden).map((v) => {
        const problem = problems[v.name];
        const error = problem ? t(problem, { count: lengthLimit(v) ?? 0 }) : undefined;
        const label = v.label || v.name;
        if (kindOf(v) === "checkbox")
          return (
            <div key={v.name}>
              <Checkbox checked={values[v.name] === true} onChange={(on) => set(v.name, on)}>{label}</Checkbox>
              {v.help && <p className="pl-6 text-xs text-faint">{v.help}</p>}
            </div>
          );
        return (
          <Field key={v.name} label={label} optional={!v.required} hint={v.help} error={error}>
            <Control v={v} value={values[v.name]} onChange={(x) => set(v.name, x)} />
          </Field>
        );
      })}
    </div>
  );
}

function Control({ v, value, onChange }: { v: Variable; value: unknown; onChange: (x: unknown) => void }) {
  const { t } = useTranslation();
  const text = typeof value === "string" ? value : value === undefined || value === null ? "" : String(value);
  switch (kindOf(v)) {
    case "paragraph":
      return <Textarea value={text} onChange={onChange} rows={3} />;
    case "number":
      return <NumberInput value={typeof value === "number" ? value : null} onChange={onChange} />;
    case "select": {
      const options = (v.options ?? []).filter((o) => o !== "");
      return <Select value={options.includes(text) ? text : ""} onChange={onChange} placeholder={t("inputs.choose")} options={options.map((o) => ({ value: o, label: o }))} />;
    }
    default:
      return <Input value={text} onChange={onChange} />;
  }
}
