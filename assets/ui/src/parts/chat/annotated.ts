import type { TFunction } from "i18next";
import type { MessageExtra } from "@/api/types";
import { percent } from "@/lib/format";

const ways = ["same", "meaning", "words"] as const;

/** Says that a person wrote an answer, for which question, and how near that was. */
export function answeredFrom(t: TFunction, by: NonNullable<MessageExtra["annotation"]>, lang: string): string {
  const way = ways.find((w) => w === by.way) ?? "same";
  const score = percent(by.score, lang);
  return t(`note.by.${way}`, { question: by.question, score, name: by.author_name || "–" });
}
