import { ChevronDown, KeyRound, MoreHorizontal, Pencil, Plus, Power, RefreshCw, Trash2 } from "lucide-react";
import { useCallback, useEffect, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useQueryClient } from "@tanstack/react-query";
import { models } from "@/api/console";
import { touches } from "@/api/keys";
import type { EndpointView } from "@/api/types";
import { useCommand } from "@/api/use";
import { useMay } from "@/parts/me";
import type { MenuItem } from "@/ui";
import { Badge, Button, Confirm, CopyIcon, Dialog, ErrorNote, IconButton, Menu, State, Time } from "@/ui";
import type { BadgeTone } from "@/ui";
import { cx } from "@/ui/cx";
import type { TextKey } from "@/text";
import { CredentialsDialog } from "./credentials";
import { EndpointDialog } from "./endpoint-dialog";
import { Findings } from "./findings";
import { ModelDialog } from "./model-dialog";
import { ModelsTable } from "./models-table";
import { useProbe } from "./use-probe";

type Panel = "edit" | "keys" | "delete" | "add" | "probe" | "findings" | null;

function stateOf(v: EndpointView): { tone: BadgeTone; word: TextKey } {
  const p = v.endpoint.profile;
  if (v.endpoint.disabled) return { tone: "neutral", word: "endpoint.state.off" };
  if (!p) return { tone: "neutral", word: "endpoint.state.unknown" };
  if (p.failed > 0) return { tone: "danger", word: "endpoint.state.failed" };
  if (p.warned > 0) return { tone: "warn", word: "endpoint.state.warned" };
  return { tone: "ok", word: "endpoint.state.ok" };
}

/** One endpoint: its state in a line, its models under it. */
export function EndpointCard({ view, open: first }: { view: EndpointView; open: boolean }) {
  const { t } = useTranslation();
  const { endpoint: e } = view;
  const admin = useMay("admin");
  const id = useId();
  const [folded, fold] = useState<boolean | null>(null);
  const [panel, setPanel] = useState<Panel>(null);
  const open = folded === null ? first : !folded;
  const close = (): void => setPanel(null);
  const list = view.models ?? [];
  const creds = view.credentials ?? [];
  const cooling = creds.filter((c) => c.cooldown_until && new Date(c.cooldown_until).getTime() > Date.now()).length;
  const state = stateOf(view);
  const toggle = useCommand(() => models.saveEndpoint(e.id, { disabled: !e.disabled }), touches.endpoints);
  const remove = useCommand(() => models.removeEndpoint(e.id), touches.endpoints);
  const inside = e.protocol === "builtin"; // runs in islet itself: nothing to edit, and it stays
  const probe: MenuItem = { id: "probe", label: t("endpoint.probe"), icon: RefreshCw, run: () => setPanel("probe") };
  const off: MenuItem = { id: "off", label: t(e.disabled ? "endpoint.enable" : "endpoint.disable"), icon: Power, run: () => toggle.mutate(undefined) };
  const items: MenuItem[][] = inside ? [[probe, off]] : [
    [
      { id: "edit", label: t("endpoint.edit"), icon: Pencil, run: () => setPanel("edit") },
      { id: "keys", label: t("creds.title"), icon: KeyRound, run: () => setPanel("keys") },
      probe,
      { id: "add", label: t("model.add"), icon: Plus, run: () => setPanel("add") },
      off,
    ],
    [{ id: "delete", label: t("kit.delete"), icon: Trash2, danger: true, run: () => setPanel("delete") }],
  ];
  return (
    <article aria-label={e.name} className="rounded-lg border bg-surface">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
        <div className={cx("min-w-0 flex-1", e.disabled && "opacity-70")}>
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <h2 className="truncate font-semibold">{e.name}</h2>
            <button type="button" onClick={() => setPanel("findings")} disabled={!e.profile} className="rounded hover:underline disabled:no-underline" aria-label={t("endpoint.showFindings", { state: t(state.word) })}>
              <State tone={state.tone}>{t(state.word)}</State>
            </button>
            {cooling > 0 && <Badge tone="warn">{t("creds.cooling", { count: cooling })}</Badge>}
          </div>
          <p className="flex min-w-0 items-center gap-1 text-sm text-faint">
            {!inside && <span className="truncate font-mono" title={e.base_url}>{e.base_url}</span>}
            {!inside && <CopyIcon text={e.base_url} />}
            {e.profile && <span className="shrink-0 max-md:hidden">· {t("endpoint.probed")} <Time at={e.profile.probed_at} /></span>}
          </p>
        </div>
        <Button size="sm" variant="ghost" iconEnd={ChevronDown} aria-expanded={open} aria-controls={id} onClick={() => fold(open)}>{t("endpoint.models", { count: list.length })}</Button>
        {admin && <Button size="sm" icon={RefreshCw} onClick={() => setPanel("probe")}>{t("endpoint.probe")}</Button>}
        {admin && <Menu groups={items} trigger={<IconButton icon={MoreHorizontal} size="sm" label={t("endpoint.menu", { name: e.name })} tip={false} busy={toggle.isPending} />} />}
      </div>
      {toggle.error && <div className="px-4 pb-3"><ErrorNote error={toggle.error} /></div>}
      <div id={id} hidden={!open} className="border-t">
        <ModelsTable list={list} admin={admin && !inside} onAdd={() => setPanel("add")} />
      </div>
      {panel === "edit" && <EndpointDialog endpoint={e} onClose={close} />}
      {panel === "keys" && <CredentialsDialog endpoint={e} list={creds} onClose={close} />}
      {panel === "add" && <ModelDialog endpoint={e.id} onClose={close} />}
      {panel === "probe" && <ProbeDialog view={view} onClose={close} />}
      {panel === "findings" && e.profile && (
        <Dialog open onClose={close} title={t("finding.of", { name: e.name })} description={<>{t("endpoint.probed")} <Time at={e.profile.probed_at} /></>} footer={admin && <Button icon={RefreshCw} onClick={() => setPanel("probe")}>{t("endpoint.probe")}</Button>}>
          <Findings list={e.profile.findings ?? []} running={false} />
        </Dialog>
      )}
      <Confirm open={panel === "delete"} onClose={close} onConfirm={() => remove.mutate(undefined)} title={t("endpoint.deleteTitle", { name: e.name })} action={t("kit.delete")} busy={remove.isPending} error={<ErrorNote error={remove.error} />}>
        <p>{t("endpoint.deleteText", { count: list.length })}</p>
      </Confirm>
    </article>
  );
}

function ProbeDialog({ view, onClose }: { view: EndpointView; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const probe = useProbe(() => void Promise.all(touches.endpoints.map((queryKey) => client.invalidateQueries({ queryKey }))));
  const { start: begin } = probe;
  const { id } = view.endpoint;
  const start = useCallback(() => begin((signal) => models.probeEndpoint(id, signal)), [begin, id]);
  useEffect(start, [start]);
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("finding.of", { name: view.endpoint.name })}
      description={t("finding.text")}
      footer={
        <>
          <Button busy={probe.state === "running"} icon={RefreshCw} onClick={start}>{t(probe.state === "idle" ? "wizard.check" : "wizard.again")}</Button>
          <Button variant="primary" onClick={onClose}>{t("kit.done")}</Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Findings list={probe.findings} running={probe.state === "running"} />
        <ErrorNote error={probe.error} />
        {probe.done && <p className="text-sm text-muted">{t("wizard.found", { count: probe.done.models?.length ?? 0 })}</p>}
      </div>
    </Dialog>
  );
}
