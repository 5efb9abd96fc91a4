import { useNavigate } from "@tanstack/react-router";
import { ChevronDown, Menu as MenuIcon, SquarePen } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useQueryClient } from "@tanstack/react-query";
import { asApiError } from "@/api/client";
import { keys } from "@/api/keys";
import { site, siteDoor } from "@/api/site";
import type { Attachment, Conversation } from "@/api/types";
import type { FieldProblem, Values } from "@/lib/fields";
import { brief, fieldProblems, firstValues, toSend } from "@/lib/fields";
import { fitting } from "@/lib/prefill";
import { fill } from "@/lib/variables";
import type { ComposerHandle } from "@/parts/chat/composer";
import { FieldsForm } from "@/parts/fields/fields-form";
import { ChatPane } from "@/parts/chat/pane";
import { useChat } from "@/parts/chat/use-chat";
import { AppIcon, ErrorState, IconButton, Spinner } from "@/ui";
import { cx } from "@/ui/cx";
import { ConversationList } from "./conversations";
import { headerStyle } from "./look";
import type { SiteProps } from "./page";
import { PersonMenu } from "./person";
import { fieldsOf, Foot, Preferences } from "./shell";

/** A published app that talks. */
export function ChatSite({ code, view, wanted, path, given }: SiteProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const door = useMemo(() => siteDoor(code, view.voice), [code, view.voice]);
  const fields = useMemo(() => fieldsOf(view), [view]);
  const vars = useMemo(() => fields.filter((v) => !v.hidden), [fields]);
  const first = useMemo((): Values => ({ ...firstValues(fields), ...fitting(fields, given.inputs) }), [fields, given]);
  const [typed, setTyped] = useState<Values>(first);
  const [problems, setProblems] = useState<{ [name: string]: FieldProblem }>({});
  const [drawer, setDrawer] = useState(false);
  const [folded, fold] = useState(false);
  const [loading, setLoading] = useState(false);
  const [failed, setFailed] = useState<Parameters<typeof ErrorState>[0]["error"] | null>(null);
  const composer = useRef<ComposerHandle>(null);
  const asked = useRef(false);
  const open = useRef<string | null>(null); // the conversation that the thread holds
  const refresh = useCallback(() => void client.invalidateQueries({ queryKey: keys.site.conversations(code) }), [client, code]);
  const go = useCallback((c: string | null, replace = false) => void navigate({ to: path === "chatbot" ? "/chatbot/$code" : "/chat/$code", params: { code }, search: c ? { c } : {}, replace }), [navigate, code, path]);

  const chat = useChat({
    door,
    followUp: view.follow_up,
    onStarted: (c: Conversation) => {
      if (open.current === c.id) return;
      open.current = c.id;
      go(c.id, true);
      refresh();
    },
    onFinished: refresh,
  });
  const { load } = chat.verbs;
  // A page around this one may name the conversation to open. One that is not this reader's is not found, and a new one begins.
  useEffect(() => {
    if (!wanted && given.conversation && open.current === null && !asked.current) go(given.conversation, true);
    asked.current = true;
  }, [wanted, given.conversation, go]);

  // The address says which conversation is open, so that a reload and the back button find it again.
  const read = useCallback(
    async (id: string): Promise<void> => {
      setLoading(true);
      setFailed(null);
      try {
        const [list, found] = await Promise.all([site.messages(code, id), site.conversation(code, id)]);
        if (open.current !== id) return;
        load(found, list.data ?? []);
        setTyped(found.inputs ?? {});
        fold(true);
      } catch (err) {
        const e = asApiError(err);
        if (e.status === 404 || e.status === 400) {
          open.current = null;
          load(null, []);
          go(null, true);
        } else setFailed(e);
      } finally {
        setLoading(false);
      }
    },
    [code, load, go],
  );
  useEffect(() => {
    const id = wanted ?? null;
    if (open.current === id) return;
    open.current = id;
    if (id) void read(id);
    else {
      load(null, []);
      setTyped(first);
      setProblems({});
      setFailed(null);
    }
  }, [wanted, read, load, first]);

  const name = view.site.title || view.app.name;
  const fresh = chat.steps.length === 0;
  const values = typed;
  const onSend = (query: string, files: Attachment[]): boolean => {
    if (fresh) {
      const wrong = fieldProblems(fields, values);
      setProblems(wrong);
      if (Object.keys(wrong).length > 0) return false;
      fold(true);
    }
    chat.verbs.send(query, toSend(fields, values), files);
    return true;
  };
  const startNew = (): void => {
    setDrawer(false);
    go(null);
    composer.current?.focus();
  };
  const icon = useMemo(() => <AppIcon icon={view.app.icon} color={view.app.icon_color} size="sm" />, [view.app.icon, view.app.icon_color]);
  const opening = chat.thread.conversation?.opening || fill(view.opening, values);

  return (
    <div className="flex h-dvh bg-surface">
      <ConversationList code={code} person={view.person != null} title={name} icon={icon} current={chat.thread.conversation?.id ?? wanted ?? null} open={drawer} onClose={() => setDrawer(false)} onPick={(id) => { setDrawer(false); go(id); }} onNew={startNew} onGone={() => go(null, true)} />
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <header className="flex h-12 shrink-0 items-center gap-1.5 border-b bg-surface px-2 md:px-4" style={headerStyle(view.site.inverted)}>
          <span className="md:hidden"><IconButton icon={MenuIcon} size="lg" label={t("site.openList")} aria-expanded={drawer} onClick={() => setDrawer(true)} tip={false} /></span>
          <h1 className="min-w-0 flex-1 truncate font-semibold max-md:text-center">{chat.thread.conversation?.name || name}</h1>
          {view.person && <PersonMenu code={code} person={view.person} />}
          <Preferences />
          <IconButton icon={SquarePen} size="lg" label={t("site.new")} onClick={startNew} />
        </header>
        <main className="min-h-0 flex-1">
          {failed ? (
            <ErrorState error={failed} onRetry={() => open.current && void read(open.current)} />
          ) : loading && fresh ? (
            <div className="flex h-full items-center justify-center"><Spinner size={20} /></div>
          ) : (
            <ChatPane
              chat={chat}
              door={door}
              files={view.files}
              icon={icon}
              opening={opening}
              suggested={view.suggested ?? []}
              composer={composer}
              steps={view.site.show_steps && view.app.mode === "advanced-chat" ? "titles" : undefined}
              onSend={onSend}
              placeholder={view.site.placeholder}
              form={
                vars.length > 0 && (
                  <section aria-label={t(fresh ? "inputs.title" : "inputs.shown")} className="mb-2 rounded-lg border bg-bg">
                    <button type="button" aria-expanded={fresh || !folded} disabled={fresh} onClick={() => fold(!folded)} className="flex h-10 w-full items-center gap-1.5 px-4 text-sm font-medium text-muted">
                      {!fresh && <ChevronDown size={14} aria-hidden className={cx("transition-transform", folded && "-rotate-90")} />}
                      {t(fresh ? "inputs.title" : "inputs.shown")}
                    </button>
                    {fresh ? (
                      <div className="px-4 pb-4"><FieldsForm fields={fields} values={values} problems={problems} door={door} onChange={(f) => setTyped((v) => { const next = f(v); if (Object.keys(problems).length > 0) setProblems(fieldProblems(fields, next)); return next; })} /></div>
                    ) : (
                      !folded && (
                        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 px-4 pb-3 text-sm">
                          {vars.map((v) => (
                            <div key={v.name} className="contents"><dt className="text-faint">{v.label}</dt><dd className="[overflow-wrap:anywhere]">{brief(values[v.name])}</dd></div>
                          ))}
                        </dl>
                      )
                    )}
                  </section>
                )
              }
              empty={
                <div className="flex flex-col items-center pt-[14vh] text-center">
                  <AppIcon icon={view.app.icon} color={view.app.icon_color} size="lg" />
                  <h2 className="mt-4 text-xl font-semibold">{name}</h2>
                  <p className="mt-1 max-w-md text-muted">{view.site.description || view.app.description || t("site.empty")}</p>
                </div>
              }
              foot={
                <Foot site={view.site} />
              }
            />
          )}
        </main>
      </div>
    </div>
  );
}
