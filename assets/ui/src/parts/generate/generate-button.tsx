import { Sparkles } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Generated } from "@/api/make";
import { Button, IconButton } from "@/ui";
import type { GenerateKind } from "./generate-dialog";

const GenerateDialog = lazy(async () => ({ default: (await import("./generate-dialog")).GenerateDialog }));

/** The button beside an editor that has a model write or improve what stands in it. `small` is an icon. */
export function GenerateButton({ current, variables, onAccept, small, ...what }: GenerateKind & { current: string; variables: string[]; onAccept: (g: Generated) => void; small?: boolean }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const label = t(current.trim() === "" ? "generate.button" : "generate.buttonImprove");
  return (
    <>
      {small ? <IconButton icon={Sparkles} size="sm" label={label} onClick={() => setOpen(true)} /> : <Button size="sm" icon={Sparkles} onClick={() => setOpen(true)}>{label}</Button>}
      {open && (
        <Suspense fallback={null}>
          <GenerateDialog {...what} current={current} variables={variables} onClose={() => setOpen(false)} onAccept={(g) => { setOpen(false); onAccept(g); }} />
        </Suspense>
      )}
    </>
  );
}
