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

interface Request {
  url: string;
  mode: "blocking" | "streaming";
  body: { [k: string]: unknown };
}

function request(base: string, mode: Mode, fields: Field[], user: string): Request {
  const inputs = { ...firstValues(fields) };
  for (const f of fields) if (f.required && !(f.name in inputs)) inputs[f.name] = example(f);
  const call = calls[mode];
  return { url: `${base}/${call.path}`, mode: call.mode, body: { inputs, ...(call.asks ? { query: "Hello" } : {}), response_mode: call.mode, user } };
}

/** One call of the Service API for a shell. Without a key it reads the key from $ISLET_KEY. */
export function curlSample(base: string, token: string, mode: Mode, fields: Field[]): string {
  const r = request(base, mode, fields, "curl");
  const auth = token ? quote(`Authorization: Bearer ${token}`) : `"Authorization: Bearer $ISLET_KEY"`;
  return `curl -X POST ${quote(r.url)} \\\n  -H ${auth} \\\n  -H 'Content-Type: application/json' \\\n  -d ${quote(JSON.stringify(r.body, null, 2))}`;
}

/** Where the answer of a call stands in its JSON. */
const answerOf = (mode: Mode): string[] => (mode === "workflow" ? ["data", "outputs"] : ["answer"]);

/** The same in Python 3, with nothing that has to be installed. */
export function pythonSample(base: string, token: string, mode: Mode, fields: Field[]): string {
  const r = request(base, mode, fields, "python");
  const path = answerOf(mode).map((k) => `[${JSON.stringify(k)}]`).join("");
  const read =
    r.mode === "blocking"
      ? [`with urllib.request.urlopen(request) as response:`, `    print(json.load(response)${path})`]
      : [
          `with urllib.request.urlopen(request) as response:`,
          `    for line in response:`,
          `        if line.startswith(b"data: "):`,
          `            event = json.loads(line[6:])`,
          `            if event["event"] in ("message", "agent_message"):`,
          `                print(event["answer"], end="", flush=True)`,
        ];
  return [
    "import json",
    ...(token ? [] : ["import os"]),
    "import urllib.request",
    "",
    `body = json.loads(r"""${JSON.stringify(r.body, null, 2)}""")`,
    `request = urllib.request.Request(`,
    `    ${JSON.stringify(r.url)},`,
    `    data=json.dumps(body).encode(),`,
    `    headers={`,
    `        "Authorization": ${token ? JSON.stringify(`Bearer ${token}`) : `"Bearer " + os.environ["ISLET_KEY"]`},`,
    `        "Content-Type": "application/json",`,
    `    },`,
    `)`,
    ...read,
  ].join("\n");
}

/** The same in JavaScript for Node 18 or newer; saved with the ending .mjs it runs as it stands. */
export function scriptSample(base: string, token: string, mode: Mode, fields: Field[]): string {
  const r = request(base, mode, fields, "javascript");
  const path = answerOf(mode).map((k) => `.${k}`).join("");
  const read =
    r.mode === "blocking"
      ? [`if (!response.ok) throw new Error(await response.text());`, `console.log((await response.json())${path});`]
      : [
          `if (!response.ok) throw new Error(await response.text());`,
          `let rest = "";`,
          `for await (const part of response.body.pipeThrough(new TextDecoderStream())) {`,
          `  const lines = (rest + part).split("\\n");`,
          `  rest = lines.pop();`,
          `  for (const line of lines) {`,
          `    if (!line.startsWith("data: ")) continue;`,
          `    const event = JSON.parse(line.slice(6));`,
          `    if (event.event === "message" || event.event === "agent_message") process.stdout.write(event.answer);`,
          `  }`,
          `}`,
        ];
  return [
    `const response = await fetch(${JSON.stringify(r.url)}, {`,
    `  method: "POST",`,
    `  headers: {`,
    `    Authorization: ${token ? JSON.stringify(`Bearer ${token}`) : "`Bearer ${process.env.ISLET_KEY}`"},`,
    `    "Content-Type": "application/json",`,
    `  },`,
    `  body: JSON.stringify(${JSON.stringify(r.body, null, 2).replaceAll("\n", "\n  ")}),`,
    `});`,
    ...read,
  ].join("\n");
}
