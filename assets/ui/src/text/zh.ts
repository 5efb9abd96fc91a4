import { publicTexts } from "./zh/public";
import { apps } from "./zh/apps";
import { base } from "./zh/base";
import { canvas } from "./zh/canvas";
import { chat } from "./zh/chat";
import { edit } from "./zh/edit";
import { flow } from "./zh/flow";
import { forms } from "./zh/forms";
import { knowledge } from "./zh/knowledge";
import { make } from "./zh/make";
import { models } from "./zh/models";
import { operate } from "./zh/operate";
import { nodes } from "./zh/nodes";
import { retrieval } from "./zh/retrieval";
import { studio } from "./zh/studio";
import { system } from "./zh/system";
import { tried } from "./zh/tried";
import { tools } from "./zh/tools";
import { widgets } from "./zh/widgets";

/** The Chinese half of a text file: every key but the English singulars, which Chinese has no use for. */
export type Zh<En> = { [K in keyof En as K extends `${string}_one` ? never : K]: string };

// One a line: two people who add a file each do not meet.
export const zh = {
  ...base,
  ...apps,
  ...edit,
  ...chat,
  ...flow,
  ...forms,
  ...knowledge,
  ...retrieval,
  ...studio,
  ...canvas,
  ...make,
  ...models,
  ...operate,
  ...nodes,
  ...system, ...publicTexts,
  ...tried,
  ...tools,
  ...widgets,
};
