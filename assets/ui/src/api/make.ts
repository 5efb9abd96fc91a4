// What makes apps quickly: templates, another form of an app, texts that a model writes.
import { ApiError, get, isRecord, post, request, url } from "./client";
import { read } from "./stream";
import type { components, operations } from "./schema";
import type { App, Settings } from "./types";

const root = "/console/api";
type S = components["schemas"];
type Body<Op extends keyof operations> = operations[Op] extends { requestBody: { content: { "application/json": infer B } } } ? B : never;

export type Template = Omit<S["TemplateItem"], "tags" | "needs"> & { tags: string[]; needs: string[] };
export type TemplateView = Template & { settings: Settings; example: { query: string; inputs: { [k: string]: unknown } | null } };
export type TemplateUse = Partial<Body<"post_templates_id_use">>;
export type GenerateInput = Partial<Body<"post_generate">> & { kind: "prompt" | "code" | "schema"; instruction: string };
export type Generated = S["Generated"];

export const templates = {
  list: () => get<{ data: Template[]; total: number }>(`${root}/templates`),
  one: (id: string) => get<TemplateView>(`${root}/templates/${encodeURIComponent(id)}`),
  use: (id: string, b: TemplateUse) => post<App>(`${root}/templates/${encodeURIComponent(id)}/use`, b),
};

/** What would be lost with an app. */
export const content = (app: string): Promise<S["AppContent"]> => get<S["AppContent"]>(`${root}/apps/${encodeURIComponent(app)}/content`);

export const convert = (app: string, b: { name: string }): Promise<App> => post<App>(url(`${root}/apps/${encodeURIComponent(app)}/convert`), b);

export type GenerateStep = { kind: "delta"; text: string } | { kind: "done"; result: Generated };

/** Has a model write; ends with `done`, or throws. Aborting the signal ends the model's work. */
export async function* generate(b: GenerateInput, signal: AbortSignal): AsyncGenerator<GenerateStep> {
  const res = await request(`${root}/generate`, { method: "POST", body: b, accept: "text/event-stream", signal });
  if (res.body)
    for await (const e of read(res.body)) {
      const v: unknown = JSON.parse(e.data || "{}");
      if (!isRecord(v)) continue;
      const text = (k: string): string => (typeof v[k] === "string" ? v[k] : "");
      if (e.event === "error") throw new ApiError(text("code") || "bad_response", text("message"), Number(v["status"] ?? 0), text("request_id"));
      if (e.event === "delta") yield { kind: "delta", text: text("text") };
      if (e.event === "done") {
        const result: Generated = JSON.parse(e.data);
        yield { kind: "done", result };
        return;
      }
    }
  if (!signal.aborted) throw new ApiError("stream_cut", "", 0);
}
