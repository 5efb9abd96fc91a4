import { Eye, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { FormField } from "@/api/types";
import { FormCard } from "@/parts/flow/form-card";
import { free } from "@/parts/variables/row-list";
import { TemplateEditor } from "@/parts/variables/template-editor";
import { Button, Dialog, Field, Menu, NumberInput, Segmented, Switch } from "@/ui";
import type { Data, FormProps } from "../node-view";
import { newId } from "../variables";
import { Form, Part } from "./form-parts";
import { HumanActions } from "./human-actions";
import { HumanFields } from "./human-fields";
import type { FieldType } from "./human-input";
import { actionsOf, fieldsOf, fieldTypes, nameOf, newField, placeOf, renamed } from "./human-input";
import { number, rec, recs, text, texts } from "./read";

export default function HumanInputForm({ node, data, scope, set }: FormProps) {
  const { t } = useTranslation();
  const [preview, setPreview] = useState(false);
  const content = text(data["form_content"]);
  const fields = fieldsOf(data);
  const add = (type: FieldType): void => {
    const name = free(type === "file-list" ? "files" : type === "paragraph" ? "text" : type === "select" ? "choice" : "file", fields.map(nameOf));
    set({ inputs: [...fields, newField(type, name)], form_content: placed(content, name) });
  };
  return (
    <Form>
      <Part title={t("human.content")} hint={t("human.contentText")} aside={<Button size="sm" variant="ghost" icon={Eye} onClick={() => setPreview(true)}>{t("human.preview")}</Button>}>
        <TemplateEditor
          rows={6}
          scope={scope}
          label={t("human.content")}
          placeholder={t("human.contentPlaceholder")}
          value={content}
          literals={fields.map((f) => ({ text: placeOf(nameOf(f)), label: t("human.fieldChip", { name: nameOf(f) }) }))}
          onChange={(form_content) => set({ form_content })}
        />
      </Part>
      <Part
        title={t("human.fields")}
        aside={<Menu label={t("human.addField")} trigger={<Button size="sm" variant="ghost" icon={Plus}>{t("human.addField")}</Button>} groups={[fieldTypes.map((k) => ({ id: k, label: t(`human.type.${k}`), run: () => add(k) }))]} />}
      >
        {fields.length === 0 ? (
          <p className="rounded border border-dashed px-3 py-2.5 text-center text-sm text-faint">{t("human.noFields")}</p>
        ) : (
          <HumanFields
            node={node.id}
            fields={fields}
            content={content}
            scope={scope}
            label={t("human.fields")}
            onChange={(inputs) => set({ inputs, form_content: without(content, fields, inputs) })}
            onRename={(inputs, from, to) => set({ inputs, form_content: renamed(content, from, to) })}
            onPlace={(name) => set({ form_content: placed(content, name) })}
          />
        )}
      </Part>
      <Part title={t("human.buttons")} hint={t("human.buttonsText")}>
        <HumanActions actions={actionsOf(data)} onChange={(user_actions) => set({ user_actions })} />
      </Part>
      <Delivery data={data} set={set} />
      <Field label={t("human.timeout")} hint={t("human.timeoutText")}>
        <div className="flex items-center gap-2">
          <div className="w-24"><NumberInput label={t("human.timeout")} min={1} max={1000} value={number(Number(data["timeout"])) ?? 36} onChange={(n) => n !== null && set({ timeout: Math.round(n) })} /></div>
          <Segmented label={t("human.unit")} value={data["timeout_unit"] === "day" ? "day" : "hour"} onChange={(timeout_unit) => set({ timeout_unit })} options={[{ value: "hour", label: t("human.hours") }, { value: "day", label: t("human.days") }]} />
        </div>
      </Field>
      {preview && <Preview title={node.title} data={data} onClose={() => setPreview(false)} />}
    </Form>
  );
}

/** The text with the field at its end. */
const placed = (content: string, name: string): string => `${content.replace(/\s*$/, "")}${content.trim() === "" ? "" : "\n\n"}${placeOf(name)}`;

/** The text without the fields that are gone. */
function without(content: string, before: readonly Data[], after: readonly Data[]): string {
  const names = after.map(nameOf);
  return before.map(nameOf).filter((n) => n !== "" && !names.includes(n)).reduce((s, n) => s.split(placeOf(n)).join("").replace(/\n{3,}/g, "\n\n").trim(), content);
}

/** Where the form can be filled in. Only what this site can do is offered; what else a file names is kept. */
function Delivery({ data, set }: Pick<FormProps, "data" | "set">) {
  const { t } = useTranslation();
  const all = recs(data["delivery_methods"]);
  const web = all.find((m) => m["type"] === "webapp");
  const on = web ? web["enabled"] !== false : all.length === 0;
  const mail = all.some((m) => m["type"] === "email" && m["enabled"] !== false);
  return (
    <Part title={t("human.delivery")} hint={mail ? t("human.deliveryMail") : undefined}>
      <Field inline label={t("human.webapp")} hint={t("human.webappText")}>
        <Switch checked={on} onChange={(enabled) => set({ delivery_methods: web ? all.map((m) => (m === web ? { ...m, enabled } : m)) : [...all, { id: newId(), type: "webapp", enabled, config: {} }] })} />
      </Field>
    </Part>
  );
}

/** The form as people will see it; what comes from variables is named. */
function Preview({ title, data, onClose }: { title: string; data: Data; onClose: () => void }) {
  const { t } = useTranslation();
  const inputs = fieldsOf(data).map((f): FormField => {
    const first = rec(f["default"]);
    const source = rec(f["option_source"]);
    return {
      type: text(f["type"]), output_variable_name: nameOf(f), default: first["type"] === "variable" ? "" : (first["value"] ?? ""),
      options: source["type"] === "variable" ? [t("human.fromVariable")] : texts(source["value"]),
      allowed_file_types: texts(f["allowed_file_types"]), allowed_file_extensions: texts(f["allowed_file_extensions"]), allowed_file_upload_methods: texts(f["allowed_file_upload_methods"]), number_limits: number(f["number_limits"]) ?? 0,
    };
  });
  const content = text(data["form_content"]).replace(/\{\{#(?!\$output)([^#{}]+)#\}\}/g, (_, path: string) => `\`${path.split(".").slice(1).join(".")}\``);
  return (
    <Dialog open onClose={onClose} title={t("human.previewTitle")} description={t("human.previewText")}>
      <FormCard
        preview
        token="preview"
        form={{
          node_title: title, form_content: content, inputs, status: "waiting", action_id: "", expires_at: new Date(Date.now() + 3_600_000 * (number(Number(data["timeout"])) ?? 36) * (data["timeout_unit"] === "day" ? 24 : 1)).toISOString(),
          actions: actionsOf(data).map((a) => ({ id: text(a["id"]), title: text(a["title"]), button_style: text(a["button_style"]) })),
        }}
      />
    </Dialog>
  );
}
