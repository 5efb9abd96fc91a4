/**
 * Cuts Markdown into blocks that can be rendered one by one: while an answer streams, only its last block changes, and the ones
 * before keep their elements. Cuts only at blank lines where nothing is open: no fence, no display math, no list that goes on.
 */
export function blocks(text: string): string[] {
  if (/^\s{0,3}\[[^\]]+\]:\s|\[\^/m.test(text)) return [text]; // definitions and footnotes reach across blocks
  const out: string[] = [];
  let now: string[] = [];
  let fence: string | null = null;
  let math = false;
  let form = false; // a form may have blank lines inside
  const lines = text.split("\n");
  const close = (): void => {
    if (now.some((l) => l.trim() !== "")) out.push(now.join("\n"));
    now = [];
  };
  lines.forEach((line, i) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== null) {
      now.push(line);
      if (mark && mark[0] === fence[0] && mark.length >= fence.length && line.trim() === mark) fence = null;
      return;
    }
    if (mark) {
      fence = mark;
      now.push(line);
      return;
    }
    if ((line.match(/(?<!\\)\$\$/g)?.length ?? 0) % 2 === 1 || /^\s*\\\[\s*$/.test(line) || /^\s*\\\]\s*$/.test(line)) {
      math = !math;
    }
    if (/<form\b/i.test(line)) form = true;
    if (/<\/form\s*>/i.test(line)) form = false;
    now.push(line);
    if (math || form || line.trim() !== "") return;
    const ahead = lines.slice(i + 1).find((l) => l.trim() !== "");
    if (ahead === undefined || continues(now, ahead)) return;
    close();
  });
  close();
  return out;
}

const item = /^\s*(?:[-*+]|\d{1,9}[.)])\s/;

/** Whether the next line belongs to what is open: the next item of a loose list, or its indented text. */
function continues(now: string[], ahead: string): boolean {
  const first = now.find((l) => l.trim() !== "");
  if (first === undefined) return false;
  if (!item.test(first)) return false;
  return item.test(ahead) || /^\s{2,}\S/.test(ahead);
}
