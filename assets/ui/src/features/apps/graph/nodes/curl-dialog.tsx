import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Badge, Button, Callout, Dialog, Field, Textarea } from "@/ui";
import type { Data } from "../node-view";
import { readCurl } from "./curl";
import { readLines } from "./http-request";
import { rec, text } from "./read";

/** Sets a request by a command line, as a browser's developer tools or a manual give it. */
export function CurlDialog({ onTake, onClose }: { onTake: (data: Data) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const [command, setCommand] = useState("");
  const [tried, setTried] = useState(false);
  const found = readCurl(command);
  const d = found.data;
  return (
    <Dialog
      open
      sticky={command !== ""}
      width="lg"
      onClose={onClose}
      title={t("curl.title")}
      description={t("curl.text")}
      onSubmit={() => {
        setTried(true);
        if (d) onTake(d);
      }}
      footer={
        <>
          <Button onClick={onClose}>{t("kit.cancel")}</Button>
          <Button type="submit" variant="primary">{t("curl.take")}</Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Field label={t("curl.command")} error={tried && !d ? t("curl.none") : undefined}>
          <Textarea mono autoFocus rows={10} value={command} onChange={setCommand} placeholder={"curl 'http://10.0.0.5/orders' \\\n  -H 'Authorization: Bearer …' \\\n  --json '{\"id\": 7}'"} />
        </Field>
        {d && (
          <div className="flex min-w-0 flex-wrap items-center gap-1.5 text-sm" role="status">
            <Badge tone="accent">{text(d["method"]).toUpperCase()}</Badge>
            <code className="min-w-0 truncate font-mono" title={text(d["url"])}>{text(d["url"])}</code>
            {readLines(text(d["params"])).length > 0 && <Badge>{t("curl.params", { count: readLines(text(d["params"])).length })}</Badge>}
            {readLines(text(d["headers"])).length > 0 && <Badge>{t("curl.headers", { count: readLines(text(d["headers"])).length })}</Badge>}
            {rec(d["authorization"])["type"] === "api-key" && <Badge>{t("http.auth")}</Badge>}
            {rec(d["body"])["type"] !== "none" && <Badge>{text(rec(d["body"])["type"])}</Badge>}
          </div>
        )}
        {d && found.files.length > 0 && <Callout tone="warn">{t("curl.files", { names: found.files.join(", ") })}</Callout>}
        {d && found.dropped.length > 0 && <Callout tone="warn">{t("curl.dropped", { names: found.dropped.join(", ") })}</Callout>}
      </div>
    </Dialog>
  );
}
