import { publicTexts } from "./en/public";
import { apps } from "./en/apps";
import { base } from "./en/base";
import { canvas } from "./en/canvas";
import { chat } from "./en/chat";
import { edit } from "./en/edit";
import { flow } from "./en/flow";
import { forms } from "./en/forms";
import { knowledge } from "./en/knowledge";
import { make } from "./en/make";
import { models } from "./en/models";
import { operate } from "./en/operate";
import { nodes } from "./en/nodes";
import { retrieval } from "./en/retrieval";
import { studio } from "./en/studio";
import { system } from "./en/system";
import { tried } from "./en/tried";
import { tools } from "./en/tools";
import { widgets } from "./en/widgets";

// One a line: two people who add a file each do not meet.
export const en = {
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
