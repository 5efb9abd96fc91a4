// What the tour shows: pages, and then their dialogs and states. A scene is a path, what is done there, and for whom.
const button = (name) => (p) => p.getByRole("button", { name }).first().click();
const item = (name) => (p) => p.getByRole("menuitem", { name }).first().click();
const steps = (...fs) => async (p) => {
  for (const f of fs) {
    await f(p);
    await p.waitForTimeout(200);
  }
};
const settled = (p) => p.locator(".react-flow__node").first().waitFor();
const node = (text) => async (p) => {
  await settled(p);
  await p.locator(".react-flow__node", { hasText: text }).first().click();
  await p.waitForTimeout(400);
};
const pick = (id) => async (p) => {
  await settled(p);
  const ids = await p.locator(".react-flow__node").evaluateAll((all) => all.map((n) => n.dataset.id));
  const found = ids.find((x) => x === id || x.endsWith(id));
  if (!found) throw new Error(`no node ${id} among ${ids.join(", ")}`);
  await p.locator(`.react-flow__node[data-id="${found}"] [data-node]`).first().click({ position: { x: 12, y: 12 } });
  await p.waitForTimeout(500);
};
const publish = button(/^(发布|Publish)$/);

export function scenes({ apps, dataset, document }) {
  const edit = (mode) => `/apps/${apps[mode].id}/edit`;
  const logs = (mode) => `/apps/${apps[mode].id}/logs`;
  return [
    { name: "apps", path: "/apps" },
    { name: "apps-phone", path: "/apps", phone: true },
    { name: "apps-create", path: "/apps?create=true", do: async () => undefined },
    { name: "apps-import", path: "/apps", do: button(/^(导入文件|Import file)$/) },
    { name: "apps-palette", path: "/apps", do: (p) => p.keyboard.press("Control+k") },
    { name: "edit-chat", path: edit("chat") },
    { name: "edit-agent", path: edit("agent-chat") },
    { name: "edit-completion", path: edit("completion") },
    { name: "edit-workflow", path: edit("workflow") },
    { name: "edit-chatflow", path: edit("advanced-chat") },
    { name: "edit-improve", path: edit("chat"), do: button(/^(优化|Improve)$/) },
    { name: "canvas-node", path: edit("workflow"), do: node(/金额较大/) },
    { name: "canvas-form", path: edit("workflow"), do: node(/主管审批/) },
    { name: "canvas-start", path: edit("workflow"), do: node(/填写报销单/) },
    { name: "canvas-template", path: edit("workflow"), do: node(/通过通知/) },
    { name: "canvas-llm", path: edit("advanced-chat"), do: node(/LLM/) },
    { name: "canvas-answer", path: edit("advanced-chat"), do: node(/直接回复/) },
    { name: "canvas-container", path: edit("data-cleaning") },
    { name: "canvas-loop", path: edit("data-cleaning"), do: pick("rounds") },
    { name: "canvas-code", path: edit("data-cleaning"), do: pick("inspect") },
    { name: "canvas-assigner", path: edit("data-cleaning"), do: pick("keep") },
    { name: "canvas-extractor", path: edit("ticket-triage"), do: node(/提取要素/) },
    { name: "canvas-classifier", path: edit("ticket-triage"), do: node(/判断队列/) },
    { name: "canvas-aggregator", path: edit("ticket-triage"), do: node(/分派结果/) },
    { name: "canvas-inspector", path: edit("data-cleaning"), do: steps(settled, button(/^(变量检查|变量查看|Variable inspector|Inspect variables|Inspector)/)) },
    { name: "canvas-palette", path: edit("workflow"), do: steps(settled, (p) => p.keyboard.press("n")) },
    { name: "canvas-keys", path: edit("workflow"), do: steps(settled, (p) => p.keyboard.press("?")) },
    { name: "canvas-menu", path: edit("workflow"), do: steps(settled, (p) => p.locator(".react-flow__node").nth(1).click({ button: "right" })) },
    { name: "canvas-run", path: edit("workflow"), do: steps(settled, (p) => p.keyboard.press("Alt+r")) },
    { name: "canvas-variables", path: edit("workflow"), do: steps(settled, button(/^(变量|Variables)/)) },
    { name: "canvas-versions", path: edit("workflow"), do: steps(settled, publish, item(/版本历史|Versions/)) },
    { name: "templates", path: "/templates" },
    { name: "templates-phone", path: "/templates", phone: true },
    { name: "api-chat", path: `/apps/${apps.chat.id}/api` },
    { name: "api-workflow", path: `/apps/${apps.workflow.id}/api` },
    { name: "overview-chat", path: `/apps/${apps.chat.id}/overview` },
    { name: "overview-workflow", path: `/apps/${apps.workflow.id}/overview` },
    { name: "annotations", path: `/apps/${apps.chat.id}/annotations` },
    { name: "batches", path: `/apps/${apps.workflow.id}/batches` },
    { name: "tools", path: "/tools" },
    { name: "tools-openapi", path: "/tools?tab=api", do: button(/OpenAPI/) },
    { name: "chatbot", path: `/chatbot/${apps.chat.code}`, stranger: true, phone: true },
    { name: "edit-publish", path: edit("chat"), do: publish },
    { name: "edit-versions", path: edit("chat"), do: steps(publish, item(/版本历史|Versions/)) },
    { name: "edit-site", path: edit("chat"), do: steps(publish, item(/网页应用设置|Web app settings/)) },
    { name: "logs-chat", path: logs("chat") },
    { name: "logs-workflow", path: logs("workflow") },
    { name: "logs-open", path: logs("chat"), do: button(/付款条款/) },
    { name: "knowledge", path: "/knowledge" },
    { name: "overview-mcp", path: `/apps/${apps.chat.id}/overview`, do: async (p) => {
      const on = p.getByRole("switch", { name: /^(启用 MCP 服务|Serve the app over MCP)$/ });
      if ((await on.getAttribute("aria-checked")) !== "true") await on.click();
      await p.getByRole("textbox", { name: /^(MCP 服务地址|Address of the MCP server)$/ }).waitFor();
      await p.getByRole("button", { name: /^(工具说明|Describe it)$/ }).click();
    } },
    { name: "knowledge-new", path: "/knowledge/new" },
    { name: "dataset", path: `/knowledge/${dataset}` },
    { name: "dataset-search", path: `/knowledge/${dataset}?tab=retrieval` },
    { name: "dataset-settings", path: `/knowledge/${dataset}?tab=settings` },
    { name: "document", path: `/knowledge/${dataset}/documents/${document}` },
    { name: "models", path: "/models" },
    { name: "models-add", path: "/models?add=true", do: async () => undefined },
    { name: "members", path: "/members" },
    { name: "members-invite", path: "/members", do: button(/^(邀请|Invite)$/) },
    { name: "backups", path: "/backups" },
    { name: "settings", path: "/settings" },
    { name: "profile", path: "/profile" },
    { name: "missing", path: "/nowhere" },
    { name: "signin", path: "/signin", stranger: true },
    { name: "signin-phone", path: "/signin", stranger: true, phone: true },
    { name: "site-chat", path: `/chat/${apps.chat.code}`, stranger: true },
    { name: "site-chat-phone", path: `/chat/${apps.chat.code}`, stranger: true, phone: true },
    { name: "site-completion", path: `/completion/${apps.completion.code}`, stranger: true },
    { name: "site-completion-phone", path: `/completion/${apps.completion.code}`, stranger: true, phone: true },
    { name: "site-workflow", path: `/workflow/${apps.workflow.code}`, stranger: true },
    { name: "site-workflow-phone", path: `/workflow/${apps.workflow.code}`, stranger: true, phone: true },
    { name: "site-gone", path: "/chat/gone", stranger: true, fails: ["/api/sites/gone"] },
  ];
}
