import { useTranslation } from "react-i18next";
import { RowList } from "@/parts/variables/row-list";
import { Input, Select } from "@/ui";
import type { Data } from "../node-view";
import { ACTION, buttonStyles, newAction } from "./human-input";
import { text } from "./read";

/** The buttons of a form. Each is a way out of the node, named by its id. */
export function HumanActions({ actions, onChange }: { actions: readonly Data[]; onChange: (actions: Data[]) => void }) {
  const { t } = useTranslation();
  const ids = actions.map((a) => text(a["id"]));
  return (
    <RowList roomy min={1} max={10} rows={actions} onChange={onChange} label={t("human.buttons")} add={t("human.addButton")} blank={() => newAction(ids)} nameOf={(a, i) => text(a["title"]) || String(i + 1)}>
      {(a, change, i) => {
        const id = text(a["id"]);
        const bad = !ACTION.test(id) ? t("human.badId") : ids.indexOf(id) !== i ? t("rows.twice", { name: id }) : undefined;
        return (
          <div className="flex flex-col gap-1">
            <div className="grid grid-cols-[1fr_96px_92px] gap-1">
              <Input label={t("human.buttonTitle", { n: i + 1 })} placeholder={t("human.buttonPlaceholder")} maxLength={100} value={text(a["title"])} onChange={(title) => change({ ...a, title })} />
              <Input mono label={t("human.buttonId", { n: i + 1 })} maxLength={20} value={id} onChange={(s) => change({ ...a, id: s.replace(/[^A-Za-z0-9_]/g, "_") })} />
              <Select label={t("human.buttonStyle", { n: i + 1 })} value={buttonStyles.find((s) => s === a["button_style"]) ?? "default"} onChange={(button_style) => change({ ...a, button_style })} options={buttonStyles.map((s) => ({ value: s, label: t(`human.style.${s}`) }))} />
            </div>
            {bad && <p role="alert" className="text-xs text-danger-text">{bad}</p>}
          </div>
        );
      }}
    </RowList>
  );
}
