import { Pencil, Plug, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys, touches } from "@/api/keys";
import type { ExternalInput } from "@/api/search";
import { externals } from "@/api/search";
import type { ExternalAPI } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { Button, Confirm, Dialog, Drawer, EmptyState, ErrorNote, ErrorState, Field, IconButton, Input, Password, SkeletonRows, Textarea } from "@/ui";

/** Other systems that answer searches. */
export function ExternalsDrawer({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const list = useRead(keys.externals, externals.list);
  const [editing, edit] = useState<ExternalAPI | "new" | null>(null);
  const [removing, remove] = useState<ExternalAPI | null>(null);
  const drop = useCommand((id: string) => externals.remove(id), touches.externals, () => remove(null));
  const all = list.data?.data ?? [];
  return (
    <Drawer open onClose={onClose} title={t("ext.title")} description={t("ext.text")}>
      <div className="mb-3 flex justify-end"><Button size="sm" icon={Plus} onClick={() => edit("new")}>{t("ext.add")}</Button></div>
      {list.isPending ? (
        <SkeletonRows count={2} />
      ) : list.isError ? (
        <ErrorState compact error={list.error} onRetry={() => void list.refetch()} />
      ) : all.length === 0 ? (
        <EmptyState compact icon={Plug} title={t("ext.none")}>{t("ext.noneText")}</EmptyState>
      ) : (
        <ul className="divide-y rounded-md border">
          {all.map((e) => (
            <li key={e.id} className="flex items-center gap-2 py-2 pr-1 pl-3">
              <div className="min-w-0 flex-1">
                <p className="truncate font-medium">{e.name}</p>
                <p className="truncate font-mono text-xs text-faint" title={e.endpoint}>{e.endpoint}</p>
              </div>
              <IconButton icon={Pencil} size="sm" label={t("ext.edit", { name: e.name })} onClick={() => edit(e)} />
              <IconButton icon={Trash2} size="sm" label={t("ext.remove", { name: e.name })} onClick={() => remove(e)} />
            </li>
          ))}
        </ul>
      )}
      {editing && <ExternalDialog of={editing === "new" ? null : editing} onClose={() => edit(null)} />}
      <Confirm open={removing !== null} onClose={() => remove(null)} onConfirm={() => removing && drop.mutate(removing.id)} title={t("ext.removeTitle", { name: removing?.name ?? "" })} action={t("kit.delete")} busy={drop.isPending} error={<ErrorNote error={drop.error} />}>
        <p>{t("ext.removeText")}</p>
      </Confirm>
    </Drawer>
  );
}

/** Connects a system, or changes a connection. */
export function ExternalDialog({ of, onClose, onDone }: { of: ExternalAPI | null; onClose: () => void; onDone?: (e: ExternalAPI) => void }) {
  const { t } = useTranslation();
  const [v, setV] = useState<ExternalInput>({ name: of?.name ?? "", description: of?.description ?? "", endpoint: of?.endpoint ?? "", key: "" });
  const save = useCommand((b: ExternalInput) => (of ? externals.save(of.id, b) : externals.add(b)), touches.externals, (e) => {
    onDone?.(e);
    onClose();
  });
  const set = (part: Partial<ExternalInput>): void => setV({ ...v, ...part });
  return (
    <Dialog
      open
      sticky
      onClose={onClose}
      title={of ? t("ext.edit", { name: of.name }) : t("ext.add")}
      description={t("ext.text")}
      onSubmit={() => save.mutate(v)}
      footer={<><Button onClick={onClose}>{t("kit.cancel")}</Button><Button type="submit" variant="primary" busy={save.isPending}>{t("kit.save")}</Button></>}
    >
      <div className="flex flex-col gap-4">
        <Field label={t("ext.name")}><Input value={v.name} onChange={(name) => set({ name })} maxLength={100} autoFocus /></Field>
        <Field label={t("ext.endpoint")} hint={t("ext.endpointHint")}><Input mono type="url" value={v.endpoint} onChange={(endpoint) => set({ endpoint })} placeholder="http://10.0.0.5:8000/v1" /></Field>
        <Field label={t("ext.key")} {...(of ? { hint: t("ext.keyKeep") } : {})}><Password autoComplete="off" value={v.key} onChange={(key) => set({ key })} /></Field>
        <Field label={t("dset.description")} optional><Textarea rows={2} value={v.description} onChange={(description) => set({ description })} /></Field>
        {save.error && <ErrorNote error={save.error} />}
      </div>
    </Dialog>
  );
}
