import type { operate as en } from "../en/operate";
import type { Zh } from "../zh";

export const operate: Zh<typeof en> = {
  "place.label": "应用的页面",
  "place.edit": "编排",
  "place.api": "API",
  "place.logs": "日志",
  "api.language": "示例语言",
  "api.toEdit": "前往编排页发布",
  "api.python": "适用于 Python 3，无需安装依赖。保存为 call.py 后运行：python3 call.py",
  "api.javascript": "适用于 Node.js 18 及以上版本，无需安装依赖。保存为 call.mjs 后运行：node call.mjs",
};
