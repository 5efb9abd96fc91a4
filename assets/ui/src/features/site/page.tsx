import { useNavigate } from "@tanstack/react-router";
import { CircleOff } from "lucide-react";
import { lazy, Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { site } from "@/api/site";
import { useRead } from "@/api/use";
import { sitePaths } from "@/lib/links";
import { EmptyState, ErrorState, Spinner } from "@/ui";
import { useSiteLanguage } from "./shell";

const ChatSite = lazy(async () => ({ default: (await import("./chat")).ChatSite }));
const WorkflowSite = lazy(async () => ({ default: (await import("./workflow")).WorkflowSite }));
const CompletionSite = lazy(async () => ({ default: (await import("./completion")).CompletionSite }));

const wait = <div className="flex h-full items-center justify-center"><Spinner size={22} /></div>;

/** The published web app, of whatever kind. An address of the wrong kind leads to the right one. `wanted` is what it opens with: a conversation, a run, an answer. */
export function SitePage({ path, code, wanted }: { path: "chat" | "completion" | "workflow"; code: string; wanted: string | undefined }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const view = useRead(keys.site.view(code), () => site.view(code), { stale: 60_000 });
  const name = view.data ? view.data.site.title || view.data.app.name : "";
  const right = view.data ? sitePaths[view.data.app.mode] : path;
  useSiteLanguage(view.data?.site.language);
  useEffect(() => {
    if (name) document.title = name;
  }, [name]);
  useEffect(() => {
    if (right !== path) void navigate({ to: `/${right}/$code`, params: { code }, search: {}, replace: true });
  }, [right, path, code, navigate]);

  if (view.isPending || right !== path) return wait;
  if (view.isError && !view.data)
    return (
      <main className="flex h-full items-center justify-center p-6">
        {view.error.status === 404 ? <EmptyState page icon={CircleOff} title={t("site.off")}>{t("site.offText")}</EmptyState> : <ErrorState error={view.error} onRetry={() => void view.refetch()} />}
      </main>
    );
  const Site = { chat: ChatSite, workflow: WorkflowSite, completion: CompletionSite }[path];
  return <Suspense fallback={wait}><Site key={code} code={code} view={view.data} wanted={wanted} /></Suspense>;
}
