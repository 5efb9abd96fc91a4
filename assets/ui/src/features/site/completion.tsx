import { useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useRef } from "react";
import { siteDoor } from "@/api/site";
import { fitting } from "@/lib/prefill";
import { CompletionPane } from "@/parts/chat/completion";
import { useChat } from "@/parts/chat/use-chat";
import type { SiteProps } from "./page";
import { ResultBar } from "./results";
import { fieldsOf } from "./shell";
import { RunSite } from "./tabs";

/** A published text generator: a form and its answer. The address names the answer, so that a reload finds it again. */
export function CompletionSite({ code, view, wanted, given }: SiteProps) {
  const navigate = useNavigate();
  const door = useMemo(() => siteDoor(code, view.voice), [code, view.voice]);
  const fields = useMemo(() => fieldsOf(view), [view]);
  const open = useRef<string | null>(null);
  const chat = useChat({ door, followUp: false });
  const { reattach } = chat.verbs;
  const live = chat.thread.order[chat.thread.order.length - 1];
  useEffect(() => {
    if (!wanted || open.current === wanted) return;
    open.current = wanted;
    reattach(wanted);
  }, [wanted, reattach]);
  useEffect(() => {
    if (!live || live === "pending" || open.current === live) return;
    open.current = live;
    void navigate({ to: "/completion/$code", params: { code }, search: { m: live }, replace: true });
  }, [live, navigate, code]);
  return (
    <RunSite code={code} view={view}>
      <CompletionPane chat={chat} door={door} fields={fields} first={fitting(fields, given.inputs)} files={view.files} side below={(m) => <ResultBar code={code} id={m.id} sharing={view.site.sharing} />} />
    </RunSite>
  );
}
