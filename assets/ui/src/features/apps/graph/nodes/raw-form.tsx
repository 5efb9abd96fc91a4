import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isRecord } from "@/api/client";
import { CodeEditor } from "@/parts/code/code-editor";
import { sayText } from "@/text/say";
import { Callout } from "@/ui";
import type { Data, FormProps } from "../node-view";
import { useKind } from "../panel/param-fields";
import { Form, Part } from "./form-parts";

/** A kind of node that cannot work here, or that nobody knows: what it was, what replaces it, and its data as it is in the file. */
export default function RawForm({ node, data, set }: FormProps) {
  const { t } = useTranslation();
  const { kind } = useKind(node.type);
  const absent = kind?.absent;
  const say = absent ? sayText(absent) : t("raw.unknown", { type: node.type });
  return (
    <Form>
      <Callout tone="warn">{kind ? t("raw.kind", { title: sayText(kind.title), text: say }) : say}</Callout>
      <Part title={t("raw.data")} hint={t("raw.text")}>
        <RawData data={data} set={set} />
      </Part>
    </Form>
  );
}

/** The data as JSON. Half typed JSON is kept here and goes nowhere; the kind and the name are set elsewhere. */
function RawData({ data, set }: Pick<FormProps, "data" | "set">) {
  const { t } = useTranslation();
  const { type, title, selected, ...rest } = data;
  const written = JSON.stringify(rest, null, 2);
  const [typed, setTyped] = useState<{ text: string; data: string } | null>(null);
  const shown = typed && typed.data === written ? typed.text : written;
  const change = (text: string): void => {
    const next = parsed(text);
    if (!next) return setTyped({ text, data: written });
    const gone = Object.fromEntries(Object.keys(rest).filter((k) => !(k in next)).map((k) => [k, undefined]));
    setTyped({ text, data: JSON.stringify(next, null, 2) });
    set({ ...gone, ...next });
  };
  return <CodeEditor language="json" rows={14} label={t("raw.data")} value={shown} onChange={change} />;
}

function parsed(text: string): Data | undefined {
  try {
    const v: unknown = JSON.parse(text);
    if (!isRecord(v)) return undefined;
    const { type, title, selected, ...rest } = v;
    return rest;
  } catch {
    return undefined;
  }
}
