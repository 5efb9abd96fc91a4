import { RotateCw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Markdown } from "@/parts/markdown/markdown";
import type { FileDoor } from "@/parts/chat/files";
import { sayText } from "@/text/say";
import { Button, Callout, ErrorNote, Spinner } from "@/ui";
import { isGood, isOver } from "./flow";
import { FormCard } from "./form-card";
import { Outputs } from "./outputs";
import { Steps } from "./steps";
import type { Running } from "./use-run";

/** Where a run of a workflow stands, for who waits for its result: steps folded, forms to answer, text as it comes, outputs. */
export function RunResult({ running: r, door, data, steps = true, onReconnect }: { running: Running; door: Pick<FileDoor, "file">; data: boolean; steps?: boolean; onReconnect?: () => void }) {
  const { t } = useTranslation();
  const status = r.run?.status;
  const over = isOver(status);
  const good = isGood(status);
  return (
    <div className="flex flex-col gap-3">
      {steps && <Steps flow={r.flow} live={!over && r.busy} data={data} />}
      {r.flow.forms.map((f) => <FormCard key={f.id} form={f} token={f.token} />)}
      {!over && r.busy && r.flow.answer === "" && !r.flow.paused && (
        <p role="status" className="flex items-center gap-2 text-sm text-muted"><Spinner size={15} />{r.flow.execs.findLast((x) => x.status === "running")?.title ?? t("chat.waiting")}</p>
      )}
      {!over && r.flow.answer !== "" && <Markdown text={r.flow.answer} live />}
      {over && status === "partial-succeeded" && <Callout tone="warn">{t("result.partial", { count: r.run?.exceptions ?? 0 })}</Callout>}
      {over && good && <Outputs outputs={r.run?.outputs ?? null} door={door} />}
      {over && status === "stopped" && <p className="text-sm text-faint">{t("chat.stopped")}</p>}
      {over && !good && status !== "stopped" && (
        <Callout tone="danger">
          <p className="[overflow-wrap:anywhere]">{r.run?.error ? sayText(r.run.error.text) : t(status === "interrupted" ? "result.interrupted" : "result.failed")}</p>
          <p className="font-mono text-xs opacity-90 select-all">{r.run?.error?.code ?? status}</p>
        </Callout>
      )}
      {over && !good && r.flow.answer !== "" && <Markdown text={r.flow.answer} />}
      {r.problem && (
        <>
          <ErrorNote error={r.problem} />
          {r.run && onReconnect && <div><Button size="sm" icon={RotateCw} onClick={onReconnect}>{t("chat.reconnect")}</Button></div>}
        </>
      )}
    </div>
  );
}
