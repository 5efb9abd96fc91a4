import { Check, ChevronDown, Columns3, Plus, RotateCcw, X } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChatDoor } from "@/api/console";
import { debugDoor, models } from "@/api/console";
import { keys } from "@/api/keys";
import type { App, Attachment, Message, ModelRef, ModelRow } from "@/api/types";
import { useRead } from "@/api/use";
import type { FieldProblem, Values } from "@/lib/fields";
import { fieldProblems, firstValues, ofVariable, toSend } from "@/lib/fields";
import { count, seconds } from "@/lib/format";
import { isSet, noModel } from "@/lib/settings";
import { Composer } from "@/parts/chat/composer";
import { AnswerView, MessageView } from "@/parts/chat/message";
import type { Chat } from "@/parts/chat/use-chat";
import { useChat } from "@/parts/chat/use-chat";
import { FieldsForm } from "@/parts/fields/fields-form";
import { ModelPicker, useModels } from "@/parts/model-picker";
import { Badge, Button, EmptyState, IconButton, toast } from "@/ui";
import { cx } from "@/ui/cx";
import { LogDrawer } from "./log";
import { ParamsPopover } from "./params";
import type { DraftHandle } from "./use-draft";

const MOST = 4;

interface Column {
  id: number;
  model: ModelRef;
}

