import { FileOutput } from "lucide-react";
import { useTranslation } from "react-i18next";
import { filesIn } from "@/lib/fields";
import { SentFiles } from "@/parts/chat/files";
import type { FileDoor } from "@/parts/chat/files";
import { Markdown } from "@/parts/markdown/markdown";
import { CopyIcon, EmptyState } from "@/ui";
import { Block, readable } from "./data";

/** What a run of a workflow has come to: texts as Markdown, files to open, everything else as JSON. */
export function Outputs({ outputs, door }: { outputs: { [k: string]: unknown } | null; door: Pick<FileDoor, "file"> }) {
  const { t } = useTranslation();
  const all = Object.entries(outputs ?? {});
  if (all.length === 0) return <EmptyState compact icon={FileOutput} title={t("result.none")}>{t("result.noneText")}</EmptyState>;
  const single = all.length === 1;
  return (
    <div className="flex flex-col gap-3">
      {all.map(([name, v]) => {
        const files = filesIn(v);
        if (files.length > 0)
          return (
            <div key={name} role="group" aria-label={name}>
              <p className="mb-1 text-xs text-faint">{name}</p>
              <SentFiles files={files} door={door} start />
            </div>
          );
        if (typeof v === "object" && v !== null) return <Block key={name} title={name} value={v} />;
        return (
          <div key={name} role="group" aria-label={name} className="group/out relative">
            <div className={single ? "float-right -mt-1 ml-2" : "mb-0.5 flex h-7 items-center justify-between"}>
              {!single && <p className="text-xs text-faint">{name}</p>}
              <CopyIcon text={readable(v)} label={t("data.copy", { name })} />
            </div>
            {v === "" || v === null || v === undefined ? <p className="text-sm text-faint">{t("result.empty")}</p> : <Markdown text={readable(v)} />}
          </div>
        );
      })}
    </div>
  );
}
