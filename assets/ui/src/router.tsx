// The map of the UI. Every page is loaded when it is first opened; staticData is what menus, the palette and the tab title read.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { apps, auth } from "@/api/console";
import { ApiError } from "@/api/client";
import { keys } from "@/api/keys";
import type { App, Role } from "@/api/types";
import { pagesOf } from "@/api/use";
import { isGraphMode } from "@/features/apps/graph/graph";
import { BrokenPage, MissingPage, PendingPage, RootPage } from "@/features/frame/edges";
import "@/lib/prefill"; // keeps the query before the router rewrites it
import type { TextKey } from "@/text";
import { queries } from "./queries";

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
  interface StaticDataRouteOption {
    title?: TextKey;
    /** The weakest role that may open the page. */
    role?: Role;
    /** Needs the width: the rail shrinks. */
    wide?: boolean;
  }
}

const root = createRootRoute({ component: RootPage, notFoundComponent: MissingPage, errorComponent: BrokenPage });

const text = (v: unknown): string | undefined => (typeof v === "string" && v !== "" ? v : undefined);

/** A page begins with what it shows if that comes at once; nobody looks at nothing for longer than a blink. */
const soon = (...work: Promise<unknown>[]): Promise<unknown> => Promise.race([Promise.all(work), new Promise((done) => setTimeout(done, 100))]);

export const setupRoute = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  staticData: { title: "setup.title" },
  validateSearch: (s: Record<string, unknown>): { code?: string } => {
    const code = text(s["code"]) ?? (typeof s["code"] === "number" ? String(s["code"]) : undefined);
    return code ? { code } : {};
  },
  component: lazyRouteComponent(() => import("@/features/auth/setup"), "SetupPage"),
});

export const signInRoute = createRoute({
  getParentRoute: () => root,
  path: "/signin",
  staticData: { title: "signin.title" },
  validateSearch: (s: Record<string, unknown>): { next?: string; expired?: boolean } => {
    const next = text(s["next"]);
    return { ...(next?.startsWith("/") && !next.startsWith("//") ? { next } : {}), ...(s["expired"] === true ? { expired: true } : {}) };
  },
  component: lazyRouteComponent(() => import("@/features/auth/signin"), "SignInPage"),
});

export const inviteRoute = createRoute({
  getParentRoute: () => root,
  path: "/invite/$token",
  staticData: { title: "invite.title" },
  component: lazyRouteComponent(() => import("@/features/auth/invite"), "InvitePage"),
});

/** What a page opens with stands in one part of its address. */
const opens = <K extends string>(key: K) => (s: Record<string, unknown>): { [P in K]?: string } => {
  const v = text(s[key]);
  const out: { [P in K]?: string } = {};
  if (v) out[key] = v;
  return out;
};

/** A published web app may be entered with an invitation too; the rest of its address fills in its form (lib/prefill). */
const enters = <K extends string>(key: K) => (s: Record<string, unknown>): { [P in K | "join"]?: string } => ({ ...opens(key)(s), ...opens("join")(s) });

export const chatRoute = createRoute({
  getParentRoute: () => root,
  path: "/chat/$code",
  validateSearch: enters("c"),
  component: lazyRouteComponent(() => import("@/features/site/routes"), "ChatRoute"),
});

/** The same in the frame of another site: what embed.js and pages made for Dify open. */
export const chatbotRoute = createRoute({
  getParentRoute: () => root,
  path: "/chatbot/$code",
  validateSearch: enters("c"),
  component: lazyRouteComponent(() => import("@/features/site/routes"), "ChatbotRoute"),
});

export const completionRoute = createRoute({
  getParentRoute: () => root,
  path: "/completion/$code",
  validateSearch: enters("m"),
  component: lazyRouteComponent(() => import("@/features/site/routes"), "CompletionRoute"),
});

export const workflowRoute = createRoute({
  getParentRoute: () => root,
  path: "/workflow/$code",
  validateSearch: enters("r"),
  component: lazyRouteComponent(() => import("@/features/site/routes"), "WorkflowRoute"),
});

/** One result of a web app, behind a link. */
export const sharedRoute = createRoute({
  getParentRoute: () => root,
  path: "/shared/$code/$token",
  component: lazyRouteComponent(() => import("@/features/site/shared"), "SharedPage"),
});

