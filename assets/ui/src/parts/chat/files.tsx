// Files on their way into a message: picked, dropped or pasted, uploaded with progress, shown as chips.
import { FileText, Film, Image as ImageIcon, LoaderCircle, Music, X } from "lucide-react";
import type { TFunction } from "i18next";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { asApiError, isAbort } from "@/api/client";
import type { ApiError } from "@/api/client";
import type { Upload } from "@/api/console";
import type { Attachment, FileInput } from "@/api/types";
import { bytes } from "@/lib/format";
import type { TextKey } from "@/text";
import { useSentence } from "@/ui/state";

export const fileKinds = ["image", "document", "audio", "video"] as const;
export type FileKind = (typeof fileKinds)[number];

const icons = { image: ImageIcon, document: FileText, audio: Music, video: Film } as const;

export function kindOfFile(mime: string): FileKind {
  return fileKinds.find((k) => mime.startsWith(`${k}/`)) ?? "document";
}

export interface Draft {
  id: number;
  name: string;
  size: number;
  mime: string;
  kind: FileKind;
  progress: number;
  preview: string | null;
  error: ApiError | null;
  done: Attachment | null;
}

export interface Files {
  drafts: Draft[];
  /** Why the last files were not taken. */
  refused: "files.tooMany" | "files.kind" | null;
  add: (list: Iterable<File>) => void;
  addLink: (url: string) => void;
  drop: (id: number) => void;
  clear: () => void;
  ready: boolean;
  attachments: Attachment[];
}

export const maxFiles = (i: FileInput): number => (i.max > 0 ? i.max : 3);

/** Where files come from and go to. */
export interface FileDoor {
  upload: Upload;
  file: (id: string) => string;
}

export function useFiles(door: Pick<FileDoor, "upload">, input: FileInput): Files {
  const [drafts, setDrafts] = useState<Draft[]>([]);
  const [refused, setRefused] = useState<Files["refused"]>(null);
  const next = useRef(1);
  const running = useRef(new Map<number, AbortController>());
  const previews = useRef(new Set<string>());

  useEffect(() => {
    const all = previews.current;
    const wires = running.current;
    return () => {
      all.forEach((p) => URL.revokeObjectURL(p));
      wires.forEach((c) => c.abort());
    };
  }, []);

  const change = (id: number, part: Partial<Draft>): void => setDrafts((list) => list.map((d) => (d.id === id ? { ...d, ...part } : d)));

  const put = (d: Draft): boolean => {
    const kinds = input.kinds ?? [];
    if (kinds.length > 0 && !kinds.includes(d.kind)) {
      setRefused("files.kind");
      return false;
    }
    setDrafts((list) => [...list, d]);
    return true;
  };

  return {
    drafts,
    refused,
    ready: drafts.every((d) => d.done !== null),
    attachments: drafts.flatMap((d) => (d.done ? [d.done] : [])),
    add: (list) => {
      setRefused(null);
      let room = maxFiles(input) - drafts.length;
      for (const f of list) {
        if (room <= 0) {
          setRefused("files.tooMany");
          break;
        }
        const id = next.current++;
        const kind = kindOfFile(f.type);
        const preview = kind === "image" ? URL.createObjectURL(f) : null;
        if (preview) previews.current.add(preview);
        if (!put({ id, name: f.name, size: f.size, mime: f.type, kind, progress: 0, preview, error: null, done: null })) continue;
        room--;
        const ctl = new AbortController();
        running.current.set(id, ctl);
        door.upload(f, f.name, (progress) => change(id, { progress }), ctl.signal).then(
          (up) => change(id, { progress: 1, done: { id: up.id, kind, method: "local_file", file_id: up.id, name: up.name, size: up.size, mime: up.mime } }),
          (err: unknown) => !isAbort(err) && change(id, { error: asApiError(err) }),
        );
      }
    },
    addLink: (url) => {
      setRefused(null);
      if (drafts.length >= maxFiles(input)) {
        setRefused("files.tooMany");
        return;
      }
      const kind: FileKind = fileKinds.find((k) => (input.kinds ?? []).includes(k)) ?? "image";
      const id = next.current++;
      put({ id, name: url, size: 0, mime: "", kind, progress: 1, preview: null, error: null, done: { id: `link-${id}`, kind, method: "remote_url", url, name: url, size: 0, mime: "" } });
    },
    drop: (id) => {
      running.current.get(id)?.abort();
      running.current.delete(id);
      setRefused(null);
      setDrafts((list) => list.filter((d) => d.id !== id));
    },
    clear: () => {
      running.current.clear();
      setRefused(null);
      setDrafts([]);
    },
  };
}

