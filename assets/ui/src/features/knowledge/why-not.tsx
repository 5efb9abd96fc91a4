import { Lightbulb } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Ask } from "@/api/search";
import { search } from "@/api/search";
import type { Diagnosis } from "@/api/types";
import { useCommand } from "@/api/use";
import type { TextKey } from "@/text";
import { sayText } from "@/text/say";
import { Badge, Button, Callout, Card, Drawer, ErrorNote, Field, Textarea } from "@/ui";
import { How, Passage } from "./hit";

const stages: { [stage: string]: TextKey } = {
  found: "why.stage.found", not_parsed: "why.stage.not_parsed", not_indexed: "why.stage.not_indexed", cleaned: "why.stage.cleaned", split: "why.stage.split",
  disabled: "why.stage.disabled", filter: "why.stage.filter", token: "why.stage.token", not_candidate: "why.stage.not_candidate", threshold: "why.stage.threshold",
  rerank: "why.stage.rerank", top_k: "why.stage.top_k",
};

/** Asks for a passage and says at which stage it was lost. */
export function WhyNot({ dataset, ask, onClose }: { dataset: string; ask: Ask; onClose: () => void }) {
  const { t } = useTranslation();
  const [passage, setPassage] = useState("");
  const go = useCommand((p: string) => search.whyNot(dataset, { ...ask, passage: p }), []);
  return (
    <Drawer
      open
      onClose={onClose}
      title={t("why.title")}
      description={t("why.text")}
      onSubmit={() => go.mutate(passage)}
      footer={<Button variant="primary" type="submit" busy={go.isPending} disabled={passage.trim() === ""}>{t("why.ask")}</Button>}
    >
      <div className="flex flex-col gap-4">
        <p className="text-sm text-muted">{t("try.query")}: {ask.query}</p>
        <Field label={t("why.passage")}><Textarea value={passage} onChange={setPassage} rows={5} /></Field>
        {go.error && <ErrorNote error={go.error} />}
        {go.data && <Outcome d={go.data} terms={[]} />}
      </div>
    </Drawer>
  );
}

/** A diagnosis: the stage, why, what helps, and where the passage is now. */
export function Outcome({ d, terms }: { d: Diagnosis; terms: string[] }) {
  const { t } = useTranslation();
  const stage = stages[d.stage];
  return (
    <div role="status" className="flex flex-col gap-3">
      <Callout tone={d.stage === "found" ? "ok" : "warn"}>
        <p className="font-medium">{stage ? t(stage) : d.stage}</p>
        <p>{sayText(d.text)}</p>
      </Callout>
      <Callout>
        <p className="flex items-center gap-1.5 font-medium"><Lightbulb size={14} aria-hidden />{t("why.fix")}</p>
        <p>{sayText(d.fix)}</p>
      </Callout>
      {d.why && <Card><How why={d.why} /></Card>}
      {(d.chunks ?? []).length > 0 && (
        <div>
          <p className="text-sm text-faint">{t("why.chunks")}</p>
          {(d.chunks ?? []).map((c) => c && (
            <div key={c.id} className="mt-2 rounded border px-3 py-2 text-sm">
              <p className="flex gap-2 text-faint"><span className="min-w-0 truncate">{d.document?.name}</span><Badge>#{c.position}</Badge></p>
              <Passage text={c.content} terms={terms} />
            </div>
          ))}
        </div>
      )}
    </div>
  );
}