export const formRoute = createRoute({
  getParentRoute: () => root,
  path: "/form/$token",
  component: lazyRouteComponent(() => import("@/features/site/form"), "FormPage"),
});

/** Everything inside needs a signed-in person. */
export const frameRoute = createRoute({
  getParentRoute: () => root,
  id: "frame",
  beforeLoad: async ({ location }) => {
    try {
      await queries.ensureQueryData({ queryKey: keys.me, queryFn: auth.me });
    } catch (err) {
      if (!(err instanceof ApiError) || err.status !== 401) throw err;
      const setup = await queries.fetchQuery({ queryKey: keys.setup, queryFn: auth.setup });
      if (!setup.done) throw redirect({ to: "/setup", search: {} });
      const next = location.href === "/" || location.href === "/apps" ? undefined : location.href;
      throw redirect({ to: "/signin", search: next ? { next } : {} });
    }
  },
  component: lazyRouteComponent(() => import("@/features/frame/frame"), "Frame"),
});

const homeRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/apps" });
  },
});

const everyApp = { q: "", mode: "", mine: false, tag: "" };

export const appsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/apps",
  staticData: { title: "apps.title", role: "editor" },
  validateSearch: (s: Record<string, unknown>): { create?: "blank" | "template" | "import" } => {
    const way = s["create"] === true ? "blank" : s["create"];
    return way === "blank" || way === "template" || way === "import" ? { create: way } : {};
  },
  loader: () => soon(queries.prefetchInfiniteQuery(pagesOf(keys.apps.list(everyApp), (page) => apps.list(everyApp, page)))),
  component: lazyRouteComponent(() => import("@/features/apps/list"), "AppsPage"),
});

export const templatesRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/templates",
  staticData: { title: "templates.title", role: "editor" },
  component: lazyRouteComponent(() => import("@/features/apps/templates/page"), "TemplatesPage"),
});

/** Reads an app, and loads the canvas at once where it has one. */
async function openApp(id: string): Promise<void> {
  const key = keys.apps.one(id);
  await queries.prefetchQuery({ queryKey: key, queryFn: () => apps.one(id), staleTime: 0 });
  const mode = queries.getQueryData<App>(key)?.mode;
  if (mode && isGraphMode(mode)) await import("@/features/apps/graph/editor");
}

export const editRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/apps/$appId/edit",
  staticData: { title: "edit.title", role: "editor", wide: true },
  loader: ({ params, cause }) => (cause === "preload" ? undefined : soon(openApp(params.appId))),
  component: lazyRouteComponent(() => import("@/features/apps/edit"), "EditPage"),
});

export const apiRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/apps/$appId/api",
  staticData: { title: "publish.api", role: "editor", wide: true },
  component: lazyRouteComponent(() => import("@/features/apps/api-access"), "ApiPage"),
});

export const logsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/apps/$appId/logs",
  staticData: { title: "logs.title", role: "editor", wide: true },
  validateSearch: (s: Record<string, unknown>): { run?: string; c?: string } => ({ ...opens("run")(s), ...opens("c")(s) }),
  component: lazyRouteComponent(() => import("@/features/apps/logs"), "LogsPage"),
});

export const annotationsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/apps/$appId/annotations",
  staticData: { title: "place.annotations", role: "editor", wide: true },
  component: lazyRouteComponent(() => import("@/features/apps/annotations"), "AnnotationsPage"),
});

export const overviewRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/apps/$appId/overview",
  staticData: { title: "place.overview", role: "editor", wide: true },
  component: lazyRouteComponent(() => import("@/features/apps/overview"), "OverviewPage"),
});

export const batchesRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/apps/$appId/batches",
  staticData: { title: "batch.title", role: "editor", wide: true },
  validateSearch: opens("batch"),
  component: lazyRouteComponent(() => import("@/features/apps/batches"), "BatchesPage"),
});

export const knowledgeRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/knowledge",
  staticData: { title: "know.title", role: "editor" },
  component: lazyRouteComponent(() => import("@/features/knowledge/list"), "KnowledgePage"),
});

