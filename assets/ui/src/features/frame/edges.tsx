// What surrounds every page, and what shows when there is none: unknown address, broken page, page on its way.
import type { ErrorComponentProps } from "@tanstack/react-router";
import { Link, Outlet, useMatches, useRouter } from "@tanstack/react-router";
import { Compass } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { asApiError } from "@/api/client";
import { EmptyState, ErrorState, Spinner } from "@/ui/state";
import { buttonLink } from "@/ui/link";

export function RootPage() {
  return (
    <>
      <TabTitle />
      <Outlet />
    </>
  );
}

function TabTitle() {
  const { t } = useTranslation();
  const title = useMatches({ select: (all) => all.findLast((m) => m.staticData.title)?.staticData.title });
  useEffect(() => {
    if (title) document.title = `${t(title)} · islet`;
  }, [title, t]);
  return null;
}

export function MissingPage() {
  const { t } = useTranslation();
  return (
    <main className="flex min-h-full items-center justify-center p-6">
      <EmptyState page icon={Compass} title={t("missing.title")} action={<Link to="/apps" className={buttonLink}>{t("missing.home")}</Link>}>
        {t("missing.text")}
      </EmptyState>
    </main>
  );
}

export function BrokenPage({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <main className="flex min-h-full items-center justify-center p-6">
      <ErrorState
        error={asApiError(error)}
        onRetry={() => {
          reset();
          void router.invalidate();
        }}
      />
    </main>
  );
}

export function PendingPage() {
  return (
    <div className="flex h-full min-h-40 items-center justify-center">
      <Spinner size={20} />
    </div>
  );
}
