import type { Mode } from "@/api/types";
import type { Field } from "./fields";
import { firstValues } from "./fields";

/** A value that the server will take for a field, so that the sample runs as it is printed. */
function example(f: Field): unknown {
  switch (f.kind) {
    case "number":
      return 1;
    case "select":
      return f.options?.[0] ?? "";
    case "checkbox":
      return true;
    case "json":
      return {};
    case "file":
    case "files": {
      const file = { type: f.files?.kinds[0] ?? "document", transfer_method: "local_file", upload_file_id: "ID" };
      return f.kind === "file" ? file : [file];
    }
    default:
      return f.label;
  }
}

const quote = (s: string): string => `'${s.replaceAll("'", `'\\''`)}'`;

const calls: Record<Mode, { path: string; mode: "blocking" | "streaming"; asks: boolean }> = {
  chat: { path: "chat-messages", mode: "blocking", asks: true },
  "agent-chat": { path: "chat-messages", mode: "streaming", asks: true }, // Dify's agents answer in no other way
  "advanced-chat": { path: "chat-messages", mode: "blocking", asks: true },
  completion: { path: "completion-messages", mode: "blocking", asks: false },
  workflow: { path: "workflows/run", mode: "blocking", asks: false },
};

/** One call of the Service API for a shell. Without a key it reads the key from $ISLET_KEY. */
export function curlSample(base: string, token: string, mode: Mode, fields: Field[]): string {
  const inputs = { ...firstValues(fields) };
  for (const f of fields) if (f.required && !(f.name in inputs)) inputs[f.name] = example(f);
  const call = calls[mode];
  const body = JSON.stringify({ inputs, ...(call.asks ? { query: "Hello" } : {}), response_mode: call.mode, user: "curl" }, null, 2);
  const auth = token ? quote(`Authorization: Bearer ${token}`) : `"Authorization: Bearer $ISLET_KEY"`;
  return `curl -X POST ${quote(`${base}/${call.path}`)} \\\n  -H ${auth} \\\n  -H 'Content-Type: application/json' \\\n  -d ${quote(body)}`;
}
