import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Scope } from "@/lib/scope";
import { RowList } from "@/parts/variables/row-list";
import { TemplateEditor } from "@/parts/variables/template-editor";
import { Input, Textarea } from "@/ui";
import { Button } from "@/ui";
import { Part } from "./form-parts";
import type { Pair } from "./http-request";
import { readLines, writeLines } from "./http-request";

/** name:value lines, as rows or as the text itself. */
export function PairLines({ title, value, onChange, scope, hint }: { title: string; value: string; onChange: (v: string) => void; scope: Scope; hint?: string }) {
  const { t } = useTranslation();
  const [bulk, setBulk] = useState(false);
  return (
    <Part title={title} hint={bulk ? t("http.bulkText") : hint} aside={<Button size="sm" variant="ghost" onClick={() => setBulk(!bulk)}>{t(bulk ? "http.asRows" : "http.asText")}</Button>}>
      {bulk ? <Textarea mono rows={5} label={title} placeholder="name:value" value={value} onChange={onChange} /> : <PairRows label={title} value={value} onChange={onChange} scope={scope} />}
    </Part>
  );
}

function PairRows({ label, value, onChange, scope }: { label: string; value: string; onChange: (v: string) => void; scope: Scope }) {
  const { t } = useTranslation();
  // A row with nothing in it is no line of the text: it lives here until something is typed.
  const [typed, setTyped] = useState<{ rows: Pair[]; text: string } | null>(null);
  const rows = typed && typed.text === value ? typed.rows : readLines(value);
  const put = (next: Pair[]): void => {
    const text = writeLines(next);
    setTyped({ rows: next, text });
    if (text !== value) onChange(text);
  };
  return (
    <RowList rows={rows} onChange={put} label={label} add={t("http.addRow")} blank={(): Pair => ({ key: "", value: "" })} nameOf={(r, i) => r.key || String(i + 1)}>
      {(r, set, i) => (
        <div className="grid grid-cols-[minmax(96px,2fr)_3fr] gap-1">
          {r.key.includes("{{#") ? (
            <TemplateEditor rows={1} scope={scope} label={t("http.nameOf", { list: label, n: i + 1 })} value={r.key} onChange={(key) => set({ ...r, key })} />
          ) : (
            <Input mono label={t("http.nameOf", { list: label, n: i + 1 })} placeholder={t("kit.name")} value={r.key} onChange={(key) => set({ ...r, key: key.replace(/[:\n]/g, "") })} />
          )}
          <TemplateEditor rows={1} scope={scope} label={t("http.valueOf", { list: label, n: i + 1 })} placeholder={t("http.value")} value={r.value} onChange={(v) => set({ ...r, value: v })} />
        </div>
      )}
    </RowList>
  );
}
