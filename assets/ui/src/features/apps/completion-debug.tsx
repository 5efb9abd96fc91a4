import { Columns3 } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChatDoor } from "@/api/console";
import { debugDoor } from "@/api/console";
import type { App, Message } from "@/api/types";
import { ofVariable } from "@/lib/fields";
import { CompletionPane } from "@/parts/chat/completion";
import { useChat } from "@/parts/chat/use-chat";
import { IconButton } from "@/ui";
import { LogDrawer } from "./log";
import type { DraftHandle } from "./use-draft";

/** Tries a text generator's draft. What is typed at the left is saved first, so that it counts at once. */
export function CompletionDebug({ app, draft, onCompare }: { app: App; draft: DraftHandle; onCompare: () => void }) {
  const { t } = useTranslation();
  const { settings } = draft;
  const flush = useRef(draft.flush);
  useEffect(() => {
    flush.current = draft.flush;
  });
  const { speech } = settings;
  const door = useMemo((): ChatDoor => {
    const base = debugDoor(app.id, speech);
    return {
      ...base,
      send: async (b, signal) => {
        await flush.current();
        return base.send(b, signal);
      },
    };
  }, [app.id, speech]);
  const fields = useMemo(() => settings.variables.map(ofVariable), [settings.variables]);
  const [log, setLog] = useState<Message | null>(null);
  const onLog = useCallback((m: Message) => setLog(m), []);
  const chat = useChat({ door, followUp: false });
  return (
    <section aria-label={t("debug.title")} className="flex min-h-0 flex-1 flex-col border-l bg-bg max-lg:min-h-[70vh] max-lg:border-t max-lg:border-l-0">
      <header className="flex h-11 shrink-0 items-center gap-2 border-b bg-surface px-4">
        <h2 className="font-semibold">{t("debug.title")}</h2>
        <span className="truncate text-sm text-faint">{t("debug.text")}</span>
        <div className="ml-auto"><IconButton icon={Columns3} label={t("compare.title")} onClick={onCompare} /></div>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto p-4">
        <CompletionPane chat={chat} door={door} fields={fields} files={settings.files} onLog={onLog} />
      </div>
      {log && <LogDrawer app={app.id} message={log} onClose={() => setLog(null)} />}
    </section>
  );
}
