import type { TFunction } from "i18next";

export const modelKinds = ["llm", "embedding", "rerank", "speech2text", "tts"] as const;
export type ModelKind = (typeof modelKinds)[number];

export function kindTitle(t: TFunction, kind: string): string {
  const k = modelKinds.find((x) => x === kind);
  return k ? t(`kind.${k}`) : kind;
}
