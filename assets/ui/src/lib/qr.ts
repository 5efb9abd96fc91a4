// QR codes of addresses: bytes, error correction M, versions 1 to 10 (213 bytes). Pure; the drawing is the caller's.

/** For each version: codewords of error correction a block, and the blocks as [count, data codewords]. */
const blocks: readonly { ecc: number; groups: readonly (readonly [number, number])[] }[] = [
  { ecc: 10, groups: [[1, 16]] },
  { ecc: 16, groups: [[1, 28]] },
  { ecc: 26, groups: [[1, 44]] },
  { ecc: 18, groups: [[2, 32]] },
  { ecc: 24, groups: [[2, 43]] },
  { ecc: 16, groups: [[4, 27]] },
  { ecc: 18, groups: [[4, 31]] },
  { ecc: 22, groups: [[2, 38], [2, 39]] },
  { ecc: 22, groups: [[3, 36], [2, 37]] },
  { ecc: 26, groups: [[4, 43], [1, 44]] },
];
const aligned: readonly (readonly number[])[] = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]];

/** Powers of the field in which the check bytes are counted. */
const exp = new Uint8Array(512);
const log = new Uint8Array(256);
for (let i = 0, x = 1; i < 255; i++) {
  exp[i] = x;
  exp[i + 255] = x;
  log[x] = i;
  x = (x << 1) ^ (x & 0x80 ? 0x11d : 0);
}
const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : (exp[(log[a] ?? 0) + (log[b] ?? 0)] ?? 0));

function check(data: readonly number[], n: number): number[] {
  let generator = [1];
  for (let i = 0; i < n; i++) {
    const next = new Array<number>(generator.length + 1).fill(0);
    generator.forEach((g, j) => {
      next[j] = (next[j] ?? 0) ^ g;
      next[j + 1] = (next[j + 1] ?? 0) ^ times(g, exp[i] ?? 0);
    });
    generator = next;
  }
  const rest = [...data, ...new Array<number>(n).fill(0)];
  for (let i = 0; i < data.length; i++) {
    const lead = rest[i] ?? 0;
    if (lead === 0) continue;
    generator.forEach((g, j) => (rest[i + j] = (rest[i + j] ?? 0) ^ times(g, lead)));
  }
  return rest.slice(data.length);
}

