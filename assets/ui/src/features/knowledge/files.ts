// Files and whole folders that are dropped or chosen, and their upload, a few at a time. A file that fails fails alone.
import { useCallback, useEffect, useRef, useState } from "react";
import { asApiError, isAbort } from "@/api/client";
import type { ApiError } from "@/api/client";
import { datasets } from "@/api/knowledge";

export interface Sent {
  key: number;
  name: string;
  size: number;
  part: number;
  id: string;
  error: ApiError | null;
}

const AT_ONCE = 3;

export interface Uploads {
  list: Sent[];
  add: (files: File[]) => void;
  remove: (key: number) => void;
  busy: boolean;
}

export function useUploads(): Uploads {
  const [list, setList] = useState<Sent[]>([]);
  const waiting = useRef<{ key: number; file: File }[]>([]);
  const running = useRef(0);
  const next = useRef(1);
  const stop = useRef(new AbortController());
  const change = useCallback((key: number, p: Partial<Sent>) => setList((l) => l.map((x) => (x.key === key ? { ...x, ...p } : x))), []);
  const pump = useCallback(() => {
    while (running.current < AT_ONCE) {
      const job = waiting.current.shift();
      if (!job) return;
      running.current++;
      datasets
        .upload(job.file, (part) => change(job.key, { part }), stop.current.signal)
        .then((f) => change(job.key, { id: f.id, part: 1 }), (err: unknown) => !isAbort(err) && change(job.key, { error: asApiError(err) }))
        .finally(() => {
          running.current--;
          pump();
        });
    }
  }, [change]);
  useEffect(() => {
    if (stop.current.signal.aborted) stop.current = new AbortController();
    const c = stop.current;
    return () => c.abort();
  }, []);
  const add = useCallback(
    (files: File[]) => {
      const fresh = files.map((file) => ({ key: next.current++, file }));
      setList((l) => [...l, ...fresh.map(({ key, file }) => ({ key, name: file.name, size: file.size, part: 0, id: "", error: null }))]);
      waiting.current.push(...fresh);
      pump();
    },
    [pump],
  );
  const remove = useCallback((key: number) => {
    waiting.current = waiting.current.filter((x) => x.key !== key);
    setList((l) => l.filter((x) => x.key !== key));
  }, []);
  return { list, add, remove, busy: list.some((x) => x.id === "" && !x.error) };
}

/** The files of a drop, those of whole folders too. Hidden ones are left out. */
export async function dropped(data: DataTransfer): Promise<File[]> {
  const entries = [...data.items].flatMap((i) => (i.kind === "file" ? [i.webkitGetAsEntry()] : []));
  const plain = [...data.files];
  const lists = await Promise.all(entries.map((e, i) => (e ? walk(e) : Promise.resolve(plain[i] ? [plain[i]] : []))));
  return lists.flat().filter((f) => !f.name.startsWith(".") && !f.name.startsWith("~$"));
}

function isFile(e: FileSystemEntry): e is FileSystemFileEntry {
  return e.isFile;
}

function isFolder(e: FileSystemEntry): e is FileSystemDirectoryEntry {
  return e.isDirectory;
}

async function walk(e: FileSystemEntry): Promise<File[]> {
  if (isFile(e)) return [await new Promise<File>((ok, no) => e.file(ok, no))];
  if (!isFolder(e)) return [];
  const reader = e.createReader();
  const out: File[] = [];
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((ok, no) => reader.readEntries(ok, no));
    if (part.length === 0) return out;
    for (const x of part) out.push(...(await walk(x)));
  }
}
