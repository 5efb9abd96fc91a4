// The addresses of published web apps; each reads what it opens with from its own part of the URL.
import { getRouteApi } from "@tanstack/react-router";
import { SitePage } from "./page";

const chat = getRouteApi("/chat/$code");
const chatbot = getRouteApi("/chatbot/$code");
const completion = getRouteApi("/completion/$code");
const workflow = getRouteApi("/workflow/$code");

export function ChatRoute() {
  const s = chat.useSearch();
  return <SitePage path="chat" code={chat.useParams().code} wanted={s.c} join={s.join} />;
}

export function ChatbotRoute() {
  const s = chatbot.useSearch();
  return <SitePage path="chatbot" code={chatbot.useParams().code} wanted={s.c} join={s.join} />;
}

export function CompletionRoute() {
  const s = completion.useSearch();
  return <SitePage path="completion" code={completion.useParams().code} wanted={s.m} join={s.join} />;
}

export function WorkflowRoute() {
  const s = workflow.useSearch();
  return <SitePage path="workflow" code={workflow.useParams().code} wanted={s.r} join={s.join} />;
}
