import type { Root } from "hast";
import { toJsxRuntime } from "hast-util-to-jsx-runtime";
import { memo, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Fragment, jsx, jsxs } from "react/jsx-runtime";
import { CopyIcon } from "@/ui/copy";

type Highlight = (language: string, text: string) => Root | null;
let highlight: Highlight | null = null;

/** A block of code with its language, a copy button and, once it is complete, colours. */
export const CodeBlock = memo(function CodeBlock({ language, text, live }: { language: string; text: string; live: boolean }) {
  const { t } = useTranslation();
  const [ready, setReady] = useState(() => highlight !== null);
  useEffect(() => {
    if (live || ready || text.length > 50_000) return;
    let on = true;
    void import("./highlight").then(
      (m) => {
        highlight = m.highlight;
        if (on) setReady(true);
      },
      () => undefined, // uncoloured code is code all the same
    );
    return () => {
      on = false;
    };
  }, [live, ready, text.length]);
  const tree = useMemo(() => (!live && ready ? (highlight?.(language, text) ?? null) : null), [live, ready, language, text]);
  return (
    <div className="prose-code">
      <div className="prose-code-head">
        <span>{language || t("chat.code")}</span>
        <CopyIcon text={text} label={t("chat.copyCode")} />
      </div>
      <pre tabIndex={0}>
        <code>{tree ? toJsxRuntime(tree, { Fragment, jsx, jsxs }) : text}</code>
      </pre>
    </div>
  );
});
