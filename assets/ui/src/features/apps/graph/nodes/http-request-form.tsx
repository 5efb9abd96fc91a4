import { Terminal } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { TemplateEditor } from "@/parts/variables/template-editor";
import { Button, Field, Input, NumberInput, Select, Switch } from "@/ui";
import type { FormProps } from "../node-view";
import { CurlDialog } from "./curl-dialog";
import { Form, More, Part } from "./form-parts";
import { HttpBody } from "./http-body";
import type { AuthType } from "./http-request";
import { authTypeOf, authTypes, methods } from "./http-request";
import { PairLines } from "./pair-rows";
import { merged, number, rec, text } from "./read";

export default function HttpRequestForm(props: FormProps) {
  const { data, scope, set } = props;
  const { t } = useTranslation();
  const [importing, setImporting] = useState(false);
  const method = text(data["method"]).toLowerCase();
  const timeout = rec(data["timeout"]);
  return (
    <Form>
      <Part title={t("http.request")} aside={<Button size="sm" variant="ghost" icon={Terminal} onClick={() => setImporting(true)}>{t("curl.import")}</Button>}>
        <div className="flex items-start gap-1.5">
          <div className="w-[104px] shrink-0"><Select label={t("http.method")} value={method} onChange={(m) => set({ method: m })} options={[...methods, ...(method !== "" && !methods.some((m) => m === method) ? [method] : [])].map((m) => ({ value: m, label: m.toUpperCase() }))} /></div>
          <div className="min-w-0 flex-1"><TemplateEditor rows={1} scope={scope} label="URL" placeholder="http://" value={text(data["url"])} onChange={(url) => set({ url: url.replace(/\n/g, "") })} /></div>
        </div>
      </Part>
      <Auth {...props} />
      <PairLines title={t("http.params")} value={text(data["params"])} scope={scope} onChange={(params) => set({ params })} />
      <PairLines title={t("http.headers")} value={text(data["headers"])} scope={scope} onChange={(headers) => set({ headers })} />
      <HttpBody data={data} scope={scope} set={set} />
      <More title={t("http.more")} open={data["ssl_verify"] === false}>
        <Field inline label={t("http.verify")} hint={t("http.verifyText")}><Switch checked={data["ssl_verify"] !== false} onChange={(ssl_verify) => set({ ssl_verify })} /></Field>
        <div className="grid grid-cols-3 gap-2">
          {(["connect", "read", "write"] as const).map((k) => (
            <Field key={k} label={t(`http.timeout.${k}`)}>
              <NumberInput min={1} max={86_400} suffix={t("http.seconds")} placeholder={k === "connect" ? "10" : "600"} value={number(Number(timeout[k])) || null} onChange={(n) => set({ timeout: merged(timeout, { [k]: n ?? undefined }) })} />
            </Field>
          ))}
        </div>
      </More>
      {importing && (
        <CurlDialog
          onClose={() => setImporting(false)}
          onTake={(d) => {
            setImporting(false);
            set({ ...d, ...(d["timeout"] ? { timeout: merged(timeout, rec(d["timeout"])) } : {}) });
          }}
        />
      )}
    </Form>
  );
}

/** The header that proves who calls. */
function Auth({ data, scope, set }: FormProps) {
  const { t } = useTranslation();
  const type = authTypeOf(data);
  const config = rec(rec(data["authorization"])["config"]);
  const put = (part: { [k: string]: unknown }): void => set({ authorization: { ...rec(data["authorization"]), type: "api-key", config: { type, api_key: "", header: "", ...config, ...part } } });
  const change = (next: AuthType): void => (next === "no-auth" ? set({ authorization: { type: "no-auth", config: null } }) : put({ type: next, ...(next === "custom" && text(config["header"]) === "" ? { header: "X-API-Key" } : {}) }));
  return (
    <Part title={t("http.auth")} aside={<Select compact label={t("http.auth")} value={type} onChange={change} options={authTypes.map((a) => ({ value: a, label: t(`http.auth.${a}`) }))} />}>
      {type !== "no-auth" && (
        <div className="flex flex-col gap-2">
          {type === "custom" && <Field label={t("http.authHeader")}><Input mono value={text(config["header"])} onChange={(header) => put({ header })} /></Field>}
          <Field label={t("http.key")} hint={t(type === "basic" ? "http.keyBasic" : "http.keyText")}><TemplateEditor rows={1} scope={scope} label={t("http.key")} value={text(config["api_key"])} onChange={(api_key) => put({ api_key })} /></Field>
        </div>
      )}
    </Part>
  );
}
