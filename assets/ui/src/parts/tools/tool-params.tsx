import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { ToolParam, ToolView } from "@/api/types";
import { sayText } from "@/text/say";
import { Badge, Field, Segmented } from "@/ui";
import { ToolValue } from "./tool-value";

/** Values of parameters by their names. Of an agent's tool those that are here are fixed; the model fills in the others. */
export type ToolValues = Record<string, unknown>;

export type ValueField = (p: ToolParam, value: unknown, onChange: (v: unknown) => void) => ReactNode;

/** Tells whether a model can fill a parameter in: it cannot hold files, and what is the builder's to choose is not its business. */
export function modelMay(p: ToolParam): boolean {
  return p.form !== "form" && p.type !== "file" && p.type !== "files" && p.type !== "dataset";
}

/** Tells whether a call would lack something: what is required, fixed by who builds the app, and not there. */
export function lacking(tool: ToolView, values: ToolValues, auto: boolean): ToolParam[] {
  return tool.params.filter((p) => p.required && (p.default === null || p.default === undefined) && !(auto && modelMay(p) && !(p.name in values)) && (values[p.name] === undefined || values[p.name] === null || values[p.name] === ""));
}

/**
 * The parameters of one tool. With `auto`, for agents, each is either filled in by the model or fixed here; without, each has a value.
 * `field` replaces the control for a value, where a variable can stand in its place.
 */
export function ToolParams({ tool, values, onChange, auto, field }: {
  tool: ToolView;
  values: ToolValues;
  onChange: (v: ToolValues) => void;
  auto?: boolean;
  field?: ValueField;
}) {
  const { t } = useTranslation();
  if (tool.params.length === 0) return <p className="text-sm text-faint">{t("tool.noParams")}</p>;
  const put = (name: string, v: unknown): void => {
    const { [name]: _old, ...rest } = values;
    onChange(v === undefined ? rest : { ...rest, [name]: v });
  };
  return (
    <div className="flex flex-col gap-3">
      {tool.params.map((p) => {
        const choice = auto === true && modelMay(p);
        const fixed = !choice || p.name in values;
        const label = sayText(p.label) || p.name;
        return (
          <Field
            key={p.name}
            label={label}
            hint={p.description && p.description !== label ? sayText(p.about) : undefined}
            aside={
              <span className="flex shrink-0 items-center gap-2">
                {p.required && !choice && <Badge>{t("tool.required")}</Badge>}
                {choice && (
                  <Segmented
                    label={t("tool.whoFills", { name: label })}
                    value={fixed ? "fixed" : "auto"}
                    onChange={(v) => put(p.name, v === "auto" ? undefined : (values[p.name] ?? firstValue(p)))}
                    options={[{ value: "auto", label: t("tool.auto") }, { value: "fixed", label: t("tool.fixed") }]}
                  />
                )}
              </span>
            }
          >
            {fixed ? (
              field ? field(p, values[p.name], (v) => put(p.name, v ?? (choice ? "" : undefined))) : <ToolValue param={p} value={values[p.name]} onChange={(v) => put(p.name, v ?? (choice ? "" : undefined))} />
            ) : (
              <p className="rounded border border-dashed px-2.5 py-1 text-sm text-faint">{t("tool.autoText")}</p>
            )}
          </Field>
        );
      })}
    </div>
  );
}

/** What a parameter begins with when it becomes fixed. */
function firstValue(p: ToolParam): unknown {
  if (p.default !== null && p.default !== undefined) return p.default;
  if (p.type === "boolean") return false;
  return p.options[0] ?? "";
}
