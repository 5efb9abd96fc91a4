import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Cpu, Plug, SearchX } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { models } from "@/api/console";
import { keys, touches } from "@/api/keys";
import type { DefaultModels, ModelRef } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { match } from "@/lib/match";
import { isSet } from "@/lib/settings";
import { useMay } from "@/parts/me";
import { ModelPicker } from "@/parts/model-picker";
import { Button, Card, EmptyState, ErrorNote, ErrorState, Field, Page, SearchInput, Section, SkeletonRows } from "@/ui";
import { EndpointCard } from "./endpoint-card";
import type { ModelKind } from "./kinds";
import { modelKinds } from "./kinds";
import { AddWizard } from "./wizard";

const route = getRouteApi("/frame/models");

export function ModelsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { add } = route.useSearch();
  const admin = useMay("admin");
  const list = useRead(keys.endpoints, models.endpoints);
  const [q, setQ] = useState("");
  const adding = add === true && admin;
  const setAdding = (on: boolean): void => void navigate({ to: "/models", search: on ? { add: true } : {}, replace: !on });
  const all = list.data?.data ?? [];
  const found = all.filter((v) => match(q, v.endpoint.name, v.endpoint.base_url, v.endpoint.vendor, ...(v.models ?? []).map((m) => m.name)));
  const button = admin && <Button variant="primary" icon={Plug} onClick={() => setAdding(true)}>{t("models.add")}</Button>;
  return (
    <Page title={t("models.title")} purpose={t("models.purpose")} action={button} tools={all.length > 0 && <SearchInput value={q} onChange={setQ} label={t("models.search")} />}>
      {list.isPending ? (
        <SkeletonRows count={3} height={96} />
      ) : list.isError ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : all.length === 0 ? (
        <EmptyState icon={Cpu} title={t("models.none")} action={button}>{t("models.noneText")}</EmptyState>
      ) : (
        <>
          {found.length === 0 ? (
            <EmptyState compact icon={SearchX} title={t("models.noneFound")} action={<Button onClick={() => setQ("")}>{t("kit.clear")}</Button>} />
          ) : (
            <div className="mb-8 flex flex-col gap-3">{found.map((v) => <EndpointCard key={v.endpoint.id} view={v} open={found.length === 1 || q !== ""} />)}</div>
          )}
          <Defaults />
        </>
      )}
      {adding && <AddWizard onClose={() => setAdding(false)} />}
    </Page>
  );
}

/** What is used where nobody chose a model. */
function Defaults() {
  const { t } = useTranslation();
  const admin = useMay("admin");
  const now = useRead(keys.models.defaults, models.defaults);
  const save = useCommand(models.saveDefaults, touches.defaults);
  return (
    <Section title={t("defaults.title")} purpose={t("defaults.text")}>
      {now.isPending ? (
        <SkeletonRows count={1} height={80} />
      ) : now.isError ? (
        <ErrorState compact error={now.error} onRetry={() => void now.refetch()} />
      ) : (
        <Card>
          <div className="grid gap-4 md:grid-cols-3">
            {modelKinds.map((k) => {
              const shown = save.isPending ? save.variables[k] : now.data[k];
              const ref = isSet(shown) ? shown : null;
              return (
                <Field key={k} label={t(`kind.${k}`)} hint={t(`defaults.${k}`)}>
                  {admin ? (
                    <ModelPicker block kind={k} label={t(`kind.${k}`)} none={t("kit.none")} value={ref} onChange={(m) => save.mutate({ ...clean(now.data), [k]: m })} />
                  ) : (
                    <p>{ref?.name ?? t("kit.none")}</p>
                  )}
                </Field>
              );
            })}
          </div>
          <div className="mt-3 empty:hidden"><ErrorNote error={save.error} /></div>
        </Card>
      )}
    </Section>
  );
}

function clean(d: DefaultModels): DefaultModels {
  const of = (k: ModelKind): ModelRef | null => (isSet(d[k]) ? d[k] : null);
  return { llm: of("llm"), embedding: of("embedding"), rerank: of("rerank"), speech2text: of("speech2text"), tts: of("tts") };
}
