import { ArrowUp, Link2, Paperclip, Square, Upload } from "lucide-react";
import type { ClipboardEvent, DragEvent, ReactNode } from "react";
import { useImperativeHandle, useLayoutEffect, useRef, useState } from "react";
import type { Ref } from "react";
import { useTranslation } from "react-i18next";
import type { ChatDoor } from "@/api/console";
import type { Attachment, FileInput } from "@/api/types";
import { urlProblem } from "@/lib/form";
import { Button, Dialog, Field, IconButton, Input, Menu } from "@/ui";
import { cx } from "@/ui/cx";
import { DraftChips, useFiles } from "./files";
import { sends, touchFirst } from "./keys";
import { useRecorder } from "./recorder";
import { Microphone, VoiceProblem } from "./voice";

export interface ComposerHandle {
  focus: () => void;
  /** Puts text in, to be edited before it is sent. */
  write: (text: string) => void;
}

const accepts: { [kind: string]: string } = { image: "image/*", audio: "audio/*", video: "video/*" };

/** The box where one writes. Enter sends, Shift+Enter breaks the line; an input method's Enter does neither. */
export function Composer({ door, input, busy, onSend, onStop, placeholder, disabled, above, ref }: {
  door: ChatDoor;
  input: FileInput;
  busy: boolean;
  /** False keeps the text: it could not be sent (a required field is empty, say). */
  onSend: (query: string, files: Attachment[]) => boolean;
  onStop: () => void;
  placeholder?: string;
  disabled?: boolean;
  above?: ReactNode;
  ref?: Ref<ComposerHandle>;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [over, setOver] = useState(false);
  const [linking, setLinking] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const files = useFiles(door, input);
  const methods = input.methods ?? [];
  const local = input.enabled && (methods.length === 0 || methods.includes("local_file"));
  const remote = input.enabled && methods.includes("remote_url");
  const kinds = input.kinds ?? [];

  useImperativeHandle(ref, () => ({ focus: () => area.current?.focus(), write: (s) => { setText(s); area.current?.focus(); } }), []);

  const voice = useRecorder(door.hear, (heard) => {
    setText((now) => (now.trim() === "" ? heard : `${now.trimEnd()} ${heard}`));
    area.current?.focus();
  });

  useLayoutEffect(() => {
    const el = area.current;
    if (!el) return;
    el.style.height = "auto";
    el.style.height = `${Math.min(el.scrollHeight, 220)}px`;
  }, [text]);

  const can = !busy && !disabled && files.ready && text.trim() !== "";
  const send = (): void => {
    if (!can) return;
    if (!onSend(text.trim(), files.attachments)) return;
    setText("");
    files.clear();
  };
  const paste = (e: ClipboardEvent): void => {
    if (!local || e.clipboardData.files.length === 0) return;
    e.preventDefault();
    files.add(e.clipboardData.files);
  };
  const dropped = (e: DragEvent): void => {
    setOver(false);
    if (!local || e.dataTransfer.files.length === 0) return;
    e.preventDefault();
    files.add(e.dataTransfer.files);
  };
  const pick = (): void => picker.current?.click();

  return (
    <div
      onDragOver={(e) => {
        if (!local || !e.dataTransfer.types.includes("Files")) return;
        e.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={dropped}
      className={cx("relative rounded-lg border border-line-strong bg-surface transition-[border-color,box-shadow] focus-within:border-accent focus-within:shadow-[0_0_0_3px_color-mix(in_srgb,var(--accent)_16%,transparent)]", over && "border-accent bg-accent-soft")}
    >
      {above}
      <DraftChips files={files} input={input} />
      <textarea
        ref={area}
        rows={1}
        value={text}
        disabled={disabled}
        aria-label={t("chat.message")}
        placeholder={placeholder || t("chat.placeholder")}
        onChange={(e) => setText(e.target.value)}
        onPaste={paste}
        onKeyDown={(e) => {
          const n = e.nativeEvent;
          if (!sends({ key: n.key, shiftKey: n.shiftKey, ctrlKey: n.ctrlKey, metaKey: n.metaKey, altKey: n.altKey, keyCode: n.keyCode, isComposing: n.isComposing }, touchFirst())) return;
          e.preventDefault();
          send();
        }}
        className="block max-h-55 w-full resize-none bg-transparent px-3.5 pt-3 pb-1 text-base leading-6 outline-none max-md:text-[16px]"
      />
      <VoiceProblem voice={voice} />
      <div className="flex items-center gap-1 p-1.5">
        {local && (
          <input
            ref={picker}
            type="file"
            multiple
            hidden
            aria-label={t("files.add")}
            accept={kinds.includes("document") || kinds.length === 0 ? undefined : kinds.map((k) => accepts[k] ?? "").filter(Boolean).join(",")}
            onChange={(e) => {
              if (e.target.files) files.add(e.target.files);
              e.target.value = "";
            }}
          />
        )}
        {local && remote ? (
          <Menu
            align="start"
            side="top"
            trigger={<IconButton icon={Paperclip} label={t("files.add")} />}
            groups={[[{ id: "local", label: t("files.fromDisk"), icon: Upload, run: pick }, { id: "link", label: t("files.fromLink"), icon: Link2, run: () => setLinking(true) }]]}
          />
        ) : local ? (
          <IconButton icon={Paperclip} label={t("files.add")} onClick={pick} />
        ) : (
          remote && <IconButton icon={Link2} label={t("files.fromLink")} onClick={() => setLinking(true)} />
        )}
        <span className="ml-auto" />
        {door.hear && <Microphone voice={voice} disabled={Boolean(disabled)} />}
        {busy ? (
          <IconButton icon={Square} label={t("chat.stop")} variant="default" onClick={onStop} />
        ) : (
          <IconButton icon={ArrowUp} label={t("chat.send")} variant="primary" disabled={!can} onClick={send} />
        )}
      </div>
      {linking && <LinkDialog onClose={() => setLinking(false)} onAdd={files.addLink} />}
    </div>
  );
}

function LinkDialog({ onClose, onAdd }: { onClose: () => void; onAdd: (url: string) => void }) {
  const { t } = useTranslation();
  const [link, setLink] = useState("");
  const [tried, setTried] = useState(false);
  const wrong = urlProblem(link);
  return (
    <Dialog
      open
      width="sm"
      onClose={onClose}
      title={t("files.fromLink")}
      onSubmit={() => {
        setTried(true);
        if (wrong) return;
        onAdd(link.trim());
        onClose();
      }}
      footer={<Button type="submit" variant="primary">{t("kit.add")}</Button>}
    >
      <Field label={t("files.linkLabel")} error={tried && wrong ? t(wrong) : undefined}>
        <Input type="url" value={link} onChange={setLink} autoFocus placeholder="https://" />
      </Field>
    </Dialog>
  );
}
