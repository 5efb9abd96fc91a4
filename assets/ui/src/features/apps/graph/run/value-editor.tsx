import { useTranslation } from "react-i18next";
import { runDoor } from "@/api/console";
import { noFiles } from "@/lib/fields";
import { CodeEditor } from "@/parts/code/code-editor";
import { FieldRow } from "@/parts/fields/fields-form";
import { SentFiles } from "@/parts/chat/files";
import { filesIn } from "@/lib/fields";
import { Input, Segmented, Textarea } from "@/ui";
import type { Typed } from "./values";
import { isFileType, isJson, typeName } from "./values";

const kinds = ["image", "document", "audio", "video"];

/** The field for a value of a type. Inside a Field of the kit, which has the label and the error. */
export function ValueEditor({ app, type, label, value, onChange, rows = 4 }: { app: string; type: string; label: string; value: Typed; onChange: (v: Typed) => void; rows?: number }) {
  const { t } = useTranslation();
  const put = (text: string): void => onChange({ ...value, text });
  if (isFileType(type)) {
    const many = type !== "file";
    const now = filesIn(value.files);
    return (
      <div className="flex flex-col gap-2">
        {now.length > 0 && <SentFiles files={now} door={runDoor(app)} start />}
        <FieldRow
          field={{ name: label, label: t(now.length > 0 ? "tried.otherFile" : "tried.chooseFile"), kind: many ? "files" : "file", required: true, files: { ...noFiles, enabled: true, kinds, methods: ["local_file", "remote_url"], max: many ? 10 : 1 } }}
          value={undefined}
          door={runDoor(app)}
          disabled={false}
          onChange={(files) => files !== undefined && onChange({ ...value, files })}
        />
      </div>
    );
  }
  if (typeName(type) === "boolean")
    return <Segmented label={label} value={value.text === "true" ? "true" : "false"} onChange={put} options={[{ value: "true", label: "true" }, { value: "false", label: "false" }]} />;
  if (typeName(type) === "number") return <Input mono inputMode="decimal" value={value.text} onChange={put} />;
  if (isJson(type)) return <CodeEditor language="json" label={label} rows={rows} value={value.text} onChange={put} />;
  return <Textarea rows={rows} value={value.text} onChange={put} />;
}
