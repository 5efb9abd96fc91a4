// Fields drawn from the server's description of a kind of node, for all that needs no part of its own.
import { useTranslation } from "react-i18next";
import { nodeTypes } from "@/api/console";
import { keys } from "@/api/keys";
import type { NodeKind, NodeParam, Text } from "@/api/types";
import { useRead } from "@/api/use";
import { readSelector, varTypeOf } from "@/lib/scope";
import { CodeEditor } from "@/parts/code/code-editor";
import { SelectorField } from "@/parts/variables/selector-field";
import { ConstantField } from "@/parts/variables/value-field";
import { TemplateEditor } from "@/parts/variables/template-editor";
import { sayText } from "@/text/say";
import { ErrorState, Field, Input, NumberInput, Select, SkeletonRows, Switch, Textarea } from "@/ui";
import type { Data, FormProps } from "../node-view";

/** What the server knows of a kind of node. It does not change while the page is open. */
export function useKind(type: string) {
  const list = useRead(keys.nodeTypes, nodeTypes, { stale: Infinity });
  const kind: NodeKind | undefined = list.data?.data.find((k) => k.type === type);
  return { kind, error: list.error, refetch: list.refetch };
}

/** Labels stand in sentences of errors too, so the server begins them small. */
export const sayLabel = (text: Text): string => sayText(text).replace(/^\p{Ll}/u, (c) => c.toUpperCase());

/** Whether a field counts, as the others are set. */
export function counts(p: NodeParam, data: Data, all: readonly NodeParam[]): boolean {
  const when = p.when;
  if (!when) return true;
  const now = data[when.name] ?? all.find((x) => x.name === when.name)?.default;
  return (when.in ?? []).includes(now);
}

type Props = Pick<FormProps, "data" | "scope" | "set"> & { type: string; /** Only these, in this order; absent: all. */ only?: readonly string[] };

/** The fields of a node, or some of them. */
export function ParamFields({ type, only, ...form }: Props) {
  const { kind, error, refetch } = useKind(type);
  if (error) return <ErrorState compact error={error} onRetry={() => void refetch()} />;
  if (!kind) return <SkeletonRows count={only?.length ?? 3} height={32} />;
  const shown = only ? only.flatMap((name) => kind.params.filter((p) => p.name === name)) : kind.params;
  return shown.filter((p) => counts(p, form.data, kind.params)).map((p) => <ParamField key={p.name} param={p} {...form} />);
}

function ParamField({ param: p, data, scope, set }: Omit<Props, "type" | "only"> & { param: NodeParam }) {
  const { t } = useTranslation();
  const label = sayLabel(p.label);
  const value = data[p.name] ?? p.default;
  const hint = p.help ? sayLabel(p.help) : undefined;
  const say = (v: unknown): void => set({ [p.name]: v });
  if (p.kind === "bool") return <Field inline label={label} hint={hint}><Switch checked={value === true} onChange={say} /></Field>;
  const text = typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);
  const options = p.options ?? [];
  const control = (): React.ReactNode => {
    if (options.length > 0) {
      const now = text === "" || options.some((o) => o.value === text) ? [] : [{ value: text, label: text }];
      return <Select value={text} placeholder={t("value.choose")} onChange={say} options={[...options.map((o) => ({ value: o.value, label: o.label.en === o.value ? o.value : sayLabel(o.label), ...(o.help ? { hint: sayText(o.help) } : {}) })), ...now]} />;
    }
    switch (p.kind) {
      case "number": {
        const n = typeof value === "number" ? value : text.trim() === "" || !Number.isFinite(Number(text)) ? null : Number(text);
        return <NumberInput value={n} onChange={(v) => say(v ?? undefined)} {...(p.range ? { min: p.range.min, max: p.range.max } : {})} {...(p.range?.unit ? { suffix: p.range.unit } : {})} />;
      }
      case "selector":
        return <SelectorField clearable={!p.required} scope={scope} label={label} value={readSelector(value)} accepts={(p.takes ?? []).flatMap((s) => varTypeOf(s) ?? [])} onChange={(s) => say(s)} />;
      case "template":
        return <TemplateEditor scope={scope} label={label} rows={3} value={text} onChange={say} />;
      case "list":
        return <ConstantField label={label} type="array[any]" value={data[p.name]} onChange={(v) => say(v ?? [])} />;
      case "object":
        return <ConstantField label={label} type="object" value={data[p.name]} onChange={say} />;
      case "any":
        return <AnyField label={label} value={data[p.name]} onChange={say} />;
      default:
        return text.includes("\n") || text.length > 60 ? <Textarea rows={4} value={text} onChange={say} /> : <Input value={text} onChange={say} />;
    }
  };
  return <Field label={label} hint={hint} optional={!p.required && p.default === undefined}>{control()}</Field>;
}

/** Any JSON. What cannot be read yet is not handed on. */
function AnyField({ label, value, onChange }: { label: string; value: unknown; onChange: (v: unknown) => void }) {
  return (
    <CodeEditor
      language="json"
      rows={3}
      label={label}
      value={value === undefined ? "" : JSON.stringify(value, null, 2)}
      onChange={(s) => {
        try {
          onChange(s.trim() === "" ? undefined : JSON.parse(s));
        } catch {
          // half typed
        }
      }}
    />
  );
}

/** A form made of nothing but the description. */
export function GenericForm({ node, data, scope, set }: FormProps) {
  return <div className="flex flex-col gap-4"><ParamFields type={node.type} data={data} scope={scope} set={set} /></div>;
}
