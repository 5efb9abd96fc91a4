import { ListChecks, ScrollText } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Generated } from "@/api/make";
import { CodeEditor } from "@/parts/code/code-editor";
import { GenerateButton } from "@/parts/generate/generate-button";
import { BindingRows, TypedListEditor } from "@/parts/variables/row-list";
import { Button, Menu, Segmented } from "@/ui";
import type { FormProps } from "../node-view";
import { isUntouched, languageOf, outputsOf, outputTypes, returnedKeys, templateOf, writeOutputs } from "./code";
import type { Language, Output } from "./code";
import type { SnippetId } from "./code-snippets";
import { snippetIds, snippets } from "./code-snippets";
import { Form, Part } from "./form-parts";
import { recs, text } from "./read";
import { Renaming } from "./renaming";

export default function CodeForm({ node, data, scope, set }: FormProps) {
  const { t } = useTranslation();
  const language = languageOf(data);
  const source = text(data["code"]);
  const vars = recs(data["variables"]);
  const names = vars.map((v) => text(v["variable"])).filter((n) => n !== "");
  const outputs = useOutputs(data);
  const missing = returnedKeys(source).filter((k) => !outputs.rows.some((o) => o.name === k));
  const kept = useRef<{ [l in Language]?: string }>({}); // what was written in the other language while the panel is open

  const change = (next: Language): void => {
    if (next === language) return;
    kept.current[language] = source;
    set({ code_language: next, code: kept.current[next] ?? templateOf(next, names) });
  };
  const begin = (id: SnippetId): void => {
    const s = snippets[id];
    set({
      code: s.code[language],
      variables: s.inputs.map((variable) => vars.find((v) => v["variable"] === variable) ?? { variable, value_selector: [] }),
      outputs: Object.fromEntries(s.outputs.map((o) => [o.name, { type: o.type, children: null }])),
    });
  };
  const written = (g: Generated): void => {
    const more = (g.inputs ?? []).filter((n) => !names.includes(n));
    const out = Object.entries(g.outputs ?? {});
    set({
      code: g.text,
      ...(more.length > 0 ? { variables: [...vars.filter((v) => text(v["variable"]) !== ""), ...more.map((variable) => ({ variable, value_selector: [] }))] } : {}),
      ...(out.length > 0 ? { outputs: Object.fromEntries(out.map(([name, type]) => [name, { type, children: null }])) } : {}),
    });
  };
  return (
    <Form>
      <Part title={t("code.inputs")} hint={t(language === "python3" ? "code.inputsPython" : "code.inputsJavascript")}>
        <BindingRows rows={vars} onChange={(variables) => set({ variables, ...(isUntouched(source, names) ? { code: templateOf(language, variables.map((v) => text(v["variable"])).filter((n) => n !== "")) } : {}) })} scope={scope} label={t("code.inputs")} add={t("code.addInput")} />
      </Part>
      <Part
        title={t("node.code")}
        aside={
          <>
            <Menu
              label={t("code.snippets")}
              trigger={<Button size="sm" variant="ghost" icon={ScrollText}>{t("code.snippets")}</Button>}
              groups={[snippetIds.map((id) => ({ id, label: t(`snippet.${id}`), run: () => begin(id) }))]}
            />
            <GenerateButton small kind="code" language={language} current={isUntouched(source, names) ? "" : source} variables={names} onAccept={written} />
            <Segmented label={t("code.language")} value={language} onChange={change} options={[{ value: "python3", label: "Python" }, { value: "javascript", label: "JavaScript" }]} />
          </>
        }
      >
        <CodeEditor language={language} label={t("node.code")} rows={12} value={source} onChange={(code) => set({ code })} names={names.map((name) => ({ name }))} />
      </Part>
      <Part title={t("code.outputs")} hint={t("code.outputsText")}>
        <TypedListEditor around={(o, field) => <Renaming node={node.id} name={o.name} names={outputs.rows.map((x) => x.name)}>{field}</Renaming>} rows={outputs.rows} onChange={outputs.put} types={outputTypes} label={t("code.outputs")} add={t("code.addOutput")} blank={(): Output => ({ name: "", type: "string", rest: {} })} />
        {missing.length > 0 && (
          <div><Button size="sm" variant="soft" icon={ListChecks} onClick={() => outputs.put([...outputs.rows.filter((o) => o.name !== ""), ...missing.map((name): Output => ({ name, type: "string", rest: {} }))])}>{t("code.takeOver", { names: missing.join(", ") })}</Button></div>
        )}
      </Part>
    </Form>
  );

  /** The outputs as rows. The file has them as an object, which cannot hold two of one name: what was typed last is shown until then. */
  function useOutputs(of: FormProps["data"]): { rows: readonly Output[]; put: (rows: readonly Output[]) => void } {
    const typed = useRef<{ rows: readonly Output[]; wrote: string } | null>(null);
    const now = JSON.stringify(of["outputs"] ?? {});
    const rows = typed.current && typed.current.wrote === now ? typed.current.rows : outputsOf(of);
    return {
      rows,
      put: (next) => {
        const wrote = writeOutputs(next);
        typed.current = { rows: next, wrote: JSON.stringify(wrote) };
        set({ outputs: wrote });
      },
    };
  }
}
