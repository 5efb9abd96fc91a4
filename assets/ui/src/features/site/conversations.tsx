import { MoreHorizontal, Pencil, Pin, PinOff, SquarePen, Trash2, X } from "lucide-react";
import type { ReactNode } from "react";
import { useDeferredValue, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { keys, touches } from "@/api/keys";
import { site } from "@/api/site";
import type { Conversation } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { Button, Confirm, Dialog, ErrorNote, ErrorState, Field, IconButton, Input, Menu, SearchInput, SkeletonRows } from "@/ui";
import { cx } from "@/ui/cx";

type Asking = { what: "rename" | "delete"; conversation: Conversation } | null;

export function ConversationList({ code, person, title, icon, current, open, onClose, onPick, onNew, onGone }: {
  code: string;
  /** Whether somebody is signed in. */
  person: boolean;
  title: string;
  icon: ReactNode;
  current: string | null;
  open: boolean;
  onClose: () => void;
  onPick: (id: string) => void;
  onNew: () => void;
  /** The open conversation was deleted. */
  onGone: () => void;
}) {
  const { t } = useTranslation();
  const [q, setQ] = useState("");
  const search = useDeferredValue(q.trim());
  const list = useRead(keys.site.search(code, search), () => site.conversations(code, search), { keep: true });
  const [asking, ask] = useState<Asking>(null);
  const all = list.data?.data ?? [];
  const groups = [
    { title: t("site.pinned"), list: all.filter((c) => c.pinned) },
    { title: t("site.recent"), list: all.filter((c) => !c.pinned) },
  ].filter((g) => g.list.length > 0);

  useEffect(() => {
    if (!open) return;
    const onKey = (e: KeyboardEvent): void => {
      if (e.key === "Escape") onClose();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [open, onClose]);

  return (
    <>
      {open && <button type="button" aria-label={t("kit.close")} onClick={onClose} className="anim-fade fixed inset-0 z-30 bg-scrim md:hidden" />}
      <aside aria-label={t("site.conversations")} className={cx("w-64 shrink-0 flex-col border-r bg-bg max-md:fixed max-md:inset-y-0 max-md:left-0 max-md:z-40 max-md:w-[82vw] max-md:max-w-80", open ? "flex" : "hidden md:flex")}>
        <div className="flex h-12 shrink-0 items-center gap-2 px-3">
          {icon}
          <span className="min-w-0 flex-1 truncate font-semibold" title={title}>{title}</span>
          <span className="md:hidden"><IconButton icon={X} label={t("kit.close")} tip={false} onClick={onClose} /></span>
        </div>
        <div className="flex flex-col gap-2 px-3 pb-2">
          <Button icon={SquarePen} block onClick={onNew}>{t("site.new")}</Button>
          {(all.length > 5 || q !== "") && <SearchInput block value={q} onChange={setQ} label={t("site.search")} />}
        </div>
        <nav aria-label={t("site.conversations")} className="min-h-0 flex-1 overflow-y-auto px-2 pb-3">
          {list.isPending ? (
            <SkeletonRows count={5} height={32} />
          ) : list.isError && !list.data ? (
            <ErrorState compact error={list.error} onRetry={() => void list.refetch()} />
          ) : all.length === 0 ? (
            <p className="px-2 py-6 text-center text-sm text-muted">
              {search ? t("site.noneFound") : <><span className="block font-medium text-text">{t("site.none")}</span>{t(person ? "site.nonePerson" : "site.noneText")}</>}
            </p>
          ) : (
            groups.map((g) => (
              <section key={g.title} aria-label={g.title} className="mb-2">
                <h2 className="px-2 pt-2 pb-1 text-xs text-faint">{g.title}</h2>
                <ul>
                  {g.list.map((c) => <Row key={c.id} code={code} c={c} on={c.id === current} onPick={() => onPick(c.id)} ask={ask} />)}
                </ul>
              </section>
            ))
          )}
        </nav>
      </aside>
      {asking?.what === "rename" && <Rename code={code} c={asking.conversation} onClose={() => ask(null)} />}
      {asking?.what === "delete" && (
        <Remove
          code={code}
          c={asking.conversation}
          onClose={() => ask(null)}
          onDone={() => {
            if (asking.conversation.id === current) onGone();
          }}
        />
      )}
    </>
  );
}

function Row({ code, c, on, onPick, ask }: { code: string; c: Conversation; on: boolean; onPick: () => void; ask: (a: Asking) => void }) {
  const { t } = useTranslation();
  const pin = useCommand(() => site.save(code, c.id, { pinned: !c.pinned }), touches.conversations(code));
  const name = c.name || t("site.untitled");
  return (
    <li className={cx("group/row relative flex items-center rounded transition-colors hover:bg-hover", on && "bg-accent-soft hover:bg-accent-soft")}>
      <button type="button" aria-current={on ? "true" : undefined} onClick={onPick} className={cx("h-9 min-w-0 flex-1 truncate rounded pr-1 pl-2 text-left text-sm max-md:h-11", on && "font-medium text-accent-text")} title={name}>
        {name}
      </button>
      <span className="pr-1 opacity-0 group-focus-within/row:opacity-100 group-hover/row:opacity-100 has-data-[state=open]:opacity-100 pointer-coarse:opacity-100">
        <Menu
          trigger={<IconButton icon={MoreHorizontal} size="sm" label={t("site.menuOf", { name })} tip={false} busy={pin.isPending} />}
          groups={[
            [
              { id: "pin", label: t(c.pinned ? "site.unpin" : "site.pin"), icon: c.pinned ? PinOff : Pin, run: () => pin.mutate(undefined) },
              { id: "rename", label: t("kit.rename"), icon: Pencil, run: () => ask({ what: "rename", conversation: c }) },
            ],
            [{ id: "delete", label: t("kit.delete"), icon: Trash2, danger: true, run: () => ask({ what: "delete", conversation: c }) }],
          ]}
        />
      </span>
    </li>
  );
}

function Rename({ code, c, onClose }: { code: string; c: Conversation; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(c.name);
  const save = useCommand(() => site.save(code, c.id, { name: name.trim() }), touches.conversations(code), onClose);
  return (
    <Dialog
      open
      width="sm"
      onClose={onClose}
      title={t("site.renameTitle")}
      onSubmit={() => {
        if (name.trim() !== "") save.mutate(undefined);
      }}
      footer={<Button type="submit" variant="primary" busy={save.isPending} disabled={name.trim() === ""}>{t("kit.save")}</Button>}
    >
      <div className="flex flex-col gap-3">
        <Field label={t("kit.name")}><Input value={name} onChange={setName} maxLength={100} autoFocus /></Field>
        <ErrorNote error={save.error} />
      </div>
    </Dialog>
  );
}

function Remove({ code, c, onClose, onDone }: { code: string; c: Conversation; onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation();
  const remove = useCommand(() => site.remove(code, c.id), touches.conversations(code), () => {
    onDone();
    onClose();
  });
  return (
    <Confirm open onClose={onClose} onConfirm={() => remove.mutate(undefined)} title={t("site.deleteTitle", { name: c.name || t("site.untitled") })} action={t("kit.delete")} busy={remove.isPending} error={<ErrorNote error={remove.error} />}>
      <p>{t("site.deleteText")}</p>
    </Confirm>
  );
}
