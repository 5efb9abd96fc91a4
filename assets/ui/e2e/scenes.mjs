// What the tour shows: pages, and then their dialogs and states. A scene is a path, what is done there, and for whom.
const button = (name) => (p) => p.getByRole("button", { name }).first().click();
const item = (name) => (p) => p.getByRole("menuitem", { name }).first().click();
const steps = (...fs) => async (p) => {
  for (const f of fs) {
    await f(p);
    await p.waitForTimeout(200);
  }
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
    { name: "edit-publish", path: edit("chat"), do: publish },
    { name: "edit-versions", path: edit("chat"), do: steps(publish, item(/版本历史|Versions/)) },
    { name: "edit-site", path: edit("chat"), do: steps(publish, item(/网页应用设置|Web app settings/)) },
    { name: "logs-chat", path: logs("chat") },
    { name: "logs-workflow", path: logs("workflow") },
    { name: "logs-open", path: logs("chat"), do: button(/付款条款/) },
    { name: "knowledge", path: "/knowledge" },
    { name: "knowledge-new", path: "/knowledge/new" },
    { name: "dataset", path: `/knowledge/${dataset}` },
    { name: "dataset-search", path: `/knowledge/${dataset}?tab=search` },
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