/** The same question to up to four models at once, each with its own parameters, and the choice of one of them. */
export function Compare({ app, draft, onClose }: { app: App; draft: DraftHandle; onClose: () => void }) {
  const { t } = useTranslation();
  const { settings } = draft;
  const talks = app.mode !== "completion";
  const { rows: all } = useModels("llm");
  const found = useRead(keys.endpoints, models.endpoints);
  // The model inside islet only quotes: nobody compares with it unless it is asked for.
  const rows = all.filter((r) => found.data?.data.some((v) => v.endpoint.id === r.model.endpoint_id && v.endpoint.protocol !== "builtin"));
  const next = useRef(2);
  const [columns, setColumns] = useState<Column[]>(() => [{ id: 0, model: settings.model }, { id: 1, model: noModel }]);
  const fields = useMemo(() => settings.variables.map(ofVariable), [settings.variables]);
  const [typed, setTyped] = useState<Values>({});
  const [problems, setProblems] = useState<{ [name: string]: FieldProblem }>({});
  const [log, setLog] = useState<Message | null>(null);
  const chats = useRef(new Map<number, Chat>());
  const [busy, setBusy] = useState<ReadonlySet<number>>(new Set());
  const [folded, fold] = useState(false);
  const values: Values = { ...firstValues(fields), ...typed };

  // A column without a model takes the first that is not there yet; the list may come later than the page.
  const unset = columns.find((c) => !isSet(c.model));
  const free = firstFree(columns, rows);
  useEffect(() => {
    if (unset && isSet(free)) setColumns((all) => all.map((c) => (c.id === unset.id ? { ...c, model: { endpoint_id: free.endpoint_id, name: free.name } } : c)));
    // the model that is free is a fresh object after each render; its name is what counts
  }, [unset?.id, free.endpoint_id, free.name]);

  const change = (id: number, model: ModelRef): void => setColumns((all) => all.map((c) => (c.id === id ? { ...c, model } : c)));
  const live = columns.filter((c) => isSet(c.model));
  const send = (query: string, files: Attachment[]): boolean => {
    const wrong = fieldProblems(fields, values);
    setProblems(wrong);
    if (Object.keys(wrong).length > 0) fold(false);
    if (Object.keys(wrong).length > 0 || live.length === 0) return false;
    if (talks) fold(true);
    const inputs = toSend(fields, values);
    // The draft is saved once; then all of them are asked at the same time.
    void draft.flush().then(
      () => live.forEach((c) => chats.current.get(c.id)?.send(query, inputs, files)),
      () => undefined,
    );
    return true;
  };
  const door = useMemo(() => debugDoor(app.id), [app.id]);
  const note = useCallback((id: number, chat: Chat | null): void => {
    if (chat) chats.current.set(id, chat);
    else chats.current.delete(id);
    setBusy((b) => {
      if (b.has(id) === Boolean(chat?.busy)) return b;
      const now = new Set(b);
      if (chat?.busy) now.add(id);
      else now.delete(id);
      return now;
    });
  }, []);
  const stop = (): void => chats.current.forEach((c) => c.busy && c.stop());
  const restart = (): void => chats.current.forEach((c) => c.load(null, []));

  return (
    <section aria-label={t("compare.title")} className="flex min-h-0 flex-1 flex-col bg-bg">
      <header className="flex min-h-11 shrink-0 flex-wrap items-center gap-2 border-b bg-surface px-4 py-1.5">
        <h2 className="font-semibold">{t("compare.title")}</h2>
        <span className="min-w-0 flex-1 truncate text-sm text-faint">{t("compare.text")}</span>
        <IconButton icon={RotateCcw} label={t("debug.restart")} onClick={restart} />
        <Button icon={Plus} disabled={columns.length >= MOST} onClick={() => { const id = next.current++; setColumns([...columns, { id, model: firstFree(columns, rows) }]); }}>{t("compare.add")}</Button>
        <Button onClick={onClose}>{t("compare.close")}</Button>
      </header>
      <div className={cx("grid min-h-0 flex-1 auto-rows-[minmax(220px,1fr)] gap-px overflow-y-auto bg-line", grids[columns.length])}>
        {columns.map((c) => (
          <ColumnView
            key={c.id}
            app={app}
            column={c}
            talks={talks}
            chosen={c.model.endpoint_id === settings.model.endpoint_id && c.model.name === settings.model.name && JSON.stringify(c.model.params ?? {}) === JSON.stringify(settings.model.params ?? {})}
            onChange={(m) => change(c.id, m)}
            onChoose={() => {
              draft.set({ model: c.model });
              toast(t("compare.chosen", { name: c.model.name }));
            }}
            {...(columns.length > 1 ? { onRemove: () => setColumns(columns.filter((o) => o.id !== c.id)) } : {})}
            onChat={note}
            onLog={setLog}
          />
        ))}
      </div>
      <footer className="shrink-0 border-t bg-surface px-4 py-3">
        <div className="mx-auto flex max-w-3xl flex-col gap-3">
          {fields.some((f) => !f.hidden) && (
            <div>
              <button type="button" aria-expanded={!folded} onClick={() => fold(!folded)} className="flex h-7 items-center gap-1.5 rounded text-sm text-muted hover:text-text">
                <ChevronDown size={14} aria-hidden className={cx("transition-transform", folded && "-rotate-90")} />
                {t("debug.inputs")}
              </button>
              {!folded && (
                <div className="max-h-[24vh] overflow-y-auto pt-1">
                  <FieldsForm fields={fields} values={values} problems={problems} door={door} onChange={(f) => { setTyped((v) => ({ ...v, ...f({ ...values, ...v }) })); if (Object.keys(problems).length > 0) setProblems(fieldProblems(fields, f(values))); }} />
                </div>
              )}
            </div>
          )}
          {talks ? (
            <Composer door={door} input={settings.files} busy={busy.size > 0} disabled={live.length === 0} onSend={send} onStop={stop} placeholder={t("compare.placeholder", { count: live.length })} />
          ) : busy.size > 0 ? (
            <Button size="lg" onClick={stop}>{t("chat.stop")}</Button>
          ) : (
            <Button size="lg" variant="primary" icon={Columns3} disabled={live.length === 0} onClick={() => send("", [])}>{t("compare.go", { count: live.length })}</Button>
          )}
        </div>
      </footer>
      {log && <LogDrawer app={app.id} message={log} onClose={() => setLog(null)} />}
    </section>
  );
}

const grids: { [columns: number]: string } = { 2: "sm:grid-cols-2", 3: "sm:grid-cols-2 lg:grid-cols-3", 4: "sm:grid-cols-2 xl:grid-cols-4" };

