import { useTranslation } from "react-i18next";
import { isRecord } from "@/api/client";
import { apps } from "@/api/console";
import { keys } from "@/api/keys";
import type { Message, NodeRun, Trace } from "@/api/types";
import { useRead } from "@/api/use";
import { count, seconds } from "@/lib/format";
import { sayText } from "@/text/say";
import { Badge, Callout, CopyIcon, Disclosure, Drawer, EmptyState, ErrorState, Facts, SkeletonRows } from "@/ui";
import { FileClock } from "lucide-react";

interface Sent {
  role: string;
  text: string;
}

/** What was really sent to the model for one answer, with which parameters, and how long it took. */
export function LogDrawer({ app, message, onClose }: { app: string; message: Message; onClose: () => void }) {
  const { t } = useTranslation();
  const trace = useRead(keys.apps.trace(app, message.id), () => apps.trace(app, message.id), { stale: Infinity });
  return (
    <Drawer open onClose={onClose} title={t("log.title")} description={t("log.text")} width="md">
      {trace.isPending ? <SkeletonRows count={5} height={56} /> : trace.isError ? <ErrorState compact error={trace.error} onRetry={() => void trace.refetch()} /> : <Log trace={trace.data} message={message} />}
    </Drawer>
  );
}

function Log({ trace, message }: { trace: Trace; message: Message }) {
  const { t, i18n } = useTranslation();
  const node = trace.nodes?.find((n) => n.type === "llm");
  if (!node) return <EmptyState compact icon={FileClock} title={t("log.none")}>{t("log.noneText")}</EmptyState>;
  const u = node.usage ?? message.usage;
  const n = (x: number): string => count(x, i18n.language);
  const model = word(node.process, "model") || word(node.process, "model_name");
  const finish = word(node.process, "finish_reason");
  const params = node.process?.["params"] ?? node.process?.["parameters"];
  return (
    <div className="flex flex-col gap-6">
      {node.error && <Callout tone="danger">{sayText(node.error.text)} <code className="font-mono text-xs">{node.error.code}</code></Callout>}
      <Facts
        rows={[
          ...(model ? [{ name: t("log.model"), value: model }] : []),
          { name: t("log.tokens"), value: t("log.tokensValue", { prompt: n(u.prompt_tokens), completion: n(u.completion_tokens), total: n(u.total_tokens) }) + (u.estimated ? ` ${t("log.estimated")}` : "") },
          { name: t("log.firstToken"), value: u.time_to_first_token > 0 ? seconds(u.time_to_first_token, i18n.language) : "–" },
          { name: t("log.time"), value: seconds(u.latency || node.elapsed, i18n.language) },
          ...(u.completion_tokens > 0 && u.latency > 0 ? [{ name: t("log.speed"), value: t("log.perSecond", { n: n(Math.round(u.completion_tokens / Math.max(0.001, u.latency - u.time_to_first_token))) }) }] : []),
          ...(finish ? [{ name: t("log.finish"), value: <code className="font-mono text-sm">{finish}</code> }] : []),
          { name: t("log.id"), value: <span className="flex items-center gap-1 font-mono text-sm">{message.id}<CopyIcon text={message.id} /></span> },
        ]}
      />
      <section aria-label={t("log.messages")}>
        <h3 className="mb-2 font-semibold">{t("log.messages")}</h3>
        <ol className="flex flex-col gap-2">
          {sent(node).map((m, i) => (
            <li key={i} className="rounded-md border">
              <div className="flex h-8 items-center justify-between border-b bg-sunken/60 pr-1 pl-3"><Badge tone={m.role === "system" ? "accent" : "neutral"}>{m.role}</Badge><CopyIcon text={m.text} /></div>
              <pre tabIndex={0} className="max-h-72 overflow-auto px-3 py-2 font-mono text-sm whitespace-pre-wrap [overflow-wrap:anywhere]">{m.text}</pre>
            </li>
          ))}
          <li className="rounded-md border border-accent-line">
            <div className="flex h-8 items-center justify-between border-b bg-accent-soft/60 pr-1 pl-3"><Badge tone="ok">{t("log.answer")}</Badge><CopyIcon text={message.answer} /></div>
            <pre tabIndex={0} className="max-h-72 overflow-auto px-3 py-2 font-mono text-sm whitespace-pre-wrap [overflow-wrap:anywhere]">{message.answer}</pre>
          </li>
        </ol>
      </section>
      {isRecord(params) && Object.keys(params).length > 0 && (
        <section aria-label={t("params.title")}>
          <h3 className="mb-2 font-semibold">{t("params.title")}</h3>
          <Facts rows={Object.entries(params).map(([k, v]) => ({ name: k, value: <code className="font-mono text-sm">{JSON.stringify(v)}</code> }))} />
        </section>
      )}
      <Disclosure summary={t("log.raw")}>
        <pre tabIndex={0} className="max-h-96 overflow-auto rounded border bg-code p-3 font-mono text-xs">{JSON.stringify({ run: trace.run, nodes: trace.nodes }, null, 2)}</pre>
      </Disclosure>
    </div>
  );
}

function word(o: { [k: string]: unknown } | null | undefined, key: string): string {
  const v = o?.[key];
  return typeof v === "string" ? v : isRecord(v) && typeof v["name"] === "string" ? v["name"] : "";
}

/** The messages of a prompt log: each has a role, and text that is a string or a list of parts. */
function sent(node: NodeRun): Sent[] {
  const list = node.process?.["prompts"];
  if (!Array.isArray(list)) return [];
  return list.flatMap((m: unknown) => {
    if (!isRecord(m)) return [];
    const content = m["text"] ?? m["content"];
    const text = typeof content === "string" ? content : JSON.stringify(content ?? m, null, 2);
    return [{ role: typeof m["role"] === "string" ? m["role"] : "?", text }];
  });
}
