// Headers as people type them: "Name: value", one a line.

const LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*(.*)$/;

export function parseHeaders(text: string): { [name: string]: string } {
  const out: { [name: string]: string } = {};
  for (const line of text.split("\n")) {
    const m = LINE.exec(line.trim());
    if (m?.[1]) out[m[1]] = (m[2] ?? "").trim();
  }
  return out;
}

export function headersText(h: { [name: string]: string }): string {
  return Object.entries(h).map(([k, v]) => `${k}: ${v}`).join("\n");
}

/** Whether some line is no header. */
export function headersProblem(text: string): boolean {
  return text.split("\n").some((l) => l.trim() !== "" && !LINE.test(l.trim()));
}
