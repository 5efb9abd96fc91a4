import { useNavigate } from "@tanstack/react-router";
import { CircleOff } from "lucide-react";
import { lazy, Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { site } from "@/api/site";
import { useRead } from "@/api/use";
import { sitePaths } from "@/lib/links";
import type { Prefill } from "@/lib/prefill";
import { arrival, readPrefill } from "@/lib/prefill";
import { framed, setClaim } from "@/lib/visitor";
import { EmptyState, ErrorState, Spinner } from "@/ui";
import { useAccent, useSiteLanguage } from "./look";

const ChatSite = lazy(async () => ({ default: (await import("./chat")).ChatSite }));
const WorkflowSite = lazy(async () => ({ default: (await import("./workflow")).WorkflowSite }));
const CompletionSite = lazy(async () => ({ default: (await import("./completion")).CompletionSite }));
const Door = lazy(async () => ({ default: (await import("./door")).Door }));

export type SitePath = "chat" | "chatbot" | "completion" | "workflow";

const wait = <div className="flex h-full items-center justify-center"><Spinner size={22} /></div>;

/** Read once, before anything is asked of the server: it may say who the reader is. */
let prefill: Promise<Prefill> | null = null;
const early = (): Promise<Prefill> => (prefill ??= readPrefill(arrival).then((p) => { setClaim(p.user); return p; }));

/** The published web app, of whatever kind. An address of the wrong kind leads to the right one. `wanted` is what it opens with: a conversation, a run, an answer. */
export function SitePage({ path, code, wanted, join }: { path: SitePath; code: string; wanted: string | undefined; join: string | undefined }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const given = useRead(["prefill"], early, { stale: Infinity });
  const view = useRead(keys.site.view(code), () => site.view(code), { stale: 60_000, enabled: given.isSuccess && !join });
  const name = view.data ? view.data.site.title || view.data.app.name : "";
  const kind = view.data ? sitePaths[view.data.app.mode] : undefined;
  const right = path === "chatbot" && kind === "chat" ? "chatbot" : (kind ?? path);
  useSiteLanguage(view.data?.site.language);
  useAccent(view.data?.site.color);
  useEscape();
  useEffect(() => {
    if (name) document.title = name;
  }, [name]);
  useEffect(() => {
    if (right !== path) void navigate({ to: `/${right}/$code`, params: { code }, search: {}, replace: true });
  }, [right, path, code, navigate]);

  const code401 = view.error?.status === 401 ? view.error.code : undefined;
  if (join || code401)
    return (
      <Suspense fallback={wait}>
        <Door code={code} join={join} onIn={() => join && void navigate({ to: `/${path}/$code`, params: { code }, search: {}, replace: true })} />
      </Suspense>
    );
  if (given.isPending || view.isPending || right !== path) return wait;
  if (view.isError && !view.data)
    return (
      <main className="flex h-full items-center justify-center p-6">
        {view.error.status === 404 ? <EmptyState page icon={CircleOff} title={t("site.off")}>{t("site.offText")}</EmptyState> : <ErrorState error={view.error} onRetry={() => void view.refetch()} />}
      </main>
    );
  const Site = { chat: ChatSite, chatbot: ChatSite, workflow: WorkflowSite, completion: CompletionSite }[path];
  return <Suspense fallback={wait}><Site key={code} code={code} view={view.data} wanted={wanted} path={path} given={given.data ?? nothing} /></Suspense>;
}

const nothing: Prefill = { inputs: {}, user: "", conversation: "", name: "" };

/** What every kind of web app gets. */
export interface SiteProps {
  code: string;
  view: import("@/api/types").SiteView;
  wanted: string | undefined;
  path: SitePath;
  given: Prefill;
}

/** Esc inside the bubble of another page closes the bubble, unless something in here takes it. */
function useEscape(): void {
  useEffect(() => {
    if (!framed()) return;
    const onKey = (e: KeyboardEvent): void => {
      if (e.key === "Escape" && !e.defaultPrevented && !document.querySelector("[role=dialog], [role=menu], [role=listbox]")) window.parent.postMessage("islet:close", "*");
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}
