import { Check, Pencil, Plus, RefreshCw, Trash2, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Child } from "@/api/knowledge";
import { chunks, datasets } from "@/api/knowledge";
import { keys, touches } from "@/api/keys";
import type { Chunk, Dataset, Document } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { firstRules, MAX_TOKENS, toChunking } from "@/lib/chunking";
import { count } from "@/lib/format";
import { Badge, Button, Callout, Checkbox, Drawer, ErrorNote, Field, IconButton, Switch, Textarea, toast } from "@/ui";

const WAIT = 400; // milliseconds after the last key

/** Edits a chunk, or writes one where the id is empty. */
export function ChunkDrawer({ dataset, d, id, first, onClose }: { dataset: Dataset; d: Document; id: string; first: Chunk | null; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const fresh = useRead(keys.datasets.chunks(dataset.id, d.id, { one: id }), () => chunks.one(dataset.id, d.id, id), { enabled: id !== "" });
  const c = fresh.data ?? first;
  const qa = d.chunking.form === "qa_model";
  const parent = d.chunking.form === "hierarchical_model";
  const [content, setContent] = useState(first?.content ?? "");
  const [answer, setAnswer] = useState(first?.answer ?? "");
  const [again, setAgain] = useState(true);
  const touched = [...touches.chunks(dataset.id, d.id), ...touches.documents(dataset.id)];
  const changed = content !== (first?.content ?? "") || answer !== (first?.answer ?? "");
  const tokens = useTokens(answer === "" ? content : `${content}\n\n${answer}`, changed ? null : (c?.tokens ?? 0));
  const save = useCommand(
    async () => {
      if (id !== "") await chunks.save(dataset.id, d.id, id, { content, answer, ...(parent && content !== first?.content ? { regenerate_child_chunks: again } : {}) });
      else await chunks.add(dataset.id, d.id, [{ content, answer, keywords: [] }]);
    },
    touched,
    () => {
      toast(t("kit.saved"));
      onClose();
    },
  );
  const turn = useCommand((on: boolean) => chunks.save(dataset.id, d.id, id, { enabled: on }), touched);
  const edited = (c?.children ?? []).filter((k) => k.edited).length;
  const n = (x: number): string => count(x, i18n.language);
  return (
    <Drawer
      open
      sticky
      width="lg"
      onClose={onClose}
      title={c && id !== "" ? t("chunk.edit", { n: c.position }) : t("chunk.new")}
      description={c && id !== "" ? <Where c={c} /> : d.name}
      onSubmit={() => save.mutate(undefined)}
      footer={
        <>
          {c && id !== "" && <span className="mr-auto flex items-center gap-2 text-sm text-muted"><Switch checked={turn.isPending ? turn.variables : c.enabled} label={t("chunk.on", { n: c.position })} disabled={turn.isPending} onChange={(on) => turn.mutate(on)} />{t(c.enabled ? "chunk.isOn" : "chunk.off")}</span>}
          <Button onClick={onClose}>{t("kit.cancel")}</Button>
          <Button type="submit" variant="primary" busy={save.isPending} disabled={content.trim() === "" || (id !== "" && !changed)}>{t("kit.save")}</Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {(save.error ?? turn.error) && <ErrorNote error={save.error ?? turn.error} />}
        <Field
          label={t(qa ? "chunk.question" : "chunk.content")}
          aside={<span className="text-xs text-faint tabular-nums" role="status">{t("chunk.size", { chars: n([...content, ...answer].length), tokens: tokens === null ? "…" : n(tokens) })}</span>}
        >
          <Textarea rows={qa ? 3 : parent ? 10 : 18} value={content} onChange={setContent} />
        </Field>
        {qa && <Field label={t("chunk.answer")}><Textarea rows={10} value={answer} onChange={setAnswer} /></Field>}
        {tokens !== null && tokens > MAX_TOKENS && <Callout tone="warn">{t("chunk.long", { n: n(MAX_TOKENS) })}</Callout>}
        {parent && id !== "" && content !== first?.content && (
          <div>
            <Checkbox checked={again} onChange={setAgain}>{t("chunk.regenerate")}</Checkbox>
            {again && edited > 0 && <p className="pl-6 text-xs text-warn-text">{t("chunk.editedLost", { count: edited, n: edited })}</p>}
          </div>
        )}
        {parent && c && id !== "" && <Children dataset={dataset} d={d} c={c} edited={edited} />}
      </div>
    </Drawer>
  );
}

function Where({ c }: { c: Chunk }) {
  const { t } = useTranslation();
  return (
    <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
      {c.page ? <span>{t("hit.page", { n: c.page })}</span> : null}
      {c.hit_count > 0 && <span>{t("chunk.hits", { n: c.hit_count })}</span>}
      {c.edited && <Badge>{t("chunk.edited")}</Badge>}
      {(c.heading ?? []).length > 0 && <span className="min-w-0 [overflow-wrap:anywhere]">{(c.heading ?? []).join(" › ")}</span>}
    </span>
  );
}

/** How many tokens the server counts in a text that is being written; known is the number where nothing was changed. */
function useTokens(text: string, known: number | null): number | null {
  const [got, setGot] = useState<number | null>(null);
  useEffect(() => {
    if (known !== null) return;
    if (text.trim() === "") {
      setGot(0);
      return;
    }
    let gone = false;
    const timer = setTimeout(() => datasets.preview({ text, chunking: toChunking({ ...firstRules, custom: true, max: MAX_TOKENS, overlap: 0, spaces: false }) }).then((p) => !gone && setGot(p.tokens), () => !gone && setGot(null)), WAIT);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [text, known]);
  return known ?? got;
}

/** The pieces of a chunk by which it is found. What is changed here is saved at once. */
function Children({ dataset, d, c, edited }: { dataset: Dataset; d: Document; c: Chunk; edited: number }) {
  const { t } = useTranslation();
  const [editing, edit] = useState<string | null>(null); // an id; "" is a new one
  const [asking, ask] = useState(false);
  const touched = [...touches.chunks(dataset.id, d.id), ...touches.documents(dataset.id)];
  const done = (): void => edit(null);
  const save = useCommand((b: { id: string; content: string }) => (b.id === "" ? chunks.addChild(dataset.id, d.id, c.id, b.content) : chunks.saveChild(dataset.id, d.id, c.id, b.id, b.content)), touched, done);
  const drop = useCommand((id: string) => chunks.removeChild(dataset.id, d.id, c.id, id), touched);
  const recut = useCommand(() => chunks.save(dataset.id, d.id, c.id, { regenerate_child_chunks: true }), touched, () => ask(false));
  const list = c.children ?? [];
  const error = save.error ?? drop.error ?? recut.error;
  return (
    <section aria-label={t("chunk.childrenTitle")} className="rounded-md border">
      <header className="flex flex-wrap items-center gap-2 border-b px-3 py-2">
        <h3 className="font-medium">{t("chunk.childrenTitle")} <span className="text-xs font-normal text-faint tabular-nums">{list.length}</span></h3>
        <span className="min-w-0 flex-1 text-xs text-faint max-sm:order-last max-sm:basis-full">{t("chunk.childrenText")}</span>
        <Button size="sm" icon={RefreshCw} busy={recut.isPending} onClick={() => (edited > 0 ? ask(true) : recut.mutate(undefined))}>{t("chunk.recut")}</Button>
        <Button size="sm" icon={Plus} onClick={() => edit("")}>{t("chunk.childAdd")}</Button>
      </header>
      {asking && (
        <div className="p-3 pb-0">
          <Callout tone="warn" action={<span className="flex gap-1"><Button size="sm" onClick={() => ask(false)}>{t("kit.cancel")}</Button><Button size="sm" variant="danger" busy={recut.isPending} onClick={() => recut.mutate(undefined)}>{t("chunk.recut")}</Button></span>}>
            {t("chunk.editedLost", { count: edited, n: edited })}
          </Callout>
        </div>
      )}
      {error && <div className="p-3 pb-0"><ErrorNote error={error} /></div>}
      <ol className="divide-y">
        {list.map((k) => (editing === k.id ? <ChildEdit key={k.id} first={k.content} label={t("chunk.child", { n: k.position })} busy={save.isPending} onCancel={done} onSave={(content) => save.mutate({ id: k.id, content })} /> : <ChildRow key={k.id} k={k} busy={drop.isPending && drop.variables === k.id} onEdit={() => edit(k.id)} onRemove={() => drop.mutate(k.id)} />))}
        {editing === "" && <ChildEdit first="" label={t("chunk.childAdd")} busy={save.isPending} onCancel={done} onSave={(content) => save.mutate({ id: "", content })} />}
        {list.length === 0 && editing === null && <li className="px-3 py-3 text-sm text-faint">{t("chunk.noChildren")}</li>}
      </ol>
    </section>
  );
}

function ChildRow({ k, busy, onEdit, onRemove }: { k: Child; busy: boolean; onEdit: () => void; onRemove: () => void }) {
  const { t } = useTranslation();
  return (
    <li className="flex items-start gap-2 py-1.5 pr-1 pl-3">
      <span className="w-6 shrink-0 pt-1 text-xs text-faint tabular-nums">{k.position}</span>
      <p className="min-w-0 flex-1 pt-0.5 text-sm leading-6 whitespace-pre-wrap [overflow-wrap:anywhere]">{k.content}{k.edited && <> <Badge>{t("chunk.edited")}</Badge></>}</p>
      <IconButton icon={Pencil} size="sm" label={t("chunk.childEdit", { n: k.position })} onClick={onEdit} />
      <IconButton icon={Trash2} size="sm" busy={busy} label={t("chunk.childDelete", { n: k.position })} onClick={onRemove} />
    </li>
  );
}

function ChildEdit({ first, label, busy, onCancel, onSave }: { first: string; label: string; busy: boolean; onCancel: () => void; onSave: (content: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(first);
  return (
    <li className="flex items-start gap-1 p-2">
      <div className="flex-1">
        <Textarea
          rows={3}
          autoFocus
          label={label}
          value={text}
          onChange={setText}
          onKeyDown={(e) => {
            if (e.key === "Escape") {
              e.stopPropagation();
              onCancel();
            } else if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && text.trim() !== "") {
              e.preventDefault();
              onSave(text);
            }
          }}
        />
      </div>
      <IconButton icon={Check} size="sm" busy={busy} disabled={text.trim() === ""} label={t("kit.save")} onClick={() => onSave(text)} />
      <IconButton icon={X} size="sm" label={t("kit.cancel")} onClick={onCancel} />
    </li>
  );
}
