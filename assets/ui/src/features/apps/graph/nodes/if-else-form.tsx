import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { RowList } from "@/parts/variables/row-list";
import { Button } from "@/ui";
import type { Data, FormProps } from "../node-view";
import { ConditionList, LogicSwitch, logicOf } from "./condition-list";
import { Form } from "./form-parts";
import { caseName, casesOf, newCase } from "./if-else";
import { recs } from "./read";

export default function IfElseForm({ data, scope, set }: FormProps) {
  const { t } = useTranslation();
  const cases = casesOf(data);
  // The fields of older files would be another case beside these.
  const put = (next: readonly Data[]): void => set({ cases: next, ...("conditions" in data ? { conditions: undefined, logical_operator: undefined } : {}) });
  return (
    <Form>
      <RowList roomy rows={cases} onChange={put} label={t("cond.cases")} nameOf={(_, i) => caseName(i)} min={1}>
        {(c, change, i) => {
          const conditions = recs(c["conditions"]);
          return (
            <section aria-label={caseName(i)} className="flex min-w-0 flex-col gap-1.5">
              <header className="flex h-8 items-center gap-2">
                <h3 className="text-sm font-semibold text-accent-text">{caseName(i)}</h3>
                {conditions.length > 1 && <span className="ml-auto"><LogicSwitch value={logicOf(c["logical_operator"])} onChange={(logical_operator) => change({ ...c, logical_operator })} /></span>}
              </header>
              <ConditionList label={t("cond.of", { name: caseName(i) })} conditions={conditions} scope={scope} onChange={(next) => change({ ...c, conditions: next })} />
            </section>
          );
        }}
      </RowList>
      <div><Button size="sm" icon={Plus} onClick={() => put([...cases, newCase(cases)])}>{t(cases.length === 0 ? "cond.addIf" : "cond.addElif")}</Button></div>
      <section aria-label="ELSE" className="border-t pt-3">
        <h3 className="text-sm font-semibold text-accent-text">ELSE</h3>
        <p className="text-xs text-faint">{t("cond.elseText")}</p>
      </section>
    </Form>
  );
}
