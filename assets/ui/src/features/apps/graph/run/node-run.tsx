import { Play } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { NodeInput } from "@/api/inspect";
import { inspect } from "@/api/inspect";
import { keys } from "@/api/keys";
import { useRead } from "@/api/use";
import { findVar } from "@/lib/scope";
import { Button, Dialog, ErrorState, Field, SkeletonRows } from "@/ui";
import { scopeOf } from "../scope";
import { useGraphStore } from "../store";
import { groupTitle } from "./names";
import { useRuns } from "./runs";
import { ValueEditor } from "./value-editor";
import type { Typed } from "./values";
import { typed, typeName, valueOf } from "./values";

/** Asks for what a node reads, filled in from the last try, and runs the node alone. */
export function NodeRunDialog({ app, node, title, onClose }: { app: string; node: string; title: string; onClose: () => void }) {
  const { t } = useTranslation();
  const runs = useRuns();
  const list = useRead(keys.apps.inputs(app, node), () => inspect.inputs(app, node), { stale: 0 });
  const [edited, edit] = useState<{ [key: string]: Typed }>({});
  const [tried, setTried] = useState(false);
  const all = list.data?.data ?? [];
  const graph = useGraphStore();
  const scope = useMemo(() => scopeOf(graph.getState().doc, node, [], [], ""), [graph, node]);
  /** The type of the value at hand, or that the graph tells. */
  const typeOf = (i: NodeInput): string => (i.known && i.value !== null ? i.value_type : i.value_type !== "any" ? i.value_type : (findVar(scope, [i.node_id, i.name])?.last.type ?? "any"));
  const keyOf = (i: NodeInput): string => `${i.node_id}.${i.name}`;
  const now = (i: NodeInput): Typed => edited[keyOf(i)] ?? typed(typeOf(i), i.value);
  const bad = (i: NodeInput): boolean => valueOf(typeOf(i), now(i)) === undefined;
  const start = (): void => {
    setTried(true);
    if (all.some((i) => edited[keyOf(i)] && bad(i))) return;
    const given = all.filter((i) => edited[keyOf(i)] !== undefined);
    runs?.runNode(node, Object.fromEntries(given.map((i) => [keyOf(i), valueOf(typeOf(i), now(i))])));
    onClose();
  };
  return (
    <Dialog
      open
      sticky
      width="md"
      onClose={onClose}
      title={t("tried.runOf", { name: title })}
      description={t("tried.runText")}
      onSubmit={start}
      footer={
        <>
          <Button onClick={onClose}>{t("kit.cancel")}</Button>
          <Button type="submit" variant="primary" icon={Play} disabled={list.isPending || list.isError}>{t("run.go")}</Button>
        </>
      }
    >
      {list.isPending ? (
        <SkeletonRows count={3} height={56} />
      ) : list.isError ? (
        <ErrorState compact error={list.error} onRetry={() => void list.refetch()} />
      ) : all.length === 0 ? (
        <p className="text-sm text-muted">{t("tried.noInputs")}</p>
      ) : (
        <div className="flex flex-col gap-4">
          {all.map((i) => (
            <Field
              key={keyOf(i)}
              label={`${groupTitle(t, i.node_id, i.title)} / ${i.name} · ${typeName(typeOf(i))}`}
              hint={i.known ? undefined : t("tried.unknown")}
              error={tried && edited[keyOf(i)] && bad(i) ? t("vars.valueBad", { type: typeName(typeOf(i)) }) : undefined}
            >
              <ValueEditor app={app} type={typeOf(i)} label={i.name} value={now(i)} onChange={(v) => edit((e) => ({ ...e, [keyOf(i)]: v }))} rows={3} />
            </Field>
          ))}
        </div>
      )}
    </Dialog>
  );
}
