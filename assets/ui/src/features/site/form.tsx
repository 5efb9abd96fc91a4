import { getRouteApi } from "@tanstack/react-router";
import { CircleCheck, CircleOff, Clock } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { keys, touches } from "@/api/keys";
import { forms } from "@/api/site";
import type { FormView } from "@/api/types";
import { useRead } from "@/api/use";
import { exactTime, relativeTime } from "@/lib/format";
import { FormCard } from "@/parts/flow/form-card";
import { AppIcon, EmptyState, ErrorState, Spinner, Tooltip } from "@/ui";
import { useQueryClient } from "@tanstack/react-query";
import { useSiteLanguage } from "./look";
import { Preferences } from "./shell";

const route = getRouteApi("/form/$token");

/** A form of a run behind a link: who has the link may answer it, once. */
export function FormPage() {
  const { t } = useTranslation();
  const { token } = route.useParams();
  const form = useRead(keys.form(token), () => forms.one(token), { stale: 0 });
  useSiteLanguage(form.data?.language);
  const title = form.data?.node_title ?? "";
  useEffect(() => {
    if (title) document.title = title;
  }, [title]);
  if (form.isPending) return <div className="flex h-full items-center justify-center"><Spinner size={22} /></div>;
  if (form.isError && !form.data)
    return (
      <main className="flex h-full items-center justify-center p-6">
        {form.error.status === 404 ? <EmptyState page icon={CircleOff} title={t("ask.gone")}>{t("ask.goneText")}</EmptyState> : <ErrorState error={form.error} onRetry={() => void form.refetch()} />}
      </main>
    );
  return <Ask token={token} form={form.data} />;
}

function Ask({ token, form }: { token: string; form: FormView }) {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const again = (): void => touches.form(token).forEach((queryKey) => void client.invalidateQueries({ queryKey }));
  return (
    <div className="flex min-h-dvh flex-col bg-bg">
      <header className="flex h-12 items-center gap-2 border-b bg-surface px-4">
        <AppIcon icon={form.app.icon} color={form.app.icon_color} size="sm" />
        <span className="min-w-0 flex-1 truncate font-semibold" title={form.app.name}>{form.app.name}</span>
        <Preferences />
      </header>
      <main className="mx-auto w-full max-w-xl px-4 py-8">
        <div className="rounded-lg border bg-surface p-5">
          <h1 className="text-lg font-semibold">{form.node_title}</h1>
          {form.status === "waiting" && (
            <p className="mt-0.5 mb-4 flex items-center gap-1 text-sm text-faint">
              <Clock size={13} aria-hidden />
              <Tooltip text={exactTime(form.expires_at, i18n.language)}><span>{t("ask.until", { when: relativeTime(form.expires_at, i18n.language) })}</span></Tooltip>
            </p>
          )}
          {form.status === "waiting" ? (
            <FormCard bare form={form} token={token} onAnswered={again} />
          ) : form.status === "submitted" ? (
            <EmptyState compact icon={CircleCheck} title={t("ask.thanks")}>{t("ask.thanksText", { action: (form.actions ?? []).find((a) => a.id === form.action_id)?.title ?? form.action_id })}</EmptyState>
          ) : (
            <EmptyState compact icon={Clock} title={t("ask.expired")}>{t("ask.expiredText")}</EmptyState>
          )}
        </div>
      </main>
    </div>
  );
}
