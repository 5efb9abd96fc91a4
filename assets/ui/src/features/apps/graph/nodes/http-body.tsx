import { File as FileIcon, Type } from "lucide-react";
import { useTranslation } from "react-i18next";
import { readSelector } from "@/lib/scope";
import { RowList } from "@/parts/variables/row-list";
import { SelectorField } from "@/parts/variables/selector-field";
import { TemplateEditor } from "@/parts/variables/template-editor";
import { IconButton, Input, Select } from "@/ui";
import type { Data, FormProps } from "../node-view";
import { Part } from "./form-parts";
import type { BodyType } from "./http-request";
import { bodyItems, bodyText, bodyTypeOf, bodyTypes, newItem } from "./http-request";
import { rec, text } from "./read";

/** What the request carries. */
export function HttpBody({ data, scope, set }: Pick<FormProps, "data" | "scope" | "set">) {
  const { t } = useTranslation();
  const type = bodyTypeOf(data);
  const items = bodyItems(data);
  const put = (next: readonly Data[], as: BodyType = type): void => set({ body: { ...rec(data["body"]), type: as, data: next } });
  const one = items[0] ?? newItem([]);
  const change = (next: BodyType): void => {
    const texts = next === "json" || next === "raw-text";
    const rows = next === "form-data" || next === "x-www-form-urlencoded";
    const wasRows = type === "form-data" || type === "x-www-form-urlencoded";
    const wasText = type === "json" || type === "raw-text";
    if (next === "none") put([], next);
    else if (texts) put([newItem([], { value: wasText ? bodyText(data) : "" })], next);
    else if (rows) put(wasRows ? items.filter((i) => next === "form-data" || i["type"] !== "file") : [], next);
    else put([newItem([], { type: "file", file: [] })], next);
  };
  return (
    <Part title={t("http.body")} aside={<Select compact label={t("http.bodyType")} value={type} onChange={change} options={bodyTypes.map((b) => ({ value: b, label: t(`http.body.${b}`) }))} />}>
      {(type === "json" || type === "raw-text") && (
        <TemplateEditor mono rows={6} scope={scope} label={t("http.body")} placeholder={type === "json" ? '{"name": "value"}' : ""} value={bodyText(data)} onChange={(value) => put([{ ...one, type: "text", value }])} />
      )}
      {type === "binary" && <SelectorField scope={scope} label={t("http.file")} accepts={["file"]} value={readSelector(one["file"])} onChange={(file) => put([{ ...one, type: "file", file }])} />}
      {(type === "form-data" || type === "x-www-form-urlencoded") && (
        <RowList rows={items} onChange={put} label={t("http.body")} add={t("http.addRow")} blank={() => newItem(items)} nameOf={(r, i) => text(r["key"]) || String(i + 1)}>
          {(r, change1, i) => {
            const file = r["type"] === "file";
            return (
              <div className="flex min-w-0 items-start gap-1">
                <div className="w-[104px] shrink-0"><Input mono label={t("http.nameOf", { list: t("http.body"), n: i + 1 })} placeholder={t("kit.name")} value={text(r["key"])} onChange={(key) => change1({ ...r, key })} /></div>
                <div className="min-w-0 flex-1">
                  {file ? (
                    <SelectorField scope={scope} label={t("http.valueOf", { list: t("http.body"), n: i + 1 })} accepts={["file", "array[file]"]} value={readSelector(r["file"])} onChange={(f) => change1({ ...r, file: f })} />
                  ) : (
                    <TemplateEditor rows={1} scope={scope} label={t("http.valueOf", { list: t("http.body"), n: i + 1 })} placeholder={t("http.value")} value={text(r["value"])} onChange={(value) => change1({ ...r, value })} />
                  )}
                </div>
                {type === "form-data" && <IconButton icon={file ? FileIcon : Type} label={t(file ? "http.toText" : "http.toFile", { n: i + 1 })} onClick={() => change1(file ? { ...r, type: "text", value: "", file: undefined } : { ...r, type: "file", value: "", file: [] })} />}
              </div>
            );
          }}
        </RowList>
      )}
    </Part>
  );
}
