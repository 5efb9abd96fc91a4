import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { appBatches } from "@/api/batch";
import { BatchPane } from "@/parts/batch/pane";
import { Page } from "@/ui";
import { AppFrame } from "./header";

const route = getRouteApi("/frame/apps/$appId/batches");

/** The batches of an app, visitors' too, and the builder's own. */
export function BatchesPage() {
  const { appId } = route.useParams();
  return <AppFrame id={appId} at="batches">{() => <Batches id={appId} />}</AppFrame>;
}

function Batches({ id }: { id: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { batch } = route.useSearch();
  const door = useMemo(() => appBatches(id), [id]);
  return (
    <Page title={t("batch.title")} purpose={t("batch.purpose")}>
      <BatchPane door={door} open={batch ?? null} onOpen={(b) => void navigate({ to: "/apps/$appId/batches", params: { appId: id }, search: b ? { batch: b } : {} })} />
    </Page>
  );
}
