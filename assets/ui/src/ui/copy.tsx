import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { copyText } from "@/lib/clipboard";
import { Button, IconButton } from "./button";

function useCopied(): [boolean, (text: string) => void] {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1600);
    return () => clearTimeout(timer);
  }, [copied]);
  return [copied, (text) => void copyText(text).then(setCopied)];
}

export function CopyIcon({ text, label, size = "sm" }: { text: string; label?: string; size?: "sm" | "md" }) {
  const { t } = useTranslation();
  const [copied, copy] = useCopied();
  return <IconButton icon={copied ? Check : Copy} size={size} label={copied ? t("kit.copied") : (label ?? t("kit.copy"))} onClick={() => copy(text)} />;
}

export function CopyButton({ text, label }: { text: string; label?: string }) {
  const { t } = useTranslation();
  const [copied, copy] = useCopied();
  return <Button icon={copied ? Check : Copy} onClick={() => copy(text)}>{copied ? t("kit.copied") : (label ?? t("kit.copy"))}</Button>;
}

/** Text to be taken away: a link, a key, a command. It can be selected by hand where the clipboard is off (plain http). */
export function CopyField({ text, label, multiline }: { text: string; label: string; multiline?: boolean }) {
  return (
    <div className="flex items-start gap-2">
      {multiline ? (
        <pre tabIndex={0} aria-label={label} className="min-w-0 flex-1 overflow-x-auto rounded border bg-code px-3 py-2 font-mono text-sm whitespace-pre select-all">{text}</pre>
      ) : (
        <input readOnly value={text} aria-label={label} onFocus={(e) => e.target.select()} className="h-8 min-w-0 flex-1 rounded border bg-code px-2.5 font-mono text-sm" />
      )}
      <CopyIcon text={text} size="md" />
    </div>
  );
}
