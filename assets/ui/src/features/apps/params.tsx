import { SlidersHorizontal } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { ModelRef } from "@/api/types";
import type { Preset } from "@/lib/settings";
import { numberParam, paramCount, params, presets, stops, withParam, withPreset } from "@/lib/settings";
import { Button, Field, IconButton, Input, NumberInput, Popover, Slider, Switch } from "@/ui";

const presetNames = ["precise", "balanced", "creative"] as const satisfies readonly (keyof typeof presets)[];

/** The parameters of the model. What is off is not sent, so that the server's own default counts. */
export function ParamsPopover({ value, onChange, small }: { value: ModelRef; onChange: (m: ModelRef) => void; small?: boolean }) {
  const { t } = useTranslation();
  const n = paramCount(value);
  const stop = stops(value);
  return (
    <Popover
      label={t("params.title")}
      width="lg"
      trigger={small ? <IconButton icon={SlidersHorizontal} size="sm" label={n > 0 ? t("params.set", { count: n }) : t("params.title")} active={n > 0} tip={false} /> : <Button icon={SlidersHorizontal} aria-haspopup="dialog">{n > 0 ? t("params.set", { count: n }) : t("params.title")}</Button>}
    >
      <div className="flex flex-col gap-4">
        <div>
          <h2 className="font-semibold">{t("params.title")}</h2>
          <p className="text-sm text-muted">{t("params.text")}</p>
        </div>
        <div role="group" aria-label={t("params.presets")} className="flex gap-2">
          {presetNames.map((p: Preset) => <Button key={p} size="sm" onClick={() => onChange(withPreset(value, p))}>{t(`params.${p}`)}</Button>)}
        </div>
        {params.map((p) => {
          const v = numberParam(value, p.name);
          const name = t(`params.${p.name}`);
          return (
            <div key={p.name} className="grid grid-cols-[32px_1fr_84px] items-center gap-x-3 gap-y-0.5">
              <Switch checked={v !== null} label={name} onChange={(on) => onChange(withParam(value, p.name, on ? p.first : null))} />
              <div className="text-sm font-medium">{name}</div>
              <NumberInput label={t("params.valueOf", { name })} value={v} min={p.min} max={p.max} disabled={v === null} placeholder={t("params.off")} onChange={(x) => x !== null && onChange(withParam(value, p.name, x))} />
              <div className="col-span-2 col-start-2 text-xs text-faint">{t(`params.${p.name}.text`)}</div>
              {v !== null && <div className="col-span-2 col-start-2"><Slider label={name} value={v} min={p.min} max={p.max} step={p.step} onChange={(x) => onChange(withParam(value, p.name, Number(x.toFixed(3))))} /></div>}
            </div>
          );
        })}
        <Field label={t("params.stop")} hint={t("params.stopHint")} optional>
          <Input value={stop.join(", ")} mono onChange={(s) => onChange(withParam(value, "stop", s.trim() === "" ? null : s.split(/,\s*/).slice(0, 4)))} />
        </Field>
      </div>
    </Popover>
  );
}
