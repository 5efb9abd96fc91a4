import { getRouteApi, Link } from "@tanstack/react-router";
import { KeyRound, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { apps } from "@/api/console";
import { keys, touches } from "@/api/keys";
import type { App, Key } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { apiBase } from "@/lib/links";
import { curlSample, pythonSample, scriptSample } from "@/lib/curl";
import { ofVariable, startFields } from "@/lib/fields";
import { Button, Callout, Confirm, CopyField, EmptyState, ErrorNote, ErrorState, Field, IconButton, Page, Section, Segmented, SkeletonRows, Switch, Time } from "@/ui";
import { textLink } from "@/ui/link";
import { isGraphMode } from "./graph/graph";
import { AppFrame } from "./header";

const route = getRouteApi("/frame/apps/$appId/api");

const languages = { curl: curlSample, python: pythonSample, javascript: scriptSample } as const;
const names = { curl: "curl", python: "Python", javascript: "JavaScript" } as const;
const tongues = ["curl", "python", "javascript"] as const;

/** The API of an app: its keys, and calls that run as they are printed. */
export function ApiPage() {
  const { appId } = route.useParams();
  return <AppFrame id={appId} at="api">{(app) => <ApiAccess app={app} />}</AppFrame>;
}

function ApiAccess({ app }: { app: App }) {
  const { t } = useTranslation();
  const [tongue, setTongue] = useState<(typeof tongues)[number]>("curl");
  const list = useRead(keys.apps.keys(app.id), () => apps.keys(app.id));
  const [fresh, setFresh] = useState("");
  const [removing, remove] = useState<Key | null>(null);
  const add = useCommand(() => apps.addKey(app.id), touches.keys(app.id), (r) => setFresh(r.token));
  const drop = useCommand((id: string) => apps.removeKey(app.id, id), touches.keys(app.id), () => remove(null));
  const enable = useCommand((api_enabled: boolean) => apps.save(app.id, { api_enabled }), touches.app(app.id));
  return (
    <Page narrow title={t("publish.api")} purpose={t("api.text")}>
      <div className="mb-6 flex flex-col gap-3">
        <Field inline label={t("api.enabled")} hint={t("api.enabledText")}>
          <Switch checked={app.api_enabled} disabled={enable.isPending} onChange={enable.mutate} />
        </Field>
        <ErrorNote error={enable.error} />
        {!app.published_version_id && <Callout tone="warn">{t("api.notPublished")} <Link to="/apps/$appId/edit" params={{ appId: app.id }} className={textLink}>{t("api.toEdit")}</Link></Callout>}
        <Field label={t("api.base")}><CopyField text={apiBase()} label={t("api.base")} /></Field>
      </div>
      <Section title={t("api.keys")} purpose={t("api.keysText")} action={<Button size="sm" icon={Plus} busy={add.isPending} onClick={() => add.mutate(undefined)}>{t("api.addKey")}</Button>}>
        <div className="flex flex-col gap-2">
          <ErrorNote error={add.error} />
          {fresh && (
            <Callout tone="ok">
              <p className="mb-2">{t("api.once")}</p>
              <CopyField text={fresh} label={t("api.newKey")} />
            </Callout>
          )}
          {list.isPending ? (
            <SkeletonRows count={2} />
          ) : list.isError ? (
            <ErrorState compact error={list.error} onRetry={() => void list.refetch()} />
          ) : list.data.data.length === 0 ? (
            <EmptyState compact icon={KeyRound} title={t("api.noKeys")}>{t("api.noKeysText")}</EmptyState>
          ) : (
            <ul className="divide-y rounded-md border">
              {list.data.data.map((k) => (
                <li key={k.id} className="flex h-11 items-center gap-3 pr-1 pl-3">
                  <code className="font-mono text-sm">app-…{k.hint}</code>
                  <span className="min-w-0 flex-1 truncate text-xs text-faint">
                    {t("kit.created")} <Time at={k.created_at} /> · {k.last_used_at ? <>{t("api.lastUsed")} <Time at={k.last_used_at} /></> : t("api.neverUsed")}
                  </span>
                  <IconButton icon={Trash2} size="sm" label={t("api.deleteKey", { hint: k.hint })} onClick={() => remove(k)} />
                </li>
              ))}
            </ul>
          )}
        </div>
      </Section>
      <Section title={t("api.sample")} purpose={t(fresh ? "api.sampleText" : "api.sampleNoKey")} action={<Segmented label={t("api.language")} value={tongue} onChange={setTongue} options={tongues.map((x) => ({ value: x, label: names[x] }))} />}>
        <CopyField multiline text={languages[tongue](apiBase(), fresh, app.mode, isGraphMode(app.mode) ? startFields(app.draft.graph) : (app.draft.variables ?? []).map(ofVariable))} label={t("api.sample")} />
        {tongue !== "curl" && <p className="mt-2 text-sm text-muted">{t(tongue === "python" ? "api.python" : "api.javascript")}</p>}
      </Section>
      <Confirm open={removing !== null} onClose={() => remove(null)} onConfirm={() => removing && drop.mutate(removing.id)} title={t("api.deleteTitle", { hint: removing?.hint ?? "" })} action={t("kit.delete")} busy={drop.isPending} error={<ErrorNote error={drop.error} />}>
        <p>{t("api.deleteText")}</p>
      </Confirm>
    </Page>
  );
}
