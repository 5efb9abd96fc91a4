import type { Variable } from "@/api/types";
import { defaults, kindOf } from "./variables";

/** A value that the server will take for a variable, so that the sample runs as it is printed. */
function example(v: Variable): unknown {
  switch (kindOf(v)) {
    case "number":
      return 1;
    case "select":
      return v.options?.[0] ?? "";
    case "checkbox":
      return true;
    default:
      return v.label || v.name;
  }
}

const quote = (s: string): string => `'${s.replaceAll("'", `'\\''`)}'`;

/** One call of the Service API for a shell. Without a key it reads the key from $ISLET_KEY. */
export function curlSample(base: string, token: string, vars: Variable[]): string {
  const inputs = { ...defaults(vars) };
  for (const v of vars) if (v.required && !(v.name in inputs)) inputs[v.name] = example(v);
  const body = JSON.stringify({ inputs, query: "Hello", response_mode: "blocking", user: "curl" }, null, 2);
  const auth = token ? quote(`Authorization: Bearer ${token}`) : `"Authorization: Bearer $ISLET_KEY"`;
  return `curl -X POST ${quote(`${base}/chat-messages`)} \\\n  -H ${auth} \\\n  -H 'Content-Type: application/json' \\\n  -d ${quote(body)}`;
}
