import { apps } from "./en/apps";
import { base } from "./en/base";
import { chat } from "./en/chat";
import { edit } from "./en/edit";
import { flow } from "./en/flow";
import { knowledge } from "./en/knowledge";
import { make } from "./en/make";
import { models } from "./en/models";
import { retrieval } from "./en/retrieval";
import { studio } from "./en/studio";
import { system } from "./en/system";
import { widgets } from "./en/widgets";

export const en = { ...base, ...apps, ...edit, ...chat, ...flow, ...knowledge, ...retrieval, ...studio, ...models, ...system, ...widgets };
export const en = { ...base, ...apps, ...edit, ...chat, ...flow, ...knowledge, ...retrieval, ...studio, ...make, ...models, ...system };
