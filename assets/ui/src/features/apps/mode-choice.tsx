import { RadioGroup } from "radix-ui";
import { useTranslation } from "react-i18next";
import type { Mode } from "@/api/types";
import { modeIcons, modes } from "./modes";

/** Which type of app to make, each with the line that tells it from the others. */
export function ModeChoice({ value, onChange }: { value: Mode; onChange: (m: Mode) => void }) {
  const { t } = useTranslation();
  return (
    <RadioGroup.Root
      value={value}
      aria-label={t("apps.mode")}
      onValueChange={(v) => {
        const m = modes.find((x) => x === v);
        if (m) onChange(m);
      }}
      className="grid gap-2 sm:grid-cols-2"
    >
      {modes.map((m) => {
        const Icon = modeIcons[m];
        return (
          <RadioGroup.Item key={m} value={m} aria-label={t(`apps.mode.${m}`)} className="flex items-start gap-2.5 rounded-md border border-line-strong bg-surface p-2.5 text-left transition-colors hover:border-faint data-[state=checked]:border-accent data-[state=checked]:bg-accent-soft">
            <Icon size={18} aria-hidden className="mt-0.5 shrink-0 text-accent-text" />
            <span className="min-w-0">
              <span className="block font-medium">{t(`apps.mode.${m}`)}</span>
              <span className="block text-xs text-muted">{t(`apps.modeText.${m}`)}</span>
            </span>
          </RadioGroup.Item>
        );
      })}
    </RadioGroup.Root>
  );
}
