// The address and the options of an endpoint: the same fields when it is added and when it is edited.
import { useTranslation } from "react-i18next";
import type { EndpointOptions, Protocol } from "@/api/types";
import { headersProblem, headersText, parseHeaders } from "@/lib/headers";
import { sayText } from "@/text/say";
import { Checkbox, Field, Input, NumberInput, Select, Textarea } from "@/ui";

export interface EndpointDraft {
  name: string;
  base_url: string;
  protocol: string;
  key: string;
  timeout: number | null;
  retries: number | null;
  ca: string;
  skip_verify: boolean;
  http1: boolean;
  headers: string;
  api_version: string;
}

export function draftOf(e: { name: string; base_url: string; protocol: string; options?: EndpointOptions }): EndpointDraft {
  const o = e.options ?? {};
  return {
    name: e.name,
    base_url: e.base_url,
    protocol: e.protocol,
    key: "",
    timeout: o.timeout_seconds || null,
    retries: o.retries === -1 ? 0 : o.retries || null,
    ca: o.ca ?? "",
    skip_verify: o.skip_verify ?? false,
    http1: o.http1 ?? false,
    headers: headersText(o.headers ?? {}),
    api_version: o.api_version ?? "",
  };
}

/** The options as the server wants them: what is left empty is left out, and no retries is -1. */
export function optionsOf(d: EndpointDraft): EndpointOptions {
  const headers = parseHeaders(d.headers);
  return {
    ...(d.timeout ? { timeout_seconds: Math.round(d.timeout) } : {}),
    ...(d.retries === null ? {} : { retries: d.retries === 0 ? -1 : Math.round(d.retries) }),
    ...(d.ca.trim() ? { ca: d.ca.trim() } : {}),
    ...(d.skip_verify ? { skip_verify: true } : {}),
    ...(d.http1 ? { http1: true } : {}),
    ...(Object.keys(headers).length > 0 ? { headers } : {}),
    ...(d.api_version.trim() ? { api_version: d.api_version.trim() } : {}),
  };
}

export function optionProblems(d: EndpointDraft): { headers?: "endpoint.headersBad"; ca?: "endpoint.caBad" } {
  return {
    ...(headersProblem(d.headers) ? { headers: "endpoint.headersBad" as const } : {}),
    ...(d.ca.trim() !== "" && !d.ca.includes("-----BEGIN CERTIFICATE-----") ? { ca: "endpoint.caBad" as const } : {}),
  };
}

export function Options({ draft, set, protocols, tried }: { draft: EndpointDraft; set: (part: Partial<EndpointDraft>) => void; protocols: Protocol[]; tried: boolean }) {
  const { t } = useTranslation();
  const wrong = tried ? optionProblems(draft) : {};
  return (
    <div className="flex flex-col gap-4">
      <div className="grid gap-4 sm:grid-cols-3">
        <Field label={t("endpoint.protocol")}>
          <Select value={draft.protocol} onChange={(protocol) => set({ protocol })} options={protocols.map((p) => ({ value: p.id, label: sayText(p.title) || p.id }))} />
        </Field>
        <Field label={t("endpoint.timeout")} hint={t("endpoint.timeoutHint")}>
          <NumberInput value={draft.timeout} min={1} max={3600} placeholder="120" suffix="s" onChange={(timeout) => set({ timeout })} />
        </Field>
        <Field label={t("endpoint.retries")} hint={t("endpoint.retriesHint")}>
          <NumberInput value={draft.retries} min={0} max={10} placeholder="2" onChange={(retries) => set({ retries })} />
        </Field>
      </div>
      {protocols.find((p) => p.id === draft.protocol)?.fields.some((f) => f.name === "api_version") && (
        <Field label={t("endpoint.apiVersion")}>
          <Input value={draft.api_version} onChange={(api_version) => set({ api_version })} mono placeholder="2024-10-21" />
        </Field>
      )}
      <Field label={t("endpoint.headers")} hint={t("endpoint.headersHint")} error={wrong.headers ? t(wrong.headers) : undefined} optional>
        <Textarea value={draft.headers} onChange={(headers) => set({ headers })} mono rows={2} placeholder="X-Team: legal" />
      </Field>
      <Field label={t("endpoint.ca")} hint={t("endpoint.caHint")} error={wrong.ca ? t(wrong.ca) : undefined} optional>
        <Textarea value={draft.ca} onChange={(ca) => set({ ca })} mono rows={3} placeholder="-----BEGIN CERTIFICATE-----" />
      </Field>
      <div className="flex flex-col gap-1">
        <Checkbox checked={draft.http1} onChange={(http1) => set({ http1 })}>
          {t("endpoint.http1")} <span className="block text-xs text-faint">{t("endpoint.http1Hint")}</span>
        </Checkbox>
        <Checkbox checked={draft.skip_verify} onChange={(skip_verify) => set({ skip_verify })}>
          {t("endpoint.skipVerify")} <span className="block text-xs text-faint">{t("endpoint.skipVerifyHint")}</span>
        </Checkbox>
      </div>
    </div>
  );
}
