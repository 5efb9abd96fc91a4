import { Braces, Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isRecord } from "@/api/client";
import { readSelector } from "@/lib/scope";
import { CodeEditor } from "@/parts/code/code-editor";
import { emptySchema } from "@/parts/code/schema";
import { SchemaEditor, SchemaSummary } from "@/parts/code/schema-editor";
import { GenerateButton } from "@/parts/generate/generate-button";
import { BindingRows, RowList } from "@/parts/variables/row-list";
import { SelectorField } from "@/parts/variables/selector-field";
import { TemplateEditor } from "@/parts/variables/template-editor";
import { Button, Callout, Dialog, IconButton, Segmented, Select } from "@/ui";
import type { Data, FormProps } from "../node-view";
import { Form, MemoryPart, ModelField, More, Part, SwitchPart, useModelRow, VisionPart } from "./form-parts";
import { CONTEXT, isJinja, isStructured, messagesOf, wordsOf } from "./llm";
import { merged, rec, recs, text, without } from "./read";
import { readSchema } from "./schema-vars";

/** What a prompt can read, as it is written in it. */
const readable = (scope: FormProps["scope"]): string[] => scope.flatMap((g) => g.vars.filter((v) => v.type !== "secret").map((v) => `#${g.node}.${v.name}#`)).slice(0, 60);

const roles = ["system", "user", "assistant"] as const;

export default function LlmForm(props: FormProps) {
  const { app, data, scope, set } = props;
  const { t } = useTranslation();
  const row = useModelRow(data["model"]);
  return (
    <Form>
      <ModelField value={data["model"]} onChange={(model) => set({ model })} />
      <ContextPart {...props} />
      {isRecord(data["prompt_template"]) ? <OnePrompt {...props} /> : <Messages {...props} />}
      <MemoryPart question app={app} scope={scope} value={data["memory"]} onChange={(memory) => set({ memory })} />
      <VisionPart scope={scope} value={data["vision"]} onChange={(vision) => set({ vision })} row={row} />
      <Structured {...props} able={!row || row.model.abilities.json_schema === true} />
      <More title={t("nodes.more")} open={data["reasoning_format"] === "separated"}>
        <Part title={t("nodes.reasoning")} hint={t(data["reasoning_format"] === "separated" ? "nodes.reasoning.separatedText" : "nodes.reasoning.taggedText")}>
          <div><Segmented label={t("nodes.reasoning")} value={data["reasoning_format"] === "separated" ? "separated" : "tagged"} onChange={(v) => set({ reasoning_format: v })} options={[{ value: "tagged", label: t("nodes.reasoning.tagged") }, { value: "separated", label: t("nodes.reasoning.separated") }]} /></div>
        </Part>
      </More>
    </Form>
  );
}

/** Knowledge, or any other text, that {{#context#}} stands for in the messages. */
function ContextPart({ data, scope, set }: FormProps) {
  const { t } = useTranslation();
  const context = rec(data["context"]);
  const selector = context["enabled"] === true ? readSelector(context["variable_selector"]) : [];
  const messages = messagesOf(data);
  const unused = selector.length >= 2 && !messages.some((m) => wordsOf(m).includes("#context#"));
  const insert = (): void => {
    const first = messages[0];
    if (!first || isRecord(data["prompt_template"])) return;
    set({ prompt_template: [{ ...first, text: `${text(first["text"]).replace(/\s*$/, "")}${text(first["text"]).trim() === "" ? "" : "\n\n"}${CONTEXT}` }, ...messages.slice(1)] });
  };
  return (
    <Part title={t("nodes.context")} hint={t("nodes.contextText")}>
      <SelectorField clearable scope={scope} label={t("nodes.context")} placeholder={t("kit.none")} accepts={["array[object]", "array[string]", "string"]} value={selector} onChange={(s) => set({ context: merged(context, { enabled: s.length >= 2, variable_selector: s }) })} />
      {unused && <Callout tone="warn" action={messages[0] && !isJinja(messages[0]) && !isRecord(data["prompt_template"]) ? <Button size="sm" onClick={insert}>{t("nodes.contextInsert")}</Button> : undefined}>{t("nodes.contextUnused")}</Callout>}
    </Part>
  );
}

