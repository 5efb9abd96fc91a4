import { ArrowLeft, Server } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { models } from "@/api/console";
import { keys, touches } from "@/api/keys";
import type { DefaultModels, EndpointView, Model, ModelRef, Protocol, Vendor } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { urlProblem } from "@/lib/form";
import { match } from "@/lib/match";
import { isSet } from "@/lib/settings";
import { AbilityBadges } from "@/parts/model-picker";
import { sayText } from "@/text/say";
import { Badge, Button, Callout, Checkbox, Dialog, Disclosure, ErrorNote, ErrorState, Field, Input, Password, SearchInput, SkeletonRows, toast } from "@/ui";
import type { EndpointDraft } from "./endpoint-form";
import { draftOf, optionProblems, Options, optionsOf } from "./endpoint-form";
import { Findings } from "./findings";
import type { ModelKind } from "./kinds";
import { kindTitle, modelKinds } from "./kinds";
import { useProbe } from "./use-probe";

/** Vendor, then address and key, then the probe in front of one's eyes, then save. */
export function AddWizard({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const vendors = useRead(keys.vendors, models.vendors, { stale: Infinity });
  const [vendor, setVendor] = useState<Vendor | null>(null);
  return vendor ? (
    <Connect vendor={vendor} protocols={vendors.data?.protocols ?? []} onBack={() => setVendor(null)} onClose={onClose} />
  ) : (
    <Dialog open onClose={onClose} width="lg" title={t("models.add")} description={t("wizard.vendorText")}>
      {vendors.isPending ? (
        <SkeletonRows count={5} height={52} />
      ) : vendors.isError ? (
        <ErrorState compact error={vendors.error} onRetry={() => void vendors.refetch()} />
      ) : (
        <Vendors list={vendors.data.data} onPick={setVendor} />
      )}
    </Dialog>
  );
}

function Vendors({ list, onPick }: { list: Vendor[]; onPick: (v: Vendor) => void }) {
  const { t } = useTranslation();
  const [q, setQ] = useState("");
  const found = list.filter((v) => match(q, v.id, v.name.en, v.name.zh));
  const groups = [
    { title: t("wizard.local"), list: found.filter((v) => v.local) },
    { title: t("wizard.remote"), list: found.filter((v) => !v.local) },
  ];
  return (
    <div className="flex flex-col gap-4">
      <SearchInput block value={q} onChange={setQ} label={t("wizard.search")} />
      {found.length === 0 && <p className="py-4 text-center text-muted">{t("wizard.noVendor")}</p>}
      {groups.filter((g) => g.list.length > 0).map((g) => (
        <section key={g.title} aria-label={g.title}>
          <h3 className="mb-2 text-xs text-faint">{g.title}</h3>
          <div className="grid grid-cols-[repeat(auto-fill,minmax(200px,1fr))] gap-2">
            {g.list.map((v) => (
              <button key={v.id} type="button" onClick={() => onPick(v)} className="flex min-h-12 items-center gap-2.5 rounded-md border bg-surface px-3 py-2 text-left transition-colors hover:border-accent hover:bg-accent-soft">
                <Mark name={sayText(v.name)} local={v.local} />
                <span className="min-w-0 text-sm leading-5">{sayText(v.name)}</span>
              </button>
            ))}
          </div>
        </section>
      ))}
    </div>
  );
}

function Mark({ name, local }: { name: string; local: boolean }) {
  return (
    <span aria-hidden className="flex size-7 shrink-0 items-center justify-center rounded bg-sunken text-xs font-semibold text-muted">
      {local ? <Server size={15} /> : Array.from(name)[0]}
    </span>
  );
}

function Connect({ vendor, protocols, onBack, onClose }: { vendor: Vendor; protocols: Protocol[]; onBack: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<EndpointDraft>(() => draftOf({ name: sayText(vendor.name), base_url: vendor.base_url, protocol: vendor.protocol }));
  const [tried, setTried] = useState(false);
  const [off, setOff] = useState<ReadonlySet<string>>(new Set());
  const probe = useProbe();
  const set = (part: Partial<EndpointDraft>): void => {
    setDraft({ ...draft, ...part });
    if (probe.state !== "idle" && !("name" in part)) probe.reset(); // what was found belongs to the old address
  };
  const wrongUrl = urlProblem(draft.base_url);
  const wrongKey = vendor.needs_key && draft.key.trim() === "" ? "form.required" : undefined;
  const wrong = wrongUrl ?? wrongKey ?? Object.values(optionProblems(draft))[0];
  const body = () => ({
    vendor: vendor.id,
    protocol: draft.protocol,
    base_url: draft.base_url.trim(),
    options: optionsOf(draft),
    ...(draft.key.trim() ? { key: draft.key.trim() } : {}),
  });
  const shown = useRef<HTMLElement>(null);
  useEffect(() => {
    if (probe.state === "running" || probe.state === "done") shown.current?.scrollIntoView({ behavior: "smooth", block: "start" });
  }, [probe.state]);
  const found = useMemo(() => probe.done?.models ?? [], [probe.done]);
  const save = useCommand(
    async () => {
      const view = await models.addEndpoint({
        ...body(),
        name: draft.name.trim() || sayText(vendor.name),
        protocol: probe.done?.protocol || draft.protocol,
        ...(probe.done?.profile ? { profile: probe.done.profile } : {}),
        ...(found.length > 0 ? { models: found.map((m) => ({ ...m, disabled: m.disabled || off.has(m.name) })) } : {}),
      });
      await fillDefaults(view).catch(() => undefined); // a convenience: defaults can be chosen on the page
      return view;
    },
    touches.endpoints,
    (v: EndpointView) => {
      toast(t("wizard.saved", { name: v.endpoint.name }));
      onClose();
    },
  );
  const check = (): void => {
    setTried(true);
    if (!wrong) probe.start((signal) => models.probe(body(), signal));
  };
  const failed = probe.state === "failed" || (probe.state === "done" && (probe.done?.profile?.failed ?? 0) > 0);
  const done = probe.state === "done" || probe.state === "failed";

  return (
    <Dialog
      open
      sticky
      onClose={onClose}
      width="lg"
      title={t("wizard.connect", { name: sayText(vendor.name) })}
      description={sayText(vendor.hint)}
      onSubmit={() => (done ? save.mutate(undefined) : check())}
      footer={
        <>
          <span className="mr-auto"><Button variant="ghost" icon={ArrowLeft} onClick={onBack}>{t("kit.back")}</Button></span>
          {done ? (
            <>
              <Button onClick={check}>{t("wizard.again")}</Button>
              <Button type="submit" variant={failed ? "default" : "primary"} busy={save.isPending}>{t(failed ? "wizard.saveAnyway" : "wizard.save")}</Button>
            </>
          ) : (
            <Button type="submit" variant="primary" busy={probe.state === "running"}>{t("wizard.check")}</Button>
          )}
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={t("endpoint.url")} hint={t("endpoint.urlHint")} error={tried && wrongUrl ? t(wrongUrl) : undefined}>
            <Input type="url" value={draft.base_url} onChange={(base_url) => set({ base_url })} mono autoFocus placeholder="http://10.0.0.5:8000/v1" />
          </Field>
          <Field label={t("endpoint.key")} optional={!vendor.needs_key} error={tried && wrongKey ? t(wrongKey) : undefined}>
            <Password value={draft.key} onChange={(key) => set({ key })} autoComplete="off" />
          </Field>
        </div>
        <Field label={t("endpoint.name")} hint={t("endpoint.nameHint")}>
          <Input value={draft.name} onChange={(name) => set({ name })} maxLength={80} />
        </Field>
        <Disclosure summary={t("endpoint.more")} open={tried && Object.keys(optionProblems(draft)).length > 0}>
          <Options draft={draft} set={set} protocols={protocols} tried={tried} />
        </Disclosure>
        {probe.state !== "idle" && (
          <section ref={shown} aria-label={t("finding.list")} className="flex scroll-mt-2 flex-col gap-2">
            <h3 className="font-semibold">{t("finding.title")}</h3>
            {(probe.findings.length > 0 || probe.state === "running") && <Findings list={probe.findings} running={probe.state === "running"} />}
            <ErrorNote error={probe.error} />
            {probe.state === "done" && (failed ? <Callout tone="warn">{t("wizard.failed")}</Callout> : found.length === 0 && <Callout tone="warn">{t("wizard.noModels")}</Callout>)}
          </section>
        )}
        {found.length > 0 && <Found list={found} off={off} setOff={setOff} />}
        <ErrorNote error={save.error} />
      </div>
    </Dialog>
  );
}

/** The first model of a kind becomes its default, so that a beginner has nothing more to choose. */
async function fillDefaults({ endpoint, models: list }: EndpointView): Promise<void> {
  const now = await models.defaults();
  const pick = (kind: ModelKind): ModelRef | null => {
    const m = list.find((x) => x.kind === kind && !x.disabled);
    return m ? { endpoint_id: endpoint.id, name: m.name } : null;
  };
  const next: DefaultModels = { llm: null, embedding: null, rerank: null, speech2text: null, tts: null };
  for (const k of modelKinds) next[k] = isSet(now[k]) ? now[k] : pick(k);
  if (modelKinds.some((k) => next[k] !== null && !isSet(now[k]))) await models.saveDefaults(next);
}

function Found({ list, off, setOff }: { list: Model[]; off: ReadonlySet<string>; setOff: (s: ReadonlySet<string>) => void }) {
  const { t } = useTranslation();
  const flip = (name: string, on: boolean): void => {
    const next = new Set(off);
    if (on) next.delete(name);
    else next.add(name);
    setOff(next);
  };
  return (
    <section aria-label={t("wizard.models")}>
      <div className="mb-2 flex items-center justify-between">
        <h3 className="font-semibold">{t("wizard.found", { count: list.length })}</h3>
        {list.length > 3 && (
          <Button size="sm" variant="ghost" onClick={() => setOff(off.size === 0 ? new Set(list.map((m) => m.name)) : new Set())}>{t(off.size === 0 ? "wizard.none" : "wizard.all")}</Button>
        )}
      </div>
      <ul className="max-h-64 divide-y overflow-y-auto rounded-md border">
        {list.map((m) => (
          <li key={m.name} className="flex items-center gap-3 px-3 py-1.5">
            <div className="min-w-0 flex-1"><Checkbox checked={!off.has(m.name)} onChange={(on) => flip(m.name, on)}><span className="[overflow-wrap:anywhere]">{m.name}</span></Checkbox></div>
            <AbilityBadges of={m.abilities} size={m.context_size} />
            <Badge>{kindTitle(t, m.kind)}</Badge>
          </li>
        ))}
      </ul>
    </section>
  );
}