function codewords(bytes: Uint8Array, version: number): number[] {
  const spec = blocks[version - 1];
  if (!spec) return [];
  const room = spec.groups.reduce((n, [count, size]) => n + count * size, 0);
  const bits: number[] = [];
  const put = (value: number, length: number): void => {
    for (let i = length - 1; i >= 0; i--) bits.push((value >> i) & 1);
  };
  put(4, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  bytes.forEach((b) => put(b, 8));
  put(0, Math.min(4, room * 8 - bits.length));
  while (bits.length % 8 !== 0) bits.push(0);
  const data: number[] = [];
  for (let i = 0; i < bits.length; i += 8) data.push(bits.slice(i, i + 8).reduce((n, b) => n * 2 + b, 0));
  for (let pad = 0xec; data.length < room; pad ^= 0xec ^ 0x11) data.push(pad);
  const parts: number[][] = [];
  let at = 0;
  for (const [count, size] of spec.groups) for (let i = 0; i < count; i++) parts.push(data.slice(at, (at += size)));
  const checks = parts.map((p) => check(p, spec.ecc));
  const out: number[] = [];
  const woven = (list: number[][]): void => {
    for (let i = 0; i < Math.max(...list.map((p) => p.length)); i++) for (const p of list) if (i < p.length) out.push(p[i] ?? 0);
  };
  woven(parts);
  woven(checks);
  return out;
}

type Grid = (boolean | null)[][];

const masks: readonly ((r: number, c: number) => boolean)[] = [
  (r, c) => (r + c) % 2 === 0,
  (r) => r % 2 === 0,
  (_r, c) => c % 3 === 0,
  (r, c) => (r + c) % 3 === 0,
  (r, c) => (Math.floor(r / 2) + Math.floor(c / 3)) % 2 === 0,
  (r, c) => ((r * c) % 2) + ((r * c) % 3) === 0,
  (r, c) => (((r * c) % 2) + ((r * c) % 3)) % 2 === 0,
  (r, c) => (((r + c) % 2) + ((r * c) % 3)) % 2 === 0,
];

/** The value with its check bits, as the places for format and version hold it. */
function guarded(value: number, bits: number, divisor: number): number {
  let rest = value << bits;
  const top = (n: number): number => 31 - Math.clz32(n);
  while (rest !== 0 && top(rest) >= top(divisor)) rest ^= divisor << (top(rest) - top(divisor));
  return (value << bits) | rest;
}

/** What every code of a version has; null is room for data. */
function frame(version: number): Grid {
  const size = version * 4 + 17;
  const g: Grid = Array.from({ length: size }, () => new Array<boolean | null>(size).fill(null));
  const set = (r: number, c: number, on: boolean): void => {
    const row = g[r];
    if (row && c >= 0 && c < size) row[c] = on;
  };
  for (let i = 0; i < size; i++) {
    set(6, i, i % 2 === 0);
    set(i, 6, i % 2 === 0);
  }
  for (const [y, x] of [[0, 0], [0, size - 7], [size - 7, 0]] as const)
    for (let r = -1; r <= 7; r++)
      for (let c = -1; c <= 7; c++) {
        const far = Math.max(Math.abs(r - 3), Math.abs(c - 3));
        set(y + r, x + c, far !== 2 && far !== 4);
      }
  const spots = aligned[version - 1] ?? [];
  for (const y of spots)
    for (const x of spots) {
      if ((y === 6 && x === 6) || (y === 6 && x === size - 7) || (y === size - 7 && x === 6)) continue;
      for (let r = -2; r <= 2; r++) for (let c = -2; c <= 2; c++) set(y + r, x + c, Math.max(Math.abs(r), Math.abs(c)) !== 1);
    }
  if (version >= 7) {
    const v = guarded(version, 12, 0x1f25);
    for (let i = 0; i < 18; i++) {
      const on = ((v >> i) & 1) === 1;
      set(Math.floor(i / 3), size - 11 + (i % 3), on);
      set(size - 11 + (i % 3), Math.floor(i / 3), on);
    }
  }
  format(g, 0);
  return g;
}

function format(g: Grid, mask: number): void {
  const size = g.length;
  const v = guarded(mask, 10, 0x537) ^ 0x5412; // M is 00
  const set = (r: number, c: number, i: number): void => {
    const row = g[r];
    if (row) row[c] = ((v >> i) & 1) === 1;
  };
  for (let i = 0; i < 15; i++) {
    if (i < 6) set(i, 8, i);
    else if (i < 8) set(i + 1, 8, i);
    else if (i === 8) set(8, 7, i);
    else set(8, 14 - i, i);
    if (i < 8) set(8, size - 1 - i, i);
    else set(size - 15 + i, 8, i);
  }
  const dark = g[size - 8];
  if (dark) dark[8] = true;
}

function penalty(g: boolean[][]): number {
  const size = g.length;
  let sum = 0;
  let on = 0;
  const at = (r: number, c: number): boolean => g[r]?.[c] === true;
  for (const line of [(i: number, j: number) => at(i, j), (i: number, j: number) => at(j, i)])
    for (let i = 0; i < size; i++) {
      let run = 0;
      let bits = 0;
      for (let j = 0; j < size; j++) {
        run = j > 0 && line(i, j) === line(i, j - 1) ? run + 1 : 1;
        if (run === 5) sum += 3;
        else if (run > 5) sum++;
        bits = ((bits << 1) | (line(i, j) ? 1 : 0)) & 0x7ff;
        if (j >= 10 && (bits === 0x5d0 || bits === 0x05d)) sum += 40;
      }
    }
  for (let r = 0; r < size; r++)
    for (let c = 0; c < size; c++) {
      if (at(r, c)) on++;
      if (r > 0 && c > 0 && at(r, c) === at(r - 1, c) && at(r, c) === at(r, c - 1) && at(r, c) === at(r - 1, c - 1)) sum += 3;
    }
  return sum + Math.floor(Math.abs((on * 20) / (size * size) - 10)) * 10;
}

function masked(version: number, data: number[], mask: number): boolean[][] {
  const g = frame(version);
  const free = g.map((row) => row.map((v) => v === null));
  format(g, mask);
  const size = g.length;
  const rule = masks[mask] ?? (() => false);
  let bit = 0;
  let up = true;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5; // the column of the clock
    for (let i = 0; i < size; i++) {
      const r = up ? size - 1 - i : i;
      for (const c of [right, right - 1]) {
        const row = g[r];
        if (!row || free[r]?.[c] !== true) continue;
        const on = (((data[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1;
        bit++;
        row[c] = on !== rule(r, c);
      }
    }
    up = !up;
  }
  return g.map((row) => row.map((v) => v === true));
}

/** The code of a text as rows of dark and light; null where the text is too long. `mask` is for tests. */
export function qr(text: string, mask?: number): boolean[][] | null {
  const bytes = new TextEncoder().encode(text);
  for (let version = 1; version <= blocks.length; version++) {
    const room = (blocks[version - 1]?.groups ?? []).reduce((n, [count, size]) => n + count * size, 0);
    if (4 + (version < 10 ? 8 : 16) + bytes.length * 8 > room * 8) continue;
    const data = codewords(bytes, version);
    if (mask !== undefined) return masked(version, data, mask);
    const all = masks.map((_m, i) => masked(version, data, i));
    return all.reduce((best, g) => (penalty(g) < penalty(best) ? g : best));
  }
  return null;
}
