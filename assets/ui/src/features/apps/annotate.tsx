import { useState } from "react";
import { useTranslation } from "react-i18next";
import { touches } from "@/api/keys";
import { annotations } from "@/api/operate";
import { useCommand } from "@/api/use";
import { Button, Dialog, ErrorNote, Field, Textarea, toast } from "@/ui";

/** Writes an annotation: of an answer that is there, by hand, or one that exists. */
export function AnnotateDialog({ app, first, id, message, onClose }: { app: string; first: { question: string; answer: string }; id?: string | undefined; message?: string | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const [question, setQuestion] = useState(first.question);
  const [answer, setAnswer] = useState(first.answer);
  const [tried, setTried] = useState(false);
  const save = useCommand(
    (b: { question: string; answer: string }) => (id ? annotations.save(app, id, b) : annotations.add(app, message ? { ...b, message_id: message } : b)),
    touches.annotations(app),
    () => {
      toast(t("note.saved"));
      onClose();
    },
  );
  const lacks = (s: string): string | undefined => (tried && s.trim() === "" ? t("note.missing") : undefined);
  return (
    <Dialog
      open
      sticky
      onClose={onClose}
      title={t(id ? "note.edit" : "note.add")}
      description={t("note.text")}
      onSubmit={() => {
        setTried(true);
        if (question.trim() !== "" && answer.trim() !== "") save.mutate({ question, answer });
      }}
      footer={
        <>
          <Button onClick={onClose}>{t("kit.cancel")}</Button>
          <Button type="submit" variant="primary" busy={save.isPending}>{t("kit.save")}</Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Field label={t("note.question")} error={lacks(question)}><Textarea value={question} onChange={setQuestion} rows={2} maxLength={2000} autoFocus={first.question === ""} /></Field>
        <Field label={t("note.answer")} hint={t("note.answerHint")} error={lacks(answer)}><Textarea value={answer} onChange={setAnswer} rows={8} maxLength={20000} autoFocus={first.question !== ""} /></Field>
        <ErrorNote error={save.error} />
      </div>
    </Dialog>
  );
}
