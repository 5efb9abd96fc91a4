// The kinds of node that people add, in the order of the palette, with what finds them when it is typed.
import type { TFunction } from "i18next";
import { match } from "@/lib/match";
import { nodeTitle } from "@/parts/flow/kinds";
import type { Shelf } from "./node-view";

interface Kind {
  shelf: Shelf;
  /** Initials of its Chinese name, and other words by which people look for it in any language. */
  find: string;
}

export const kinds = {
  start: { shelf: "entry", find: "ks kaishi input begin" },
  "trigger-webhook": { shelf: "entry", find: "cfq webhook http" },
  "trigger-schedule": { shelf: "entry", find: "dscfq dingshi cron timer" },
  llm: { shelf: "model", find: "dmx damoxing ai gpt chat model" },
  agent: { shelf: "model", find: "znt zhinengti" },
  "question-classifier": { shelf: "model", find: "wtfl wentifenlei route intent" },
  "parameter-extractor": { shelf: "model", find: "cstq canshutiqu" },
  "knowledge-retrieval": { shelf: "knowledge", find: "zsjs zhishijiansuo rag search dataset" },
  "document-extractor": { shelf: "knowledge", find: "wdtq wendangtiqu pdf word file" },
  "if-else": { shelf: "logic", find: "tjfz tiaojianfenzhi condition branch" },
  iteration: { shelf: "logic", find: "dd diedai for each map" },
  loop: { shelf: "logic", find: "xh xunhuan while repeat" },
  "loop-end": { shelf: "logic", find: "tcxh tuichuxunhuan break exit" },
  "human-input": { shelf: "logic", find: "rgsr rengongshuru approve form shenpi sp" },
  code: { shelf: "transform", find: "dmzx daima python javascript js script" },
  "template-transform": { shelf: "transform", find: "mbzh mubanzhuanhuan jinja" },
  "variable-aggregator": { shelf: "transform", find: "bljh bianliangjuhe merge join" },
  assigner: { shelf: "transform", find: "blfz bianliangfuzhi set variable" },
  "list-operator": { shelf: "transform", find: "lbcz liebiaocaozuo filter sort" },
  "http-request": { shelf: "act", find: "http qq qingqiu api url request" },
  tool: { shelf: "act", find: "gj gongju mcp openapi" },
  answer: { shelf: "out", find: "zjhf zhijiehuifu reply" },
  end: { shelf: "out", find: "js jieshu output result" },
} as const satisfies { [type: string]: Kind };

export type Addable = keyof typeof kinds;

export const shelves = ["entry", "model", "knowledge", "logic", "transform", "act", "out"] as const satisfies readonly Shelf[];

export const addable = Object.keys(kinds).filter((k): k is Addable => k in kinds);

export const isAddable = (type: string): type is Addable => addable.some((k) => k === type);

/** Whether a name or another word for the kind begins so: what is meant most likely. */
export function begins(t: TFunction, type: Addable, q: string): boolean {
  const s = q.trim().toLowerCase();
  return s !== "" && `${nodeTitle(t, type).toLowerCase()} ${kinds[type].find}`.split(" ").some((w) => w.startsWith(s));
}

/** Whether a typed word finds the kind: by its name in the person's language, by initials, or by a word for it. */
export function finds(t: TFunction, type: Addable, q: string): boolean {
  return match(q.trim(), nodeTitle(t, type), t(`kinds.about.${type}`), kinds[type].find, type);
}
