// The upload of many files, a few at a time. A file that fails fails alone.
import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, asApiError, isAbort } from "@/api/client";
import { datasets } from "@/api/knowledge";
import { dropped, wanted } from "./folder";

export interface Sent {
  key: number;
  name: string;
  size: number;
  part: number;
  id: string;
  error: ApiError | null;
}

const AT_ONCE = 3;
/** The largest file that the server takes, in bytes; knowledge.MaxFile says the same. */
export const MAX_FILE = 100 * 1024 * 1024;

export interface Uploads {
  list: Sent[];
  add: (files: File[]) => void;
  remove: (key: number) => void;
  retry: (key: number) => void;
  busy: boolean;
}

export function useUploads(): Uploads {
  const { t } = useTranslation();
  const [list, setList] = useState<Sent[]>([]);
  const files = useRef(new Map<number, File>());
  const waiting = useRef<number[]>([]);
  const running = useRef(new Map<number, AbortController>());
  const next = useRef(1);
  const change = useCallback((key: number, p: Partial<Sent>) => setList((l) => l.map((x) => (x.key === key ? { ...x, ...p } : x))), []);
  const pump = useCallback(() => {
    while (running.current.size < AT_ONCE) {
      const key = waiting.current.shift();
      const file = key === undefined ? undefined : files.current.get(key);
      if (key === undefined) return;
      if (!file) continue;
      const stop = new AbortController();
      running.current.set(key, stop);
      datasets
        .upload(file, (part) => change(key, { part }), stop.signal)
        .then((f) => change(key, { id: f.id, part: 1 }), (err: unknown) => !isAbort(err) && change(key, { error: asApiError(err) }))
        .finally(() => {
          running.current.delete(key);
          pump();
        });
    }
  }, [change]);
  useEffect(() => {
    const all = running.current;
    return () => {
      waiting.current = [];
      for (const c of all.values()) c.abort();
    };
  }, []);
  const add = useCallback(
    (fresh: File[]) => {
      const rows = fresh.filter((f) => wanted(f.name)).map((file): Sent => {
        const key = next.current++;
        const error = file.size > MAX_FILE ? new ApiError("file_too_large", t("wiz.tooLarge"), 0) : file.size === 0 ? new ApiError("file_empty", t("wiz.fileEmpty"), 0) : null;
        files.current.set(key, file);
        if (!error) waiting.current.push(key);
        return { key, name: file.name, size: file.size, part: 0, id: "", error };
      });
      setList((l) => [...l, ...rows]);
      pump();
    },
    [pump, t],
  );
  const remove = useCallback((key: number) => {
    files.current.delete(key);
    running.current.get(key)?.abort();
    setList((l) => l.filter((x) => x.key !== key));
  }, []);
  const retry = useCallback(
    (key: number) => {
      change(key, { part: 0, error: null });
      waiting.current.push(key);
      pump();
    },
    [change, pump],
  );
  return { list, add, remove, retry, busy: list.some((x) => x.id === "" && !x.error) };
}

/** Takes files that are dropped anywhere on the page; true while some are held over it. */
export function useFileDrop(onFiles: (files: File[]) => void): boolean {
  const [over, setOver] = useState(false);
  const take = useRef(onFiles);
  take.current = onFiles;
  useEffect(() => {
    let depth = 0; // enter and leave come for every element on the way
    const files = (e: DragEvent): boolean => e.dataTransfer?.types.includes("Files") ?? false;
    const enter = (e: DragEvent): void => {
      if (!files(e)) return;
      depth++;
      setOver(true);
    };
    const leave = (e: DragEvent): void => {
      if (files(e) && --depth <= 0) {
        depth = 0;
        setOver(false);
      }
    };
    const hold = (e: DragEvent): void => {
      if (files(e)) e.preventDefault();
    };
    const drop = (e: DragEvent): void => {
      if (!e.dataTransfer || !files(e)) return;
      e.preventDefault();
      depth = 0;
      setOver(false);
      void dropped(e.dataTransfer).then((list) => list.length > 0 && take.current(list));
    };
    window.addEventListener("dragenter", enter);
    window.addEventListener("dragleave", leave);
    window.addEventListener("dragover", hold);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragenter", enter);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("dragover", hold);
      window.removeEventListener("drop", drop);
    };
  }, []);
  return over;
}

let carried: File[] = [];

/** Carries dropped files from the page of a dataset to the one that adds them. */
export const carry = {
  put(files: File[]): void {
    carried = files;
  },
  take(): File[] {
    const files = carried;
    carried = [];
    return files;
  },
};
