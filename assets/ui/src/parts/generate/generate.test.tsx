import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { TooltipRoot } from "@/ui";
import { GenerateDialog } from "./generate-dialog";

const asked: unknown[] = [];

function serve(answers: string[]): void {
  asked.length = 0;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (path, init) => {
    if (!String(path).endsWith("/generate")) return new Response('{"data":[],"total":0}');
    asked.push(JSON.parse(String(init?.body)));
    const next = answers.shift() ?? "";
    return new Response(next.startsWith("!") ? `event: error\ndata: ${next.slice(1)}\n\n` : `event: done\ndata: ${JSON.stringify({ text: next, model: "m", usage: { latency: 1, total_tokens: 5 } })}\n\n`);
  });
}

function show(current: string) {
  const onAccept = vi.fn();
  render(
    <QueryClientProvider client={new QueryClient()}>
      <TooltipRoot><GenerateDialog kind="prompt" talks current={current} variables={["team"]} onAccept={onAccept} onClose={() => undefined} /></TooltipRoot>
    </QueryClientProvider>,
  );
  return onAccept;
}

describe("the dialog in which a model writes", () => {
  afterEach(() => vi.restoreAllMocks());
  it("keeps every version and hands over the one that is shown", async () => {
    serve(["first", "second"]);
    const onAccept = show("");
    await userEvent.type(screen.getByLabelText("What is it for?"), "answers{Control>}{Enter}{/Control}");
    await screen.findByText("first");
    await userEvent.click(screen.getByRole("button", { name: "Write another version" }));
    await screen.findByText("second");
    await userEvent.click(screen.getByRole("button", { name: "Earlier version" }));
    await userEvent.click(screen.getByRole("button", { name: "Use this" }));
    expect(onAccept).toHaveBeenCalledWith(expect.objectContaining({ text: "first" }));
    expect(asked[0]).toEqual({ kind: "prompt", talks: true, instruction: "answers", ideal: "", variables: ["team"] });
  });
  it("improves what is there only if that is wanted", async () => {
    serve(["new", "newer"]);
    show("old prompt");
    await userEvent.type(screen.getByLabelText("What should be different?"), "shorter");
    await userEvent.click(screen.getByRole("button", { name: "Write" }));
    await screen.findByText("new");
    expect(asked[0]).toMatchObject({ current: "old prompt" });
    await userEvent.click(screen.getByRole("checkbox"));
    await userEvent.click(screen.getByRole("button", { name: "Write another version" }));
    await screen.findByText("newer");
    expect(asked[1]).not.toHaveProperty("current");
  });
  it("shows the sentence where it cannot, and keeps what came before", async () => {
    serve(["good", '!{"code":"generate_unusable","message":"choose a stronger model"}']);
    show("");
    await userEvent.type(screen.getByLabelText("What is it for?"), "x");
    await userEvent.click(screen.getByRole("button", { name: "Write" }));
    await screen.findByText("good");
    await userEvent.click(screen.getByRole("button", { name: "Write another version" }));
    expect(await screen.findByText(/choose a stronger model/)).toBeTruthy();
    expect(screen.getByText("good")).toBeTruthy();
  });
});
