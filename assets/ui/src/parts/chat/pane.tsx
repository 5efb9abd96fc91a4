import { ArrowDown } from "lucide-react";
import type { ReactNode, Ref } from "react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { ChatDoor } from "@/api/console";
import type { Attachment, FileInput, Message } from "@/api/types";
import { Markdown } from "@/parts/markdown/markdown";
import type { ComposerHandle } from "./composer";
import { Composer } from "./composer";
import type { StepsLook } from "./message";
import { MessageView } from "./message";
import { play } from "./sound";
import { useStick } from "./stick";
import type { Chat } from "./use-chat";

/** Reads an answer aloud that has just come in; never one that was there before. */
function useAutoPlay(chat: Chat, door: ChatDoor): void {
  const { live } = chat.thread;
  const before = useRef(live);
  const answers = chat.steps;
  useEffect(() => {
    const ended = before.current;
    before.current = live;
    const m = answers.find((s) => s.turn.message.id === ended)?.turn.message;
    if (!live && m && door.autoPlay && door.say && m.status === "succeeded" && m.answer !== "") play(m.id, door.say(m.id));
  }, [live, answers, door]);
}

/** The whole of a chat under its header: opening, messages, suggestions, and the box to write in. */
export function ChatPane({ chat, door, files, icon, opening, suggested, form, onSend, placeholder, disabled, foot, onLog, onAnnotate, composer, empty, steps }: {
  chat: Chat;
  door: ChatDoor;
  files: FileInput;
  icon: ReactNode;
  opening: string;
  suggested: string[];
  /** The form of the variables, above the first message. */
  form?: ReactNode;
  onSend: (query: string, files: Attachment[]) => boolean;
  placeholder?: string;
  disabled?: boolean;
  foot?: ReactNode;
  onLog?: (m: Message) => void;
  onAnnotate?: (m: Message) => void;
  composer?: Ref<ComposerHandle>;
  empty?: ReactNode;
  steps?: StepsLook | undefined;
}) {
  const { t } = useTranslation();
  const { box, inner, away, toEnd } = useStick();
  const fresh = chat.steps.length === 0;
  const place = chat.thread.conversation?.id;
  const shown = useRef(place);
  useEffect(() => {
    if (shown.current !== place) toEnd();
    shown.current = place;
  }, [place, toEnd]);

  useAutoPlay(chat, door);

  const send = (query: string, list: Attachment[]): boolean => {
    const ok = onSend(query, list);
    if (ok) toEnd();
    return ok;
  };
  const chips = fresh ? suggested.filter((s) => s.trim() !== "") : chat.busy ? [] : chat.next;

  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="relative min-h-0 flex-1">
        <div ref={box} className="h-full overflow-y-auto overscroll-contain [overflow-anchor:none]" tabIndex={-1}>
          <div ref={inner} className="mx-auto w-full max-w-3xl px-4 py-4" role="log" aria-label={t("chat.log")} aria-live="off">
            {form}
            {opening.trim() !== "" && (
              <div className="flex gap-3 py-3">
                <div className="mt-0.5 max-md:hidden">{icon}</div>
                <div className="min-w-0 flex-1"><Markdown text={opening} /></div>
              </div>
            )}
            {fresh && opening.trim() === "" && !form && empty}
            {chat.steps.map((step, i) => (
              <MessageView
                key={step.turn.message.id}
                step={step}
                live={step.turn.message.id === chat.thread.live}
                busy={chat.busy}
                last={i === chat.steps.length - 1}
                door={door}
                verbs={chat.verbs}
                icon={icon}
                onLog={onLog} onAnnotate={onAnnotate}
                steps={steps}
              />
            ))}
            {chips.length > 0 && (
              <ul className="flex flex-wrap gap-2 py-2 md:pl-10" aria-label={t(fresh ? "chat.suggested" : "chat.next")}>
                {chips.map((c) => (
                  <li key={c}>
                    <button type="button" onClick={() => send(c, [])} className="rounded-lg border border-line-strong bg-surface px-3 py-1.5 text-left text-sm transition-colors hover:border-accent hover:bg-accent-soft hover:text-accent-text">
                      {c}
                    </button>
                  </li>
                ))}
              </ul>
            )}
          </div>
        </div>
        {away && (
          <div className="absolute inset-x-0 bottom-2 flex justify-center">
            <button type="button" onClick={() => toEnd(true)} className="anim-rise flex h-8 items-center gap-1.5 rounded-full border bg-raised px-3 text-sm shadow-float hover:bg-hover">
              <ArrowDown size={15} aria-hidden />
              {t("chat.toEnd")}
            </button>
          </div>
        )}
      </div>
      <div className="mx-auto w-full max-w-3xl shrink-0 px-4 pt-1 pb-3 max-md:px-3 max-md:pb-[max(8px,env(safe-area-inset-bottom))]">
        <Composer {...(composer ? { ref: composer } : {})} door={door} input={files} busy={chat.busy} onSend={send} onStop={chat.stop} placeholder={placeholder ?? ""} disabled={disabled ?? false} />
        {foot}
      </div>
    </div>
  );
}