export const newDatasetRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/knowledge/new",
  staticData: { title: "know.new", role: "editor" },
  component: lazyRouteComponent(() => import("@/features/knowledge/wizard"), "NewDatasetPage"),
});

export const datasetRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/knowledge/$id",
  staticData: { title: "know.title", role: "editor" },
  validateSearch: opens("tab"),
  component: lazyRouteComponent(() => import("@/features/knowledge/dataset"), "DatasetPage"),
});

export const addDocumentsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/knowledge/$id/add",
  staticData: { title: "know.add", role: "editor" },
  component: lazyRouteComponent(() => import("@/features/knowledge/wizard"), "AddDocumentsPage"),
});

export const documentRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/knowledge/$id/documents/$did",
  staticData: { title: "know.title", role: "editor" },
  validateSearch: opens("chunk"),
  component: lazyRouteComponent(() => import("@/features/knowledge/document"), "DocumentPage"),
});

export const toolsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/tools",
  staticData: { title: "toolbox.title", role: "editor" },
  validateSearch: (s: Record<string, unknown>): { tab?: string; open?: string; add?: "api" | "mcp"; problem?: string } => {
    const [tab, opened, problem] = [text(s["tab"]), text(s["open"]), text(s["problem"])];
    const add = s["add"] === "api" || s["add"] === "mcp" ? s["add"] : undefined;
    return { ...(tab ? { tab } : {}), ...(opened ? { open: opened } : {}), ...(add ? { add } : {}), ...(problem ? { problem } : {}) };
  },
  component: lazyRouteComponent(() => import("@/features/tools/page"), "ToolsPage"),
});

export const modelsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/models",
  staticData: { title: "models.title", role: "editor" },
  validateSearch: (s: Record<string, unknown>): { add?: boolean } => (s["add"] === true ? { add: true } : {}),
  component: lazyRouteComponent(() => import("@/features/models/page"), "ModelsPage"),
});

export const membersRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/members",
  staticData: { title: "members.title", role: "editor" },
  component: lazyRouteComponent(() => import("@/features/members/page"), "MembersPage"),
});

export const backupsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/backups",
  staticData: { title: "backups.title", role: "admin" },
  component: lazyRouteComponent(() => import("@/features/backups/page"), "BackupsPage"),
});

export const settingsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/settings",
  staticData: { title: "settings.title", role: "admin" },
  component: lazyRouteComponent(() => import("@/features/settings/page"), "SettingsPage"),
});

export const profileRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/profile",
  staticData: { title: "profile.title", role: "member" },
  component: lazyRouteComponent(() => import("@/features/settings/profile"), "ProfilePage"),
});

export const framed = [appsRoute, templatesRoute, editRoute, apiRoute, logsRoute, annotationsRoute, overviewRoute, batchesRoute, knowledgeRoute, newDatasetRoute, datasetRoute, addDocumentsRoute, documentRoute, toolsRoute, modelsRoute, membersRoute, backupsRoute, settingsRoute, profileRoute] as const;
export const open = [setupRoute, signInRoute, inviteRoute, chatRoute, chatbotRoute, completionRoute, workflowRoute, sharedRoute, formRoute] as const;

export const router = createRouter({
  routeTree: root.addChildren([...open, frameRoute.addChildren([homeRoute, ...framed])]),
  defaultPendingComponent: PendingPage,
  defaultErrorComponent: BrokenPage,
  defaultPendingMs: 150,
  defaultPendingMinMs: 0,
  defaultPreload: "intent",
  scrollRestoration: true,
  context: {},
});

/** A 401 of a published web app while it is open: the session ended, and its page asks to sign in. */
export function leaveSite(path: string): void {
  const code = /^\/api\/sites\/([^/?]+)\/./.exec(path)?.[1];
  if (code) void queries.invalidateQueries({ queryKey: keys.site.view(decodeURIComponent(code)), exact: true });
}

/** A 401 of the console while a page is open: the session ended. The person signs in and comes back to the same place. */
export function signInAgain(path: string): void {
  if (!path.startsWith("/console/api/") || !queries.getQueryData(keys.me)) return;
  const here = router.state.location;
  if (here.pathname === "/signin") return;
  queries.removeQueries({ queryKey: keys.me });
  void router.navigate({ to: "/signin", search: { next: here.href, expired: true } });
}
