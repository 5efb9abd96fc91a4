// The three addresses of published web apps; each reads what it opens with from its own part of the URL.
import { getRouteApi } from "@tanstack/react-router";
import { SitePage } from "./page";

const chat = getRouteApi("/chat/$code");
const completion = getRouteApi("/completion/$code");
const workflow = getRouteApi("/workflow/$code");

export function ChatRoute() {
  return <SitePage path="chat" code={chat.useParams().code} wanted={chat.useSearch().c} />;
}

export function CompletionRoute() {
  return <SitePage path="completion" code={completion.useParams().code} wanted={completion.useSearch().m} />;
}

export function WorkflowRoute() {
  return <SitePage path="workflow" code={workflow.useParams().code} wanted={workflow.useSearch().r} />;
}
