// The text of a human-input form, in which {{#$output.name#}} says where a field stands. Pure.
export type Part = { text: string } | { field: string };

const MARK = /\{\{#\$output\.([A-Za-z_][A-Za-z0-9_]*)#\}\}/g;

/** The text in order, with its fields. Fields that the text does not place come at the end, because all must be answered. */
export function formParts(content: string, fields: readonly string[]): Part[] {
  const parts: Part[] = [];
  const placed = new Set<string>();
  let from = 0;
  const text = (s: string): void => {
    if (s.trim() !== "") parts.push({ text: s.trim() });
  };
  for (const m of content.matchAll(MARK)) {
    const name = m[1] ?? "";
    text(content.slice(from, m.index));
    from = m.index + m[0].length;
    if (!fields.includes(name) || placed.has(name)) continue;
    placed.add(name);
    parts.push({ field: name });
  }
  text(content.slice(from));
  for (const f of fields) if (!placed.has(f)) parts.push({ field: f });
  return parts;
}
