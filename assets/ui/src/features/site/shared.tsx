import { getRouteApi } from "@tanstack/react-router";
import { CircleOff } from "lucide-react";
import { lazy, Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { results } from "@/api/site";
import { useRead } from "@/api/use";
import { siteLink } from "@/lib/links";
import { Outputs } from "@/parts/flow/outputs";
import { Markdown } from "@/parts/markdown/markdown";
import { AppIcon, CopyIcon, EmptyState, ErrorState, Spinner, Time } from "@/ui";
import { quietLink } from "@/ui/link";
import { headerStyle, useAccent, useSiteLanguage } from "./look";
import { Preferences } from "./shell";

const Door = lazy(async () => ({ default: (await import("./door")).Door }));
const route = getRouteApi("/shared/$code/$token");

/** One result of a web app, behind a link, for those who may use the app. */
export function SharedPage() {
  const { t } = useTranslation();
  const { code, token } = route.useParams();
  const view = useRead(keys.site.shared(code, token), () => results.shared(code, token), { stale: 60_000 });
  const look = view.data?.look;
  const name = look?.name ?? "";
  useSiteLanguage(look?.language);
  useAccent(look?.color);
  useEffect(() => {
    if (name) document.title = name;
  }, [name]);
  const wait = <div className="flex h-full items-center justify-center"><Spinner size={22} /></div>;
  if (view.isPending) return wait;
  if (view.isError && view.error.status === 401) return <Suspense fallback={wait}><Door code={code} join={undefined} onIn={() => void view.refetch()} /></Suspense>;
  if (!view.data || !look)
    return (
      <main className="flex h-full items-center justify-center p-6">
        {view.error && view.error.status !== 404 && view.error.status !== 403 ? <ErrorState error={view.error} onRetry={() => void view.refetch()} /> : <EmptyState page icon={CircleOff} title={t("keep.gone")}>{t("keep.goneText")}</EmptyState>}
      </main>
    );
  return (
    <div className="flex min-h-dvh flex-col bg-bg">
      <header className="sticky top-0 z-20 flex h-12 shrink-0 items-center gap-2 border-b bg-surface px-4 max-md:px-3" style={headerStyle(look.inverted)}>
        <AppIcon icon={look.icon} color={look.icon_color} size="sm" />
        <h1 className="min-w-0 flex-1 truncate font-semibold" title={look.name}>{look.name}</h1>
        <Preferences />
      </header>
      <main className="mx-auto w-full max-w-3xl flex-1 px-4 py-6">
        <div className="rounded-lg border bg-surface p-5">
          <p className="mb-3 flex items-center justify-between gap-2 text-xs text-faint"><span>{t("keep.from")} <Time at={view.data.made_at} /></span>{view.data.answer !== "" && <CopyIcon text={view.data.answer} />}</p>
          {view.data.outputs ? <Outputs outputs={view.data.outputs} door={{ file: () => "" }} /> : <Markdown text={view.data.answer} />}
        </div>
        <p className="mt-5 text-center"><a className={quietLink} href={siteLink(look.mode, code)}>{t("keep.open")}</a></p>
      </main>
    </div>
  );
}
