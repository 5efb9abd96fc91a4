import { useTranslation } from "react-i18next";
import type { ScopeVar } from "@/lib/scope";
import { namable, reference } from "@/lib/scope";
import { CopyIcon } from "@/ui";
import { Part } from "../nodes/form-parts";

/** What a node makes for those behind it. */
export function Outputs({ node, vars }: { node: string; vars: readonly ScopeVar[] }) {
  const { t } = useTranslation();
  if (vars.length === 0) return null;
  return (
    <Part title={t("panel.outputs")}>
      <ul className="divide-y rounded border">
        {vars.map((v) => (
          <li key={v.name} className="group flex min-h-8 items-center gap-2 py-1 pr-1 pl-2.5">
            <span className="min-w-0 flex-1">
              <span className="flex items-baseline gap-2">
                <code className="min-w-0 truncate font-mono text-sm" title={v.name}>{v.name}</code>
                <span className="shrink-0 text-xs text-faint">{v.type}</span>
              </span>
              {v.label && v.label !== v.name && <span className="block text-xs text-faint">{v.label}</span>}
            </span>
            <span className="opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100">
              {namable([node, v.name]) && <CopyIcon text={reference([node, v.name])} label={t("panel.copyRef", { name: v.name })} />}
            </span>
          </li>
        ))}
      </ul>
    </Part>
  );
}
