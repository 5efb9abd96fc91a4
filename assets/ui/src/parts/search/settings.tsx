import { useTranslation } from "react-i18next";
import type { SearchSettings } from "@/api/types";
import type { Method } from "@/lib/search";
import { methodOf, methods, TOP_K_MAX } from "@/lib/search";
import { isSet, noModel } from "@/lib/settings";
import { ModelPicker } from "@/parts/model-picker";
import { Callout, Field, NumberInput, Segmented, Slider, Switch } from "@/ui";

type Props = { value: SearchSettings; onChange: (s: SearchSettings) => void };

/** How a dataset is searched. `vectors` tells whether it can be searched by meaning. */
export function SearchForm({ value, onChange, vectors }: Props & { vectors: boolean }) {
  const { t } = useTranslation();
  const method = methodOf(value, vectors);
  const set = (part: Partial<SearchSettings>): void => onChange({ ...value, ...part });
  return (
    <div className="flex flex-col gap-4">
      {vectors ? (
        <div className="flex flex-col gap-1">
          <span className="text-sm font-medium">{t("search.method")}</span>
          <Segmented<Method> label={t("search.method")} value={method} onChange={(m) => set({ method: m })} options={methods.map((m) => ({ value: m, label: t(`search.${m}`) }))} />
          <p className="text-xs text-faint">{t(`search.${method}Text`)}</p>
        </div>
      ) : (
        <Callout>{t("search.noVectors")}</Callout>
      )}
      {vectors && method === "hybrid_search" && <Fusion value={value} onChange={onChange} />}
      <div className="w-40"><Field label={t("search.topK")}><NumberInput value={value.top_k} min={1} max={TOP_K_MAX} onChange={(n) => n !== null && set({ top_k: Math.round(n) })} /></Field></div>
      <Threshold value={value} onChange={onChange} />
      <Rerank value={value} onChange={onChange} />
    </div>
  );
}

function Fusion({ value, onChange }: Props) {
  const { t } = useTranslation();
  const now = value.fusion === "weights" || value.fusion === "rrf" ? value.fusion : "auto";
  const sum = value.vector_weight + value.keyword_weight || 1;
  const v = Math.round((value.vector_weight / sum) * 100) / 100;
  return (
    <div className="flex flex-col gap-1">
      <span className="text-sm font-medium">{t("search.fusion")}</span>
      <Segmented
        label={t("search.fusion")}
        value={now}
        onChange={(f) => onChange({ ...value, fusion: f === "auto" ? "" : f })}
        options={[{ value: "auto", label: t("search.fusionAuto") }, { value: "weights", label: t("search.fusionWeights") }, { value: "rrf", label: t("search.fusionRrf") }]}
      />
      {now === "weights" && (
        <div className="mt-1 max-w-80">
          <Slider label={t("search.fusionWeights")} min={0} max={1} step={0.05} value={v} onChange={(x) => onChange({ ...value, vector_weight: x, keyword_weight: Math.round((1 - x) * 100) / 100 })} />
          <p className="text-xs text-faint tabular-nums">{t("search.weight", { v: v.toFixed(2), w: (1 - v).toFixed(2) })}</p>
        </div>
      )}
    </div>
  );
}

function Threshold({ value, onChange }: Props) {
  const { t } = useTranslation();
  return (
    <div className="max-w-md">
      <Field inline label={t("search.threshold")}><Switch checked={value.use_threshold} onChange={(on) => onChange({ ...value, use_threshold: on })} /></Field>
      {value.use_threshold && (
        <div className="mt-1 flex items-center gap-3">
          <Slider label={t("search.threshold")} min={0} max={1} step={0.01} value={value.threshold} onChange={(x) => onChange({ ...value, threshold: x })} />
          <span className="w-10 text-right text-sm tabular-nums">{value.threshold.toFixed(2)}</span>
        </div>
      )}
    </div>
  );
}

function Rerank({ value, onChange }: Props) {
  const { t } = useTranslation();
  const ref = isSet(value.rerank_model) ? value.rerank_model : null;
  return (
    <div className="max-w-md">
      <Field inline label={t("search.rerank")} hint={t("search.rerankText")}><Switch checked={value.rerank} onChange={(on) => onChange({ ...value, rerank: on })} /></Field>
      {value.rerank && (
        <div className="mt-2">
          <Field label={t("search.rerankModel")} error={ref ? undefined : t("search.chooseRerank")}>
            <ModelPicker block kind="rerank" label={t("search.rerankModel")} value={ref} onChange={(m) => onChange({ ...value, rerank_model: m ?? noModel })} />
          </Field>
        </div>
      )}
    </div>
  );
}
