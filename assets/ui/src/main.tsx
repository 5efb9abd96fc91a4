import "@/ui/tokens.css";
import { RouterProvider } from "@tanstack/react-router";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { listen } from "@/api/client";
import { reachable } from "@/lib/reach";
import { watchTheme } from "@/lib/theme";
import { browserLang, chosenLang, lang, startText } from "@/text";
import { Toasts } from "@/ui/toast";
import { TooltipRoot } from "@/ui/tooltip";
import { queries } from "./queries";
import { leaveSite, router, signInAgain } from "./router";

async function start(): Promise<void> {
  watchTheme();
  listen({ language: lang, unauthorized: (path) => { signInAgain(path); leaveSite(path); }, reachable });
  void router.load(); // who is signed in is asked while the texts are on their way
  await startText(chosenLang() ?? browserLang());
  const root = document.getElementById("root");
  if (!root) throw new Error("index.html has no #root");
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <TooltipRoot>
          <RouterProvider router={router} />
          <Toasts />
        </TooltipRoot>
      </QueryClientProvider>
    </StrictMode>,
  );
}

void start();
