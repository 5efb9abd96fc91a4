import { Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { apps } from "@/api/console";
import { keys, touches } from "@/api/keys";
import { tags } from "@/api/search";
import type { AppItem, Tag } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { Button, Checkbox, Confirm, Dialog, ErrorNote, ErrorState, IconButton, Input, SkeletonRows } from "@/ui";

/** The tags of an app, and of the workspace: the same that datasets carry. */
export function TagsDialog({ app, onClose }: { app: AppItem; onClose: () => void }) {
  const { t } = useTranslation();
  const [chosen, choose] = useState<string[]>(app.tags ?? []);
  const [name, setName] = useState("");
  const [editing, edit] = useState<Tag | null>(null);
  const [removing, remove] = useState<Tag | null>(null);
  const all = useRead(keys.tags, tags.list);
  const save = useCommand((list: string[]) => apps.save(app.id, { tags: list }), [...touches.app(app.id), ...touches.tags], onClose);
  const rename = useCommand((b: { id: string; name: string }) => tags.rename(b.id, b.name), touches.tags, (now, b) => {
    const old = (all.data?.data ?? []).find((x) => x.id === b.id)?.name ?? "";
    choose((list) => list.map((x) => (x === old ? now.name : x)));
    edit(null);
  });
  const drop = useCommand((tag: Tag) => tags.remove(tag.id), touches.tags, (_, tag) => {
    choose((list) => list.filter((x) => x !== tag.name));
    remove(null);
  });
  const known = all.data?.data ?? [];
  const fresh = chosen.filter((x) => !known.some((k) => k.name === x));
  const add = (): void => {
    const n = name.trim();
    if (n === "") return;
    if (!chosen.includes(n)) choose([...chosen, n]);
    setName("");
  };
  const turn = (n: string, on: boolean): void => choose(on ? [...chosen, n] : chosen.filter((x) => x !== n));
  return (
    <Dialog
      open
      sticky
      width="sm"
      onClose={onClose}
      title={t("tag.title", { name: app.name })}
      description={t("tag.text")}
      footer={
        <>
          <Button onClick={onClose}>{t("kit.cancel")}</Button>
          <Button variant="primary" busy={save.isPending} onClick={() => save.mutate(name.trim() === "" || chosen.includes(name.trim()) ? chosen : [...chosen, name.trim()])}>{t("kit.save")}</Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <form className="flex gap-2" onSubmit={(e) => { e.preventDefault(); add(); }}>
          <div className="min-w-0 flex-1"><Input value={name} onChange={setName} label={t("tag.new")} placeholder={t("tag.new")} maxLength={50} /></div>
          <Button type="submit" icon={Plus} disabled={name.trim() === ""}>{t("tag.add")}</Button>
        </form>
        {all.isPending ? (
          <SkeletonRows count={3} height={32} />
        ) : all.isError ? (
          <ErrorState compact error={all.error} onRetry={() => void all.refetch()} />
        ) : (
          <ul className="max-h-72 overflow-y-auto">
            {fresh.map((n) => <li key={n} className="flex min-h-9 items-center"><Checkbox checked onChange={(on) => turn(n, on)}>{n}</Checkbox></li>)}
            {known.map((x) =>
              editing?.id === x.id ? (
                <li key={x.id}>
                  <form className="flex gap-2 py-1" onSubmit={(e) => { e.preventDefault(); rename.mutate({ id: x.id, name: editing.name.trim() }); }}>
                    <div className="min-w-0 flex-1"><Input value={editing.name} onChange={(v) => edit({ ...editing, name: v })} label={t("tag.rename", { name: x.name })} maxLength={50} autoFocus /></div>
                    <Button type="submit" size="sm" busy={rename.isPending}>{t("kit.save")}</Button>
                    <Button size="sm" variant="ghost" onClick={() => edit(null)}>{t("kit.cancel")}</Button>
                  </form>
                </li>
              ) : (
                <li key={x.id} className="group flex min-h-9 items-center gap-2">
                  <div className="min-w-0 flex-1 [overflow-wrap:anywhere]"><Checkbox checked={chosen.includes(x.name)} onChange={(on) => turn(x.name, on)}>{x.name}</Checkbox></div>
                  <span className="text-xs text-faint tabular-nums">{t("tag.used", { count: x.apps + x.count })}</span>
                  <IconButton icon={Pencil} size="sm" label={t("tag.rename", { name: x.name })} onClick={() => edit(x)} />
                  <IconButton icon={Trash2} size="sm" label={t("tag.delete", { name: x.name })} onClick={() => remove(x)} />
                </li>
              ),
            )}
          </ul>
        )}
        <ErrorNote error={save.error ?? rename.error} />
      </div>
      <Confirm open={removing !== null} onClose={() => remove(null)} onConfirm={() => removing && drop.mutate(removing)} title={t("tag.deleteTitle", { name: removing?.name ?? "" })} action={t("kit.delete")} busy={drop.isPending} error={<ErrorNote error={drop.error} />}>
        <p>{t("tag.deleteText", { count: (removing?.apps ?? 0) + (removing?.count ?? 0) })}</p>
      </Confirm>
    </Dialog>
  );
}
