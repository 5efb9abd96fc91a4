import { apps } from "./en/apps";
import { base } from "./en/base";
import { chat } from "./en/chat";
import { edit } from "./en/edit";
import { models } from "./en/models";
import { system } from "./en/system";

export const en = { ...base, ...apps, ...edit, ...chat, ...models, ...system };
