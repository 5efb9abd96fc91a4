import { useTranslation } from "react-i18next";
import { apps } from "@/api/console";
import { keys } from "@/api/keys";
import { useRead } from "@/api/use";
import { RowList } from "@/parts/variables/row-list";
import { Badge, Callout, Checkbox, CopyField, ErrorNote, Input, Select, Skeleton } from "@/ui";
import type { Data, FormProps } from "../node-view";
import { ParamFields } from "../panel/param-fields";
import { Form, More, Part } from "./form-parts";
import { recs, text } from "./read";
import type { HookPart } from "./triggers";
import { bodyFieldTypes, hookTypes } from "./triggers";

export default function TriggerWebhookForm({ app, node, data, scope, set }: FormProps) {
  const { t } = useTranslation();
  const contentType = text(data["content_type"]) || "application/json";
  const raw = contentType === "text/plain" || contentType === "application/octet-stream";
  return (
    <Form>
      <Addresses app={app.id} node={node.id} rev={app.draft_rev} />
      <div className="grid grid-cols-[104px_1fr] gap-2"><ParamFields type="trigger-webhook" only={["method", "content_type"]} data={data} scope={scope} set={(part) => set("content_type" in part ? { ...part, ...fitting(part["content_type"]) } : part)} /></div>
      <Fields part="params" data={data} set={set} types={hookTypes.params} />
      <Fields part="headers" data={data} set={set} types={hookTypes.headers} />
      <Fields part="body" data={data} set={set} types={bodyFieldTypes(contentType)} most={raw ? 1 : undefined} hint={raw ? t("hook.bodyRaw") : undefined} />
      <More title={t("hook.answer")} open={text(data["response_body"]) !== ""}>
        <ParamFields type="trigger-webhook" only={["status_code", "response_body"]} data={data} scope={scope} set={set} />
      </More>
    </Form>
  );

  /** The fields of the body in types that the new content type can carry. */
  function fitting(next: unknown): Data {
    const types = bodyFieldTypes(text(next));
    const body = recs(data["body"]);
    return body.every((f) => types.includes(text(f["type"]) || "string")) ? {} : { body: body.map((f) => (types.includes(text(f["type"]) || "string") ? f : { ...f, type: types[0] ?? "string" })) };
  }
}

/** Where other programs call. The address of the test starts the draft, the other one what is published. */
function Addresses({ app, node, rev }: { app: string; node: string; rev: number }) {
  const { t } = useTranslation();
  const read = useRead(keys.apps.triggers(app, rev), () => apps.triggers(app), { keep: true });
  const hook = read.data?.webhooks.find((h) => h.node_id === node);
  if (read.error) return <ErrorNote error={read.error} />;
  if (read.isPending) return <div className="flex flex-col gap-2"><Skeleton height={52} /><Skeleton height={52} /></div>;
  if (!hook) return <Callout>{t("hook.unsaved")}</Callout>;
  const site = window.location.origin;
  return (
    <Part title={t("hook.address")}>
      <div className="flex flex-col gap-2">
        <div className="flex flex-col gap-1">
          <span className="flex items-center gap-2 text-xs text-muted">{t("hook.live")}<Badge tone={hook.published ? "ok" : "neutral"}>{t(hook.published ? "hook.published" : "hook.notYet")}</Badge></span>
          <CopyField label={t("hook.live")} text={site + hook.path} />
        </div>
        <div className="flex flex-col gap-1">
          <span className="text-xs text-muted">{t("hook.debug")}</span>
          <CopyField label={t("hook.debug")} text={site + hook.debug_path} />
        </div>
      </div>
    </Part>
  );
}

function Fields({ part, data, set, types, most, hint }: { part: HookPart; data: Data; set: (part: Data) => void; types: readonly string[]; most?: number | undefined; hint?: string | undefined }) {
  const { t } = useTranslation();
  const rows = recs(data[part]);
  const names = rows.map((r) => text(r["name"]));
  const label = t(`hook.${part}`);
  return (
    <Part title={label} hint={hint}>
      <RowList rows={rows} onChange={(next) => set({ [part]: next })} label={label} add={t("hook.add")} blank={(): Data => ({ name: "", type: types[0] ?? "string", required: false })} max={most ?? Infinity} nameOf={(r, i) => text(r["name"]) || String(i + 1)}>
        {(r, change, i) => {
          const name = text(r["name"]);
          return (
            <div className="flex flex-col gap-1">
              <div className={types.length > 1 ? "grid grid-cols-[1fr_108px_auto] items-center gap-1.5" : "grid grid-cols-[1fr_auto] items-center gap-1.5"}>
                <Input mono label={t("http.nameOf", { list: label, n: i + 1 })} placeholder={t("kit.name")} maxLength={100} value={name} onChange={(s) => change({ ...r, name: s.replace(part === "headers" ? /[^\w-]/g : /[^\p{L}\p{N}_]/gu, part === "headers" ? "" : "_") })} />
                {types.length > 1 && <Select label={t("rows.typeOf", { name: name || i + 1 })} value={text(r["type"]) || "string"} onChange={(type) => change({ ...r, type })} options={types.map((x) => ({ value: x, label: x }))} />}
                <Checkbox checked={r["required"] === true} onChange={(required) => change({ ...r, required })}><span className="text-sm">{t("hook.required")}</span></Checkbox>
              </div>
              {name !== "" && names.indexOf(name) !== i && <p role="alert" className="text-xs text-danger-text">{t("rows.twice", { name })}</p>}
            </div>
          );
        }}
      </RowList>
    </Part>
  );
}
