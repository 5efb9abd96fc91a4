import mermaid from "mermaid";
import { useEffect, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useDark } from "@/lib/theme";
import { CodeBlock } from "./code";

/** A diagram. It is drawn as an image: whatever the text may smuggle into the SVG cannot run or load anything there. */
export default function Mermaid({ text }: { text: string }) {
  const { t } = useTranslation();
  const id = useId().replace(/[^a-z0-9]/gi, "");
  const dark = useDark();
  const [image, setImage] = useState<{ src: string; width: number } | null>(null);
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    let on = true;
    mermaid.initialize({ startOnLoad: false, securityLevel: "strict", theme: dark ? "dark" : "neutral", htmlLabels: false, flowchart: { htmlLabels: false }, fontFamily: "sans-serif" });
    mermaid
      .parse(text)
      .then(() => mermaid.render(`m${id}`, text))
      .then(({ svg }) => {
        if (!on) return;
        const width = Number(/viewBox="[-\d.]+ [-\d.]+ ([\d.]+)/.exec(svg)?.[1] ?? 600);
        setImage({ src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`, width });
        setBroken(false);
      })
      .catch(() => on && setBroken(true));
    return () => {
      on = false;
    };
  }, [text, id, dark]);
  if (broken || !image) return <CodeBlock language="mermaid" text={text} live={false} />;
  return (
    <div className="prose-figure" tabIndex={0}>
      <img src={image.src} alt={t("chat.diagram")} style={{ width: image.width, maxWidth: "100%" }} />
    </div>
  );
}
