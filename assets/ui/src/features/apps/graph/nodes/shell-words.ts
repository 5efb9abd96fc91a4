// The words of a command line as a shell reads them: sh and bash with '…', "…", $'…' and \, or cmd.exe with ^. Pure.

/** Whether a command was copied for cmd.exe: its lines go on with ^, or its quotes are escaped with it. */
export const isCmd = (s: string): boolean => /\^\s*(\r?\n|$)/.test(s) || /(^|\s)\^"/.test(s);

export function shellWords(command: string): string[] {
  const s = command.replace(/\r\n?/g, "\n");
  return isCmd(s) ? cmdWords(s) : posixWords(s);
}

const simple: { readonly [c: string]: string } = { n: "\n", t: "\t", r: "\r", a: "\x07", b: "\b", e: "\x1b", E: "\x1b", f: "\f", v: "\v" };

function fromCode(n: number): string {
  return n <= 0x10ffff ? String.fromCodePoint(n) : "";
}

/** The inside of $'…' from i on, and where it ends. Bytes above 127 are read as UTF-8 together. */
function ansi(s: string, i: number): [string, number] {
  let out = "";
  let bytes: number[] = [];
  const flush = (): void => {
    if (bytes.length > 0) out += new TextDecoder().decode(new Uint8Array(bytes));
    bytes = [];
  };
  while (i < s.length && s[i] !== "'") {
    if (s[i] !== "\\") {
      flush();
      out += s[i++] ?? "";
      continue;
    }
    const rest = s.slice(i + 1);
    const byte = /^x([0-9a-fA-F]{1,2})/.exec(rest) ?? /^([0-7]{1,3})/.exec(rest);
    const wide = /^u([0-9a-fA-F]{1,4})/.exec(rest) ?? /^U([0-9a-fA-F]{1,8})/.exec(rest);
    if (byte) {
      bytes.push(parseInt(byte[1] ?? "", rest.startsWith("x") ? 16 : 8) & 0xff);
      i += 1 + byte[0].length;
      continue;
    }
    flush();
    if (wide) {
      // Two \u that are halves of one character stand for it, as browsers write them.
      out += wide[0].startsWith("u") ? String.fromCharCode(parseInt(wide[1] ?? "", 16)) : fromCode(parseInt(wide[1] ?? "", 16));
      i += 1 + wide[0].length;
      continue;
    }
    const c = rest[0] ?? "";
    out += simple[c] ?? ("\\'\"?".includes(c) ? c : `\\${c}`);
    i += 2;
  }
  flush();
  return [out, i + 1];
}

function doubled(s: string, i: number): [string, number] {
  let out = "";
  while (i < s.length && s[i] !== '"') {
    const next = s[i + 1] ?? "";
    if (s[i] === "\\" && '$`"\\\n'.includes(next) && next !== "") {
      out += next === "\n" ? "" : next;
      i += 2;
    } else out += s[i++] ?? "";
  }
  return [out, i + 1];
}

/** Where the command ends for a shell: what is behind is another command, or a file. & is taken as part of an address that lacks quotes. */
const ends = (c: string): boolean => c === "|" || c === ">" || c === "<";

function posixWords(s: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let i = 0;
  const put = (part: string): void => {
    word = (word ?? "") + part;
  };
  while (i < s.length) {
    const c = s[i] ?? "";
    if ((c === "\\" || c === "`") && s[i + 1] === "\n") i += 2;
    else if (/\s/.test(c)) {
      if (word !== null) words.push(word);
      word = null;
      i++;
    } else if (word === null && (ends(c) || (c === "#" && words.length > 0))) break;
    else if (c === "'") {
      const end = s.indexOf("'", i + 1);
      put(s.slice(i + 1, end < 0 ? s.length : end));
      i = end < 0 ? s.length : end + 1;
    } else if (c === '"' || (c === "$" && s[i + 1] === '"')) {
      const [part, end] = doubled(s, i + (c === '"' ? 1 : 2));
      put(part);
      i = end;
    } else if (c === "$" && s[i + 1] === "'") {
      const [part, end] = ansi(s, i + 2);
      put(part);
      i = end;
    } else if (c === "\\") {
      put(s[i + 1] ?? "");
      i += 2;
    } else {
      put(c);
      i++;
    }
  }
  if (word !== null) words.push(word);
  return words;
}

/** First cmd.exe takes its carets away, then the program splits the rest by Microsoft's rules: 2n backslashes before a quote are n. */
function cmdWords(command: string): string[] {
  let s = "";
  for (let i = 0; i < command.length; i++) {
    if (command[i] !== "^") s += command[i] ?? "";
    else if (command[i + 1] === "\n") i++;
    else s += command[++i] ?? "";
  }
  const words: string[] = [];
  let word: string | null = null;
  let quoted = false;
  for (let i = 0; i < s.length; i++) {
    const c = s[i] ?? "";
    if (c === "\\") {
      let n = 1;
      while (s[i + n] === "\\") n++;
      const escaped = s[i + n] === '"';
      word = (word ?? "") + "\\".repeat(escaped ? Math.floor(n / 2) : n);
      i += n - 1;
      if (escaped && n % 2 === 1) {
        word += '"';
        i++;
      }
    } else if (c === '"') {
      if (quoted && s[i + 1] === '"') {
        word = `${word ?? ""}"`;
        i++;
      } else {
        quoted = !quoted;
        word ??= "";
      }
    } else if (/\s/.test(c) && !quoted) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? "") + c;
  }
  if (word !== null) words.push(word);
  return words;
}
