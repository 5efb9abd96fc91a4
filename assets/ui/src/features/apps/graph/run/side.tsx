import type { App } from "@/api/types";
import type { Flow } from "@/parts/flow/flow";
import { DebugPane } from "../../debug";
import type { DraftHandle } from "../../use-draft";
import { RunPanel } from "../run-panel";
import { Replay } from "./replay";
import { useRuns } from "./runs";

/** What stands beside the canvas: the run of a workflow or the chat with a chatflow, or an earlier run to read. */
export function Side({ app, draft, titleOf, onFlow, onPick, onHistory }: {
  app: App;
  draft: DraftHandle;
  titleOf: (node: string) => string;
  onFlow: (f: Flow, over: boolean, partial: boolean) => void;
  onPick: (node: string) => void;
  onHistory: () => void;
}) {
  const runs = useRuns();
  const replay = runs?.replay ?? null;
  const tell = replay === null ? onFlow : silent;
  return (
    <>
      {replay !== null && <Replay key={replay} app={app} run={replay} titleOf={titleOf} onFlow={onFlow} onPick={onPick} onClose={() => runs?.look(null)} />}
      <div className={replay === null ? "flex min-h-0 flex-1 flex-col" : "hidden"}>
        {app.mode === "workflow" ? (
          <RunPanel app={app} draft={draft} titleOf={titleOf} onFlow={tell} onPick={onPick} onHistory={onHistory} />
        ) : (
          <DebugPane app={app} draft={draft} onFlow={tell} onHistory={onHistory} />
        )}
      </div>
    </>
  );
}

const silent = (): void => undefined;