function Messages({ data, scope, set }: FormProps) {
  const { t } = useTranslation();
  const messages = messagesOf(data);
  const put = (list: readonly Data[]): void => set({ prompt_template: list });
  const literals = [{ text: CONTEXT, label: t("nodes.context") }];
  const bound = recs(rec(data["prompt_config"])["jinja2_variables"]);
  const last = text(messages.at(-1)?.["role"]);
  const role = (m: Data, i: number) => {
    const now = roles.find((r) => r === m["role"]) ?? "";
    return <Select plain label={t("nodes.roleOf", { n: i + 1 })} value={now} placeholder={text(m["role"])} onChange={(r) => put(messages.map((x, j) => (j === i ? { ...x, role: r } : x)))} options={roles.map((r) => ({ value: r, label: t(`nodes.role.${r}`) }))} />;
  };
  return (
    <Part title={t("nodes.prompt")} hint={t("nodes.promptText")}>
      <RowList inside rows={messages} onChange={put} label={t("nodes.prompt")} nameOf={(_, i) => t("nodes.messageOf", { n: i + 1 })}>
        {(m, _set, i, handle) => {
          const jinja = isJinja(m);
          const name = t("nodes.messageOf", { n: i + 1 });
          const change = (part: Data): void => put(messages.map((x, j) => (j === i ? merged(x, part) : x)));
          const tools = (
            <>
              {!jinja && <GenerateButton small kind="prompt" talks={m["role"] === "system"} current={text(m["text"])} variables={readable(scope)} onAccept={(g) => change({ text: g.text })} />}
              <Button size="sm" variant={jinja ? "soft" : "ghost"} aria-pressed={jinja} onClick={() => change(jinja ? { edition_type: "basic" } : { edition_type: "jinja2", jinja2_text: text(m["jinja2_text"]) || text(m["text"]) })}>{"Jinja2"}</Button>
              {messages.length > 1 && <IconButton icon={X} size="sm" label={t("rows.remove", { name })} onClick={() => put(messages.filter((_, j) => j !== i))} />}
            </>
          );
          const head = <>{handle}{role(m, i)}</>;
          return jinja ? (
            <CodeEditor language="jinja2" label={name} rows={4} head={head} tools={tools} value={text(m["jinja2_text"])} onChange={(s) => change({ jinja2_text: s })} names={[...bound.map((v) => ({ name: text(v["variable"]) })), { name: "context" }]} placeholder="{{ name }}" />
          ) : (
            <TemplateEditor scope={scope} label={name} rows={i === 0 ? 5 : 3} head={head} tools={tools} literals={literals} value={text(m["text"])} onChange={(s) => change({ text: s })} placeholder={t(i === 0 ? "nodes.promptPlaceholder" : "nodes.messagePlaceholder")} />
          );
        }}
      </RowList>
      <div><Button size="sm" variant="ghost" icon={Plus} onClick={() => put([...messages, { role: last === "user" ? "assistant" : "user", text: "" }])}>{t("nodes.addMessage")}</Button></div>
      {messages.some(isJinja) && (
        <Part title={t("nodes.jinjaVariables")} hint={t("nodes.jinjaText")}>
          <BindingRows rows={bound} scope={scope} label={t("nodes.jinjaVariables")} add={t("nodes.addVariable")} onChange={(rows) => set({ prompt_config: merged(data["prompt_config"], { jinja2_variables: rows }) })} />
        </Part>
      )}
    </Part>
  );
}

/** The prompt of a completion model, as older files have it: one text. */
function OnePrompt({ data, scope, set }: FormProps) {
  const { t } = useTranslation();
  const m = rec(data["prompt_template"]);
  return (
    <Part title={t("nodes.prompt")} hint={t("nodes.completionText")} aside={<Button size="sm" icon={Braces} onClick={() => set({ prompt_template: [{ role: "user", ...without(m, "role") }], model: merged(data["model"], { mode: "chat" }) })}>{t("nodes.toMessages")}</Button>}>
      <TemplateEditor scope={scope} label={t("nodes.prompt")} rows={8} literals={[{ text: CONTEXT, label: t("nodes.context") }, { text: "{{#histories#}}", label: t("nodes.histories") }]} value={text(m["text"])} onChange={(s) => set({ prompt_template: { ...m, text: s } })} />
    </Part>
  );
}

function Structured({ data, set, able }: FormProps & { able: boolean }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const on = isStructured(data);
  const output = rec(data["structured_output"]);
  const schema = readSchema(output["schema"]) ?? emptySchema;
  const asText = typeof output["schema"] === "string";
  const put = (next: Data): void => set({ structured_output: { ...output, schema: asText ? JSON.stringify(next) : next } });
  const turn = (x: boolean): void => {
    set({ structured_output_enabled: x, structured_output_switch_on: undefined, ...(x && !isRecord(data["structured_output"]) ? { structured_output: { schema: emptySchema } } : {}) });
    if (x && !isRecord(data["structured_output"])) setOpen(true);
  };
  return (
    <SwitchPart title={t("nodes.structured")} hint={t("nodes.structuredText")} on={on} onChange={turn}>
      <div className="flex items-start justify-between gap-2 rounded border px-2.5 py-2">
        <div className="min-w-0 flex-1"><SchemaSummary value={schema} empty={t("nodes.structuredEmpty")} /></div>
        <GenerateButton small kind="schema" current={Object.keys(rec(rec(schema)["properties"])).length > 0 ? JSON.stringify(schema, null, 2) : ""} variables={[]} onAccept={(g) => { const v = readSchema(g.text); if (v) put(v); }} />
        <Button size="sm" onClick={() => setOpen(true)}>{t("nodes.schemaEdit")}</Button>
      </div>
      {!able && <Callout tone="warn">{t("nodes.noSchema")}</Callout>}
      <Dialog open={open} sticky width="lg" onClose={() => setOpen(false)} title={t("nodes.structured")} description={t("nodes.structuredText")} footer={<Button variant="primary" onClick={() => setOpen(false)}>{t("kit.done")}</Button>}>
        <SchemaEditor value={schema} onChange={put} label={t("nodes.structured")} />
      </Dialog>
    </SwitchPart>
  );
}
