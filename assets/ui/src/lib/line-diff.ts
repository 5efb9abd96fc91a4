// What is different between two texts, line by line. Pure.

export interface DiffLine {
  kind: "same" | "added" | "removed";
  text: string;
}

const MOST = 4_000_000; // cells of the table; beyond, the middle counts as changed as a whole

/** The lines of both texts in order; what is common is kept as long as can be. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const a = before === "" ? [] : before.split("\n");
  const b = after === "" ? [] : after.split("\n");
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const same = (lines: string[]): DiffLine[] => lines.map((text) => ({ kind: "same", text }));
  return [...same(a.slice(0, head)), ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)), ...same(a.slice(a.length - tail))];
}

function middle(a: string[], b: string[]): DiffLine[] {
  const gone = (lines: string[]): DiffLine[] => lines.map((text) => ({ kind: "removed", text }));
  const come = (lines: string[]): DiffLine[] => lines.map((text) => ({ kind: "added", text }));
  if (a.length * b.length > MOST) return [...gone(a), ...come(b)];
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width); // of what is behind i and j
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) for (let j = b.length - 1; j >= 0; j--) common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const out: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      out.push({ kind: "same", text: a[i] ?? "" });
      i++;
      j++;
    } else if (at(i + 1, j) >= at(i, j + 1)) out.push({ kind: "removed", text: a[i++] ?? "" });
    else out.push({ kind: "added", text: b[j++] ?? "" });
  }
  return [...out, ...gone(a.slice(i)), ...come(b.slice(j))];
}

/** The same in two columns: what was taken away stands beside what came in its place. */
export function sideBySide(lines: readonly DiffLine[]): { left: DiffLine | null; right: DiffLine | null }[] {
  const out: { left: DiffLine | null; right: DiffLine | null }[] = [];
  let gone: DiffLine[] = [];
  let come: DiffLine[] = [];
  const flush = (): void => {
    for (let i = 0; i < Math.max(gone.length, come.length); i++) out.push({ left: gone[i] ?? null, right: come[i] ?? null });
    gone = [];
    come = [];
  };
  for (const l of lines) {
    if (l.kind === "removed") gone.push(l);
    else if (l.kind === "added") come.push(l);
    else {
      flush();
      out.push({ left: l, right: l });
    }
  }
  flush();
  return out;
}

const NEAR = 3; // lines that are shown around what changed

/** Leaves out what is the same and far from any change; a number stands for how many lines. */
export function folded<T>(rows: readonly T[], same: (row: T) => boolean): (T | number)[] {
  const near = rows.map((_, i) => rows.slice(Math.max(0, i - NEAR), i + NEAR + 1).some((r) => !same(r)));
  const out: (T | number)[] = [];
  let hidden = 0;
  rows.forEach((r, i) => {
    if (near[i]) {
      if (hidden > 0) out.push(hidden);
      hidden = 0;
      out.push(r);
    } else hidden++;
  });
  if (hidden > 0 && hidden < rows.length) out.push(hidden);
  return out;
}
