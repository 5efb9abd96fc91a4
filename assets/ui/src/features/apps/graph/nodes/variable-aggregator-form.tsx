import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Scope, VarType } from "@/lib/scope";
import { findVar } from "@/lib/scope";
import { RowList } from "@/parts/variables/row-list";
import { SelectorField } from "@/parts/variables/selector-field";
import { Badge, Button, IconButton, Input } from "@/ui";
import { Trash2 } from "lucide-react";
import type { Data, FormProps } from "../node-view";
import { newId } from "../variables";
import { Form, Part, SwitchPart } from "./form-parts";
import { merged, rec, text } from "./read";
import { groupName, groupsOf, isGrouped, selectorsOf } from "./variable-aggregator";

export default function VariableAggregatorForm({ data, scope, set }: FormProps) {
  const { t } = useTranslation();
  const grouped = isGrouped(data);
  const groups = groupsOf(data);
  const advanced = (part: Data): void => set({ advanced_settings: merged({ group_enabled: grouped, groups, ...rec(data["advanced_settings"]) }, part) });
  const newGroup = (part: Data = {}): Data => ({ groupId: newId(), group_name: groupName(groups.map((g) => text(g["group_name"]))), output_type: "any", variables: [], ...part });
  return (
    <Form>
      {!grouped && (
        <Part title={t("agg.variables")} hint={t("agg.text")} aside={<TypeBadge type={data["output_type"]} />}>
          <Variables value={data["variables"]} type={data["output_type"]} scope={scope} label={t("agg.variables")} onChange={(variables, output_type) => set({ variables, output_type })} />
        </Part>
      )}
      <SwitchPart
        title={t("agg.groups")}
        hint={t("agg.groupsText")}
        on={grouped}
        onChange={(group_enabled) => advanced({ group_enabled, ...(group_enabled && groups.length === 0 ? { groups: [newGroup({ output_type: text(data["output_type"]) || "any", variables: selectorsOf(data["variables"]) })] } : {}) })}
      >
        <div className="flex flex-col gap-2">
          {groups.map((g, i) => {
            const name = text(g["group_name"]);
            const put = (part: Data): void => advanced({ groups: groups.map((x, j) => (j === i ? { ...x, ...part } : x)) });
            return (
              <section key={text(g["groupId"]) || i} aria-label={name} className="flex flex-col gap-1.5 rounded border p-2">
                <header className="flex items-center gap-1.5">
                  <div className="min-w-0 flex-1"><Input mono label={t("agg.groupName", { n: i + 1 })} maxLength={30} value={name} onChange={(s) => put({ group_name: s.replace(/[^A-Za-z0-9_]/g, "_") })} /></div>
                  <TypeBadge type={g["output_type"]} />
                  {groups.length > 1 && <IconButton size="sm" icon={Trash2} label={t("rows.remove", { name })} onClick={() => advanced({ groups: groups.filter((_, j) => j !== i) })} />}
                </header>
                <Variables value={g["variables"]} type={g["output_type"]} scope={scope} label={t("agg.variablesOf", { name })} onChange={(variables, output_type) => put({ variables, output_type })} />
              </section>
            );
          })}
          <div><Button size="sm" icon={Plus} onClick={() => advanced({ groups: [...groups, newGroup()] })}>{t("agg.addGroup")}</Button></div>
        </div>
      </SwitchPart>
    </Form>
  );
}

function TypeBadge({ type }: { type: unknown }) {
  return text(type) === "" || type === "any" ? null : <Badge>{text(type)}</Badge>;
}

/** Variables in the order in which they are asked. The first that is chosen says of which type the others are. */
function Variables({ value, type, scope, label, onChange }: { value: unknown; type: unknown; scope: Scope; label: string; onChange: (variables: string[][], type: string) => void }) {
  const { t } = useTranslation();
  const rows = selectorsOf(value);
  const typeIn = (list: readonly string[][]): string => {
    for (const s of list) {
      const v = findVar(scope, s);
      if (v) return v.last.type;
    }
    return list.some((s) => s.length >= 2) ? text(type) || "any" : "any";
  };
  const put = (next: string[][]): void => onChange(next, typeIn(next));
  return (
    <RowList rows={rows} onChange={put} label={label} add={t("agg.add")} blank={(): string[] => []} nameOf={(s, i) => s.at(-1) ?? String(i + 1)} empty={t("agg.empty")}>
      {(s, change, i) => {
        const other = typeIn(rows.filter((_, j) => j !== i));
        const accepts: VarType[] | undefined = other === "any" ? undefined : scope.flatMap((g) => g.vars.map((v) => v.type)).filter((x) => x === other);
        return <SelectorField scope={scope} label={t("agg.variable", { n: i + 1 })} value={s} accepts={accepts} onChange={(next) => change(next)} />;
      }}
    </RowList>
  );
}
