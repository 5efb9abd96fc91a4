import { ChevronsRight, Lock, Pencil, RotateCcw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { runDoor } from "@/api/console";
import type { DraftVariable } from "@/api/inspect";
import { inspect } from "@/api/inspect";
import { keys, touches } from "@/api/keys";
import { useCommand, useRead } from "@/api/use";
import { filesIn } from "@/lib/fields";
import { bytes } from "@/lib/format";
import { SentFiles } from "@/parts/chat/files";
import { readable } from "@/parts/flow/data";
import { Badge, Button, Callout, CopyIcon, ErrorNote, ErrorState, Field, SkeletonRows, Time } from "@/ui";
import { ValueEditor } from "./value-editor";
import { typed, typeName, valueOf } from "./values";

const SHOWN = 100_000; // characters; the rest is for the clipboard

/** One variable whole: its value, and the ways to change it. */
export function VariableView({ app, variable: listed, where, onGoOn }: { app: string; variable: DraftVariable; where: string; onGoOn: (() => void) | undefined }) {
  const { t, i18n } = useTranslation();
  const whole = useRead(keys.apps.variable(app, listed.node_id, listed.name), () => inspect.variable(app, listed.node_id, listed.name), { enabled: listed.kept && !listed.whole, stale: 0 });
  const [editing, edit] = useState(false);
  const v = listed.whole ? listed : (whole.data ?? listed);
  const revert = useCommand(() => inspect.revert(app, v.node_id, v.name), touches.left(app));
  const fixed = v.node_id === "env" || v.node_id === "sys" && v.name !== "query" && v.name !== "files" || v.secret === true || !v.kept || !v.whole;
  const text = readable(v.value);
  const files = filesIn(v.value);
  return (
    <div className="flex min-h-full flex-col gap-3 px-4 py-3">
      <div className="flex min-h-7 flex-wrap items-center gap-2">
        <h3 className="flex min-w-0 items-center gap-2"><span className="truncate text-sm text-faint">{where}</span><code className="truncate font-mono text-sm font-semibold">{v.name}</code></h3>
        <Badge>{typeName(v.value_type)}</Badge>
        {v.edited && <Badge tone="warn">{t("tried.edited")}</Badge>}
        {v.secret && <Badge icon={Lock}>{t("tried.secret")}</Badge>}
        {v.size > 0 && <span className="text-xs text-faint">{bytes(v.size, i18n.language)}</span>}
        {v.size > 0 && <span className="text-xs text-faint"><Time at={v.updated_at} /></span>}
        <span className="ml-auto flex items-center gap-1">
          {v.whole && !v.secret && <CopyIcon text={text} label={t("data.copy", { name: v.name })} />}
          {v.edited && !editing && <Button size="sm" variant="ghost" icon={RotateCcw} busy={revert.isPending} onClick={() => revert.mutate(undefined)}>{t("tried.revert")}</Button>}
          {!fixed && !editing && <Button size="sm" icon={Pencil} onClick={() => edit(true)}>{t("kit.edit")}</Button>}
          {onGoOn && !editing && <Button size="sm" variant={v.edited ? "soft" : "ghost"} icon={ChevronsRight} onClick={onGoOn}>{t("tried.goOn")}</Button>}
        </span>
      </div>
      <ErrorNote error={revert.error} />
      {v.node_id === "env" && <p className="text-xs text-faint">{t("tried.envText")}</p>}
      {v.secret && v.node_id !== "env" && <p className="text-xs text-faint">{t("tried.secretText")}</p>}
      {!v.kept ? (
        <Callout tone="warn">{t("tried.tooLarge", { size: bytes(v.size, i18n.language) })}</Callout>
      ) : editing ? (
        <EditValue app={app} variable={v} onDone={() => edit(false)} />
      ) : !v.whole && whole.isError ? (
        <ErrorState compact error={whole.error} onRetry={() => void whole.refetch()} />
      ) : !v.whole ? (
        <SkeletonRows count={3} height={20} />
      ) : files.length > 0 ? (
        <SentFiles files={files} door={runDoor(app)} start />
      ) : text === "" || text === "null" ? (
        <p className="text-sm text-faint">{t("result.empty")}</p>
      ) : (
        <pre tabIndex={0} aria-label={t("tried.valueOf", { name: v.name })} className="min-h-0 flex-1 overflow-auto rounded border bg-code px-3 py-2 font-mono text-xs leading-5 whitespace-pre-wrap [overflow-wrap:anywhere]">{text.length > SHOWN ? `${text.slice(0, SHOWN)}\n… ${t("data.more")}` : text}</pre>
      )}
    </div>
  );
}

function EditValue({ app, variable: v, onDone }: { app: string; variable: DraftVariable; onDone: () => void }) {
  const { t } = useTranslation();
  const [value, set] = useState(() => typed(v.value_type, v.value));
  const [tried, setTried] = useState(false);
  const next = valueOf(v.value_type, value);
  const save = useCommand((x: unknown) => inspect.edit(app, v.node_id, v.name, x), touches.left(app), onDone);
  const submit = (): void => {
    setTried(true);
    if (next !== undefined) save.mutate(next);
  };
  return (
    <form
      noValidate
      aria-label={t("tried.valueOf", { name: v.name })}
      className="flex items-start gap-3"
      onSubmit={(e) => {
        e.preventDefault();
        submit();
      }}
    >
      <div className="min-w-0 flex-1">
        <Field label={t("vars.value")} error={tried && next === undefined ? t("vars.valueBad", { type: typeName(v.value_type) }) : undefined}>
          <ValueEditor app={app} type={v.value_type} label={v.name} value={value} onChange={set} rows={5} />
        </Field>
        <ErrorNote error={save.error} />
      </div>
      <div className="flex w-20 shrink-0 flex-col gap-2 pt-6">
        <Button size="sm" block type="submit" variant="primary" busy={save.isPending}>{t("kit.save")}</Button>
        <Button size="sm" block onClick={onDone}>{t("kit.cancel")}</Button>
      </div>
    </form>
  );
}
