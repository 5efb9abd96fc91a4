import { lazy, Suspense, useMemo, useState } from "react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { siteBatches } from "@/api/site";
import type { SiteView } from "@/api/types";
import { Segmented, SkeletonRows } from "@/ui";
import { Kept } from "./results";
import { SingleSite } from "./shell";

const BatchPane = lazy(async () => ({ default: (await import("@/parts/batch/pane")).BatchPane }));

type Tab = "once" | "batch" | "kept";

const inAddress = (): string => new URLSearchParams(location.search).get("batch") ?? "";

/** Notes the open batch in the address, so that a reload finds it again. "new" is the page where one begins. */
function note(batch: string): void {
  const u = new URL(location.href);
  if (batch === "") u.searchParams.delete("batch");
  else u.searchParams.set("batch", batch);
  history.replaceState(history.state, "", u);
}

/** An app that does one thing at a time, or one thing for every row of a table. */
export function RunSite({ code, view, children }: { code: string; view: SiteView; children: ReactNode }) {
  const { t } = useTranslation();
  const door = useMemo(() => siteBatches(code), [code]);
  const [open, setOpen] = useState(inAddress);
  const [saved, showSaved] = useState(false);
  const tab: Tab = saved ? "kept" : open === "" ? "once" : "batch";
  const go = (batch: string): void => {
    note(batch);
    setOpen(batch);
  };
  return (
    <SingleSite
      code={code}
      view={view}
      tabs={
        <div className="mb-5">
          <Segmented<Tab>
            label={t("batch.how")}
            value={tab}
            onChange={(x) => {
              showSaved(x === "kept");
              go(x === "batch" ? "new" : "");
            }}
            options={[{ value: "once", label: t("batch.once") }, ...(view.batches ? [{ value: "batch" as const, label: t("batch.many") }] : []), { value: "kept", label: t("keep.tab") }]}
          />
        </div>
      }
    >
      <div hidden={tab !== "once"}>{children}</div>
      {tab === "kept" && <Kept code={code} sharing={view.site.sharing} />}
      {tab === "batch" && (
        <Suspense fallback={<SkeletonRows count={5} />}>
          <BatchPane door={door} open={open === "new" ? null : open} onOpen={(id) => go(id ?? "new")} />
        </Suspense>
      )}
    </SingleSite>
  );
}
