import { FileUp } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { touches } from "@/api/keys";
import { annotations } from "@/api/operate";
import { useCommand } from "@/api/use";
import { count, percent } from "@/lib/format";
import { Badge, Button, Callout, Dialog, ErrorNote, Textarea } from "@/ui";

/** Annotations from a table: what was taken, and what is wrong with the other rows. */
export function ImportAnnotations({ app, onClose }: { app: string; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const [over, setOver] = useState(false);
  const box = useRef<HTMLInputElement>(null);
  const load = useCommand((f: File) => annotations.import(app, f, () => undefined), touches.annotations(app));
  const done = load.data;
  const take = (f: File | null | undefined): void => {
    if (f) load.mutate(f);
  };
  return (
    <Dialog open onClose={onClose} sticky title={t("note.import")} description={t("note.importText")} footer={<Button variant={done ? "primary" : "default"} onClick={onClose}>{t(done ? "kit.done" : "kit.cancel")}</Button>}>
      {done ? (
        <div className="flex flex-col gap-3">
          <Callout tone={done.problems.length === 0 ? "ok" : "warn"}>{t("note.imported", { added: done.added, changed: done.changed, count: done.problems.length })}</Callout>
          {done.problems.length > 0 && (
            <ol aria-label={t("note.problems")} className="max-h-72 divide-y overflow-y-auto rounded border">
              {done.problems.map((p) => <li key={p.row} className="flex items-start gap-3 px-3 py-1.5 text-sm"><span className="w-20 shrink-0 text-faint tabular-nums">{t("note.row", { n: count(p.row, i18n.language) })}</span><span className="min-w-0 flex-1">{p.message}</span></li>)}
            </ol>
          )}
        </div>
      ) : (
        <div className="flex flex-col gap-3">
          <input ref={box} type="file" hidden accept=".csv,.xlsx,text/csv" aria-label={t("note.file")} onChange={(e) => take(e.target.files?.[0])} />
          <button
            type="button"
            disabled={load.isPending}
            onClick={() => box.current?.click()}
            onDragOver={(e) => { e.preventDefault(); setOver(true); }}
            onDragLeave={() => setOver(false)}
            onDrop={(e) => { e.preventDefault(); setOver(false); take(e.dataTransfer.files[0]); }}
            className={`flex min-h-36 flex-col items-center justify-center gap-2 rounded-md border border-dashed px-4 text-sm transition-colors ${over ? "border-accent bg-accent-soft" : "border-line-strong hover:bg-hover"}`}
          >
            <FileUp size={22} aria-hidden className="text-faint" />
            <span className="font-medium">{t(load.isPending ? "note.reading" : "note.drop")}</span>
            <span className="text-muted">{t("note.dropText")}</span>
          </button>
          <ErrorNote error={load.error} />
        </div>
      )}
    </Dialog>
  );
}

/** Asks as a person would, and shows which annotation would answer. */
export function TryDialog({ app, onClose }: { app: string; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const [question, setQuestion] = useState("");
  const ask = useCommand((q: string) => annotations.try(app, q), []);
  const found = ask.data;
  return (
    <Dialog open onClose={onClose} title={t("note.try")} description={t("note.tryText")} onSubmit={() => question.trim() !== "" && ask.mutate(question)} footer={<><Button onClick={onClose}>{t("kit.close")}</Button><Button type="submit" variant="primary" busy={ask.isPending}>{t("note.tryButton")}</Button></>}>
      <div className="flex flex-col gap-4">
        <Textarea value={question} onChange={setQuestion} label={t("note.question")} rows={2} maxLength={2000} autoFocus />
        <ErrorNote error={ask.error} />
        {found && !found.annotation && <Callout>{t("note.tryNone")}</Callout>}
        {found?.annotation && (
          <div role="status" className="rounded border p-3">
            <p className="mb-2 flex flex-wrap items-center gap-2"><Badge tone={found.answers ? "ok" : "neutral"}>{t(found.answers ? "note.tryAnswers" : "note.tryNot")}</Badge><span className="text-sm text-muted tabular-nums">{percent(found.score, i18n.language, 1)}</span></p>
            <p className="font-medium [overflow-wrap:anywhere]">{found.annotation.question}</p>
            <p className="mt-1 line-clamp-6 text-muted [overflow-wrap:anywhere]">{found.annotation.answer}</p>
          </div>
        )}
      </div>
    </Dialog>
  );
}