export function DraftChips({ files, input }: { files: Files; input: FileInput }) {
  const { t, i18n } = useTranslation();
  const sentence = useSentence();
  if (files.drafts.length === 0 && !files.refused) return null;
  return (
    <div className="px-3 pt-3">
      <ul className="flex flex-wrap gap-2" aria-label={t("files.list")}>
        {files.drafts.map((d) => {
          const Icon = icons[d.kind];
          return (
            <li key={d.id} className={`relative flex h-11 max-w-60 items-center gap-2 overflow-hidden rounded border bg-surface pr-1 pl-1.5 ${d.error ? "border-danger-line" : ""}`}>
              {d.preview ? <img src={d.preview} alt="" className="size-8 shrink-0 rounded-sm object-cover" /> : <Icon size={18} aria-hidden className="mx-1 shrink-0 text-faint" />}
              <span className="min-w-0 flex-1">
                <span className="block truncate text-sm leading-4" title={d.name}>{d.name}</span>
                <span className={`block truncate text-xs leading-4 ${d.error ? "text-danger-text" : "text-faint"}`} role={d.error ? "alert" : undefined}>
                  {d.error ? sentence(d.error) : d.done ? (d.size > 0 ? bytes(d.size, i18n.language) : t("files.link")) : `${Math.round(d.progress * 100)} %`}
                </span>
              </span>
              <button type="button" aria-label={t("files.remove", { name: d.name })} onClick={() => files.drop(d.id)} className="flex size-6 shrink-0 items-center justify-center rounded text-faint hover:bg-hover hover:text-text">
                {d.done || d.error ? <X size={14} aria-hidden /> : <LoaderCircle size={14} aria-hidden className="animate-spin" />}
              </button>
              {!d.done && !d.error && <span aria-hidden className="absolute inset-x-0 bottom-0 h-0.5 origin-left bg-accent" style={{ transform: `scaleX(${d.progress})` }} />}
            </li>
          );
        })}
      </ul>
      {files.refused && <p role="alert" className="mt-1 text-xs text-danger-text">{t(files.refused, { count: maxFiles(input), kinds: (input.kinds ?? []).map((k) => kindTitle(t, k)).join(", ") })}</p>}
    </div>
  );
}

const kindTexts = { image: "files.image", document: "files.document", audio: "files.audio", video: "files.video" } as const satisfies Record<FileKind, TextKey>;

function kindTitle(t: TFunction, k: string): string {
  const known = fileKinds.find((x) => x === k);
  return known ? t(kindTexts[known]) : k;
}

/** Whether a file is shown as a picture. An SVG is too, as long as it is an image of the page: there it can run nothing. */
const seen = (f: Attachment): boolean => Boolean(f.file_id) && (f.kind === "image" || f.mime === "image/svg+xml");

/** The files of a message: those that a person sent, or, from the start of the line and larger, those that were made for them. */
export function SentFiles({ files, door, start }: { files: readonly Attachment[]; door: Pick<FileDoor, "file">; start?: boolean }) {
  const { i18n } = useTranslation();
  if (files.length === 0) return null;
  return (
    <ul className={`mb-1 flex flex-wrap gap-2 ${start ? "" : "justify-end"}`}>
      {files.map((f) => {
        const href = f.file_id ? door.file(f.file_id) : (f.url ?? "");
        const Icon = icons[fileKinds.find((k) => k === f.kind) ?? "document"];
        return (
          <li key={f.id || href}>
            <a href={href} target="_blank" rel="noopener noreferrer" className="block overflow-hidden rounded-md border bg-surface hover:border-line-strong" title={f.name}>
              {seen(f) ? (
                <img src={href} alt={f.name} className={start ? "max-h-90 max-w-full object-contain" : "max-h-40 max-w-60 object-cover"} />
              ) : (
                <span className="flex h-10 max-w-60 items-center gap-2 px-2.5 text-sm">
                  <Icon size={16} aria-hidden className="shrink-0 text-faint" />
                  <span className="truncate">{f.name || f.url}</span>
                  {f.size > 0 && <span className="shrink-0 text-xs text-faint">{bytes(f.size, i18n.language)}</span>}
                </span>
              )}
            </a>
          </li>
        );
      })}
    </ul>
  );
}
