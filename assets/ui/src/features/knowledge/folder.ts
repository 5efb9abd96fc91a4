// Files out of what was dropped, those of whole folders too. Pure but for the callbacks of the browser.

/** What this needs of the browser's FileSystemEntry. */
export interface Entry {
  isFile: boolean;
  isDirectory: boolean;
  name: string;
}
export interface FileEntry extends Entry {
  file: (ok: (f: File) => void, no: (err: unknown) => void) => void;
}
export interface FolderEntry extends Entry {
  createReader: () => { readEntries: (ok: (list: Entry[]) => void, no: (err: unknown) => void) => void };
}

const isFile = (e: Entry): e is FileEntry => e.isFile && "file" in e;
const isFolder = (e: Entry): e is FolderEntry => e.isDirectory && "createReader" in e;

/** Files that systems and editors leave behind are no documents. */
export const wanted = (name: string): boolean => !/^(\.|~\$|Thumbs\.db$|desktop\.ini$)/i.test(name);

/** The files below some entries, in their order. What cannot be read is left out, and the rest is there all the same. */
export async function walk(entries: Entry[]): Promise<File[]> {
  const out: File[] = [];
  for (const e of entries) {
    if (!wanted(e.name)) continue;
    try {
      if (isFile(e)) out.push(await new Promise<File>((ok, no) => e.file(ok, no)));
      else if (isFolder(e)) out.push(...(await walk(await content(e))));
    } catch {
      // a file without rights, or one that vanished while it was dragged
    }
  }
  return out;
}

/** A folder gives its entries in parts, of 100 in Chromium, and an empty one at the end. */
async function content(e: FolderEntry): Promise<Entry[]> {
  const reader = e.createReader();
  const all: Entry[] = [];
  for (;;) {
    const part = await new Promise<Entry[]>((ok, no) => reader.readEntries(ok, no));
    if (part.length === 0) return all;
    all.push(...part);
  }
}

/** The files of a drop. The entries must be taken before the event is over, so this is called from its handler. */
export function dropped(data: DataTransfer): Promise<File[]> {
  const plain: File[] = [];
  const entries: Entry[] = [];
  for (const item of data.items) {
    if (item.kind !== "file") continue;
    const e = item.webkitGetAsEntry();
    const f = e ? null : item.getAsFile();
    if (e) entries.push(e);
    else if (f && wanted(f.name)) plain.push(f);
  }
  return walk(entries).then((list) => [...list, ...plain]);
}
