/** Whether every word of the query is found somewhere in the texts. Case does not matter. */
export function match(query: string, ...texts: (string | undefined)[]): boolean {
  const hay = texts.filter(Boolean).join("\n").toLowerCase();
  return query.toLowerCase().split(/\s+/).every((w) => hay.includes(w));
}
