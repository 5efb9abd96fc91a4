import { ChevronDown, Columns3, History, MessagesSquare, RotateCcw } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { debugDoor, debugMessages } from "@/api/console";
import type { ChatDoor } from "@/api/console";
import { startFrom } from "@/api/inspect";
import type { App, Attachment, Conversation, Message } from "@/api/types";
import type { FieldProblem, Values } from "@/lib/fields";
import { fieldProblems, firstValues, ofVariable, startFields, toSend } from "@/lib/fields";
import { fill } from "@/lib/variables";
import { FieldsForm } from "@/parts/fields/fields-form";
import type { Flow } from "@/parts/flow/flow";
import { ChatPane } from "@/parts/chat/pane";
import { PENDING } from "@/parts/chat/thread";
import { useChat } from "@/parts/chat/use-chat";
import { AppIcon, EmptyState, IconButton } from "@/ui";
import { cx } from "@/ui/cx";
import { isGraphMode } from "./graph/graph";
import { useOffer } from "./graph/run/runs";
import { AnnotateDialog } from "./annotate";
import { LogDrawer } from "./log";
import type { DraftHandle } from "./use-draft";

const memory = (app: string): string => `islet.debug.${app}`;

/** The live chat on the draft. What is typed at the left is saved before a question is sent, so that it counts at once. */
export function DebugPane({ app, draft, onFlow, onHistory, onCompare }: { app: App; draft: DraftHandle; onFlow?: (f: Flow, over: boolean, partial: boolean) => void; onHistory?: () => void; onCompare?: () => void }) {
  const { t } = useTranslation();
  const { settings } = draft;
  const flush = useRef(draft.flush);
  useEffect(() => {
    flush.current = draft.flush;
  });
  const { speech } = settings;
  const door = useMemo((): ChatDoor => {
    const base = debugDoor(app.id, speech);
    const { hear } = base;
    const saved = async (): Promise<void> => void (await flush.current());
    return {
      ...base,
      send: async (b, signal) => {
        await saved();
        return base.send(b, signal);
      },
      ...(hear ? { hear: async (sound: Blob, name: string) => {
        await saved();
        return hear(sound, name);
      } } : {}),
    };
  }, [app.id, speech]);
  const graph = isGraphMode(app.mode);
  const fields = useMemo(() => (graph ? startFields(settings.graph) : settings.variables.map(ofVariable)), [graph, settings.graph, settings.variables]);
  const [typed, setTyped] = useState<Values>({});
  const [problems, setProblems] = useState<{ [name: string]: FieldProblem }>({});
  const [folded, fold] = useState(false);
  const [log, setLog] = useState<Message | null>(null);
  const chat = useChat({
    door,
    followUp: settings.follow_up.enabled,
    onStarted: (c) => sessionStorage.setItem(memory(app.id), c.id),
  });
  const { load } = chat.verbs;

  // A reload comes back to the conversation, and to an answer that is still on its way.
  useEffect(() => {
    const id = sessionStorage.getItem(memory(app.id));
    if (!id) return;
    let on = true;
    debugMessages(app.id, id).then(
      ({ data }) => on && data && data.length > 0 && load(conversationOf(id, data), data),
      () => sessionStorage.removeItem(memory(app.id)),
    );
    return () => {
      on = false;
    };
  }, [app.id, load]);

  const visible = fields.filter((v) => !v.hidden);
  const values: Values = { ...firstValues(fields), ...typed };
  const onSend = (query: string, files: Attachment[]): boolean => {
    const wrong = fieldProblems(fields, values);
    setProblems(wrong);
    if (Object.keys(wrong).length > 0) {
      fold(false);
      return false;
    }
    chat.verbs.send(query, toSend(fields, values), files);
    fold(true);
    return true;
  };
  const last = chat.steps[chat.steps.length - 1]?.turn;
  const [partial, setPartial] = useState(""); // the message that went on from a node, until it has its id
  useOffer((from) => {
    setPartial(PENDING);
    chat.verbs.goOn(last?.message ?? null, async (signal) => {
      await flush.current();
      return startFrom(app.id, from, signal);
    });
  }, chat.busy);
  const shown = last?.flow;
  const over = last !== undefined && last.message.id !== chat.thread.live;
  const some = last !== undefined && partial !== "" && (partial === last.message.id || partial === PENDING);
  useEffect(() => {
    if (partial === PENDING && last && last.message.id !== PENDING && chat.busy) setPartial(last.message.id);
  }, [partial, last, chat.busy]);
  useEffect(() => {
    if (shown) onFlow?.(shown, over, some);
  }, [shown, over, some, onFlow]);
  const icon = useMemo(() => <AppIcon icon={app.icon} color={app.icon_color} size="sm" />, [app.icon, app.icon_color]);
  const onLog = useCallback((m: Message) => setLog(m), []);
  const [noted, setNoted] = useState<Message | null>(null);
  const onAnnotate = useCallback((m: Message) => setNoted(m), []);

  return (
    <section aria-label={t("debug.title")} className="flex min-h-0 flex-1 flex-col border-l bg-surface max-lg:min-h-[70vh] max-lg:border-t max-lg:border-l-0">
      <header className="flex h-11 shrink-0 items-center gap-2 border-b px-4">
        <h2 className="font-semibold">{t("debug.title")}</h2>
        <span className="truncate text-sm text-faint">{t("debug.text")}</span>
        <div className="ml-auto flex">
          {onCompare && <IconButton icon={Columns3} label={t("compare.title")} onClick={onCompare} />}
          {onHistory && <IconButton icon={History} label={t("run.history")} onClick={onHistory} />}
          <IconButton
            icon={RotateCcw}
            label={t("debug.restart")}
            disabled={chat.steps.length === 0}
            onClick={() => {
              sessionStorage.removeItem(memory(app.id));
              load(null, []);
              fold(false);
            }}
          />
        </div>
      </header>
      {visible.length > 0 && (
        <div className="shrink-0 border-b">
          <button type="button" aria-expanded={!folded} onClick={() => fold(!folded)} className="flex h-9 w-full items-center gap-1.5 px-4 text-sm text-muted hover:text-text">
            <ChevronDown size={14} aria-hidden className={cx("transition-transform", folded && "-rotate-90")} />
            {t("debug.inputs")}
          </button>
          {!folded && (
            <div className="max-h-[34vh] overflow-y-auto px-4 pb-4">
              <FieldsForm
                fields={fields}
                values={values}
                problems={problems}
                door={door}
                onChange={(f) => {
                  const next = f(values);
                  setTyped((v) => ({ ...v, ...f({ ...values, ...v }) }));
                  if (Object.keys(problems).length > 0) setProblems(fieldProblems(fields, next));
                }}
              />
            </div>
          )}
        </div>
      )}
      <div className="min-h-0 flex-1">
        <ChatPane
          chat={chat}
          door={door}
          files={settings.files}
          icon={icon}
          opening={fill(settings.opening, values)}
          suggested={settings.suggested}
          onSend={onSend}
          {...(graph ? { steps: "data" as const } : { onLog })}
          onAnnotate={onAnnotate}
          placeholder={t("debug.placeholder", { name: app.name })}
          empty={<EmptyState compact icon={MessagesSquare} title={t("debug.empty")}>{t("debug.emptyText")}</EmptyState>}
        />
      </div>
      {log && <LogDrawer app={app.id} message={log} onClose={() => setLog(null)} />}
      {noted && <AnnotateDialog app={app.id} message={noted.id} first={{ question: noted.query, answer: noted.answer }} onClose={() => setNoted(null)} />}
    </section>
  );
}

/** The debug route lists messages only; the rest of a conversation plays no part here. */
function conversationOf(id: string, list: Message[]): Conversation {
  const first = list[0];
  const at = first?.created_at ?? "";
  return { id, app_id: first?.app_id ?? "", end_user_id: first?.end_user_id ?? "", source: "debug", name: "", inputs: first?.inputs ?? {}, opening: "", pinned: false, created_at: at, updated_at: at };
}