/** A model that is in no column. */
function firstFree(columns: Column[], rows: ModelRow[]): ModelRef {
  const free = rows.find((r) => !columns.some((c) => c.model.endpoint_id === r.model.endpoint_id && c.model.name === r.model.name))?.model;
  return free ? { endpoint_id: free.endpoint_id, name: free.name } : noModel;
}

function ColumnView({ app, column: c, talks, chosen, onChange, onChoose, onRemove, onChat, onLog }: {
  app: App;
  column: Column;
  talks: boolean;
  chosen: boolean;
  onChange: (m: ModelRef) => void;
  onChoose: () => void;
  onRemove?: () => void;
  onChat: (id: number, chat: Chat | null) => void;
  onLog: (m: Message) => void;
}) {
  const { t, i18n } = useTranslation();
  const model = useRef(c.model);
  useEffect(() => {
    model.current = c.model;
  });
  const door = useMemo((): ChatDoor => {
    const base = debugDoor(app.id);
    return { ...base, send: (b, signal) => base.send({ ...b, model: model.current }, signal) };
  }, [app.id]);
  const chat = useChat({ door, followUp: false });
  useEffect(() => onChat(c.id, chat), [c.id, chat, onChat]);
  useEffect(() => () => onChat(c.id, null), [c.id, onChat]);
  const end = useRef<HTMLDivElement>(null);
  const steps = chat.steps;
  const last = steps[steps.length - 1]?.turn.message;
  useEffect(() => {
    const box = end.current?.parentElement;
    if (box && chat.busy) box.scrollTop = box.scrollHeight;
  }, [last?.answer, last?.reasoning, chat.busy]);
  const total = steps.reduce((n, s) => n + s.turn.message.usage.total_tokens, 0);
  return (
    <section aria-label={c.model.name || t("compare.noModel")} className="flex min-h-0 min-w-0 flex-col bg-bg">
      <header className="flex min-h-11 shrink-0 items-center gap-1 border-b bg-surface px-2 py-1.5">
        <div className="min-w-0 flex-1"><ModelPicker block kind="llm" label={t("compare.model", { n: c.id + 1 })} value={c.model} onChange={(m) => m && onChange({ ...m, ...(c.model.params ? { params: c.model.params } : {}) })} /></div>
        <ParamsPopover value={c.model} onChange={onChange} small />
        {onRemove && <IconButton icon={X} size="sm" label={t("compare.remove", { name: c.model.name })} onClick={onRemove} />}
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto px-3 py-2" tabIndex={0} role="log" aria-label={c.model.name} aria-live="off">
        {!isSet(c.model) ? (
          <EmptyState compact icon={Columns3} title={t("compare.noModel")}>{t("compare.noModelText")}</EmptyState>
        ) : steps.length === 0 ? (
          <p className="py-6 text-center text-sm text-faint">{t("compare.empty")}</p>
        ) : talks ? (
          steps.map((s, i) => <MessageView key={s.turn.message.id} step={s} live={s.turn.message.id === chat.thread.live} busy={chat.busy} last={i === steps.length - 1} door={door} verbs={chat.verbs} icon={null} onLog={onLog} />)
        ) : (
          steps.slice(-1).map((s) => <AnswerView key={s.turn.message.id} step={s} live={s.turn.message.id === chat.thread.live} busy={chat.busy} last door={door} verbs={chat.verbs} icon={null} onLog={onLog} />)
        )}
        <div ref={end} />
      </div>
      <footer className="flex min-h-10 shrink-0 items-center gap-2 border-t bg-surface px-3 py-1">
        <span className="min-w-0 flex-1 text-xs leading-4 text-muted tabular-nums">
          {last && last.status !== "running" && last.usage.total_tokens > 0 && (
            <>{seconds(last.usage.latency, i18n.language)} · {t("compare.first", { time: seconds(last.usage.time_to_first_token, i18n.language) })} · {t("chat.tokens", { count: total, n: count(total, i18n.language) })}</>
          )}
        </span>
        {chosen ? <Badge tone="ok" icon={Check}>{t("compare.inUse")}</Badge> : <Button size="sm" disabled={!isSet(c.model)} onClick={onChoose}>{t("compare.choose")}</Button>}
      </footer>
    </section>
  );
}
