import type { widgets as en } from "../en/widgets";
import type { Zh } from "../zh";

export const widgets: Zh<typeof en> = {
  "scope.sys": "系统变量",
  "scope.env": "环境变量",
  "scope.conversation": "会话变量",
  "scope.noVar": "“{{title}}”中已没有变量 {{name}}",
  "scope.notUpstream": "“{{title}}”不在此节点之前运行",
  "scope.noNode": "节点 {{node}} 已不存在",

  "pick.title": "变量",
  "pick.search": "搜索变量",
  "pick.choose": "选择变量",
  "pick.none": "暂无可用变量，请先在此节点之前连接其他节点",
  "pick.noneOf": "前面的节点没有输出符合要求的变量（{{types}}）",
  "pick.notFound": "没有匹配的变量",
  "pick.open": "展开字段",
  "pick.shut": "收起字段",
  "pick.clear": "清除{{label}}",
  "pick.unfit": "变量类型为 {{type}}，此处需要 {{types}}",
  "pick.insert": "插入变量",

  "rows.move": "移动 {{name}}",
  "rows.moved": "{{name}} 已移到第 {{n}} 位",
  "rows.how": "拖动排序，或按 Alt + 方向键",
  "rows.remove": "移除 {{name}}",
  "rows.name": "名称 {{n}}",
  "rows.variableOf": "{{name}} 的变量",
  "rows.typeOf": "{{name}} 的类型",
  "rows.twice": "{{name}} 重复了",

  "value.toVariable": "{{label}}：改为引用变量",
  "value.toConstant": "{{label}}：改为直接填写",
  "value.choose": "请选择",
  "value.true": "是",
  "value.false": "否",
  "value.badJson": "不是有效的 {{type}} JSON",

  "code.leave": "按 Esc 再按 Tab 可离开编辑器",
};
