import type { ComponentProps, ReactNode } from "react";
import { lazy, memo, Suspense, useEffect, useMemo, useState } from "react";
import type { Components } from "react-markdown";
import ReactMarkdown from "react-markdown";
import remarkGfm from "remark-gfm";
import { blocks } from "./blocks";
import { CodeBlock } from "./code";
import { hostOf, isOwnImage } from "./links";
import { hasMath, normalizeMath } from "./math";
import { segments } from "./quick";
import { QuickView } from "./quick-view";
import "./prose.css";

const Chart = lazy(() => import("./echarts"));
const Mermaid = lazy(() => import("./mermaid"));

type Plugins = Pick<ComponentProps<typeof ReactMarkdown>, "remarkPlugins" | "rehypePlugins">;
const plain: Plugins = { remarkPlugins: [remarkGfm] };
let math: Plugins | null = null;
let coming: Promise<Plugins> | null = null;

function loadMath(): Promise<Plugins> {
  coming ??= import("./katex").then((m) => {
    math = { remarkPlugins: [remarkGfm, m.remarkMath], rehypePlugins: [[m.rehypeKatex, m.options]] };
    return math;
  });
  return coming;
}

/** Markdown of a model or a person. HTML in it is shown as text; nothing in it makes a request by itself. */
export default function Render({ text, live }: { text: string; live: boolean }) {
  const list = useMemo(() => blocks(text), [text]);
  return (
    <div className="prose">
      {list.map((b, i) => (
        <Offered key={i} text={b} live={live && i === list.length - 1} />
      ))}
    </div>
  );
}

/** A block with the buttons and forms that it offers. */
const Offered = memo(function Offered({ text, live }: { text: string; live: boolean }) {
  const parts = useMemo(() => segments(text, live), [text, live]);
  return parts.map((p, i) => ("quick" in p ? <QuickView key={i} quick={p.quick} /> : <Block key={i} text={p.text} live={live} />));
});

const Block = memo(function Block({ text, live }: { text: string; live: boolean }) {
  const wants = hasMath(text);
  const [plugins, setPlugins] = useState<Plugins>(() => (wants && math ? math : plain));
  useEffect(() => {
    if (wants && plugins === plain) void loadMath().then(setPlugins, () => undefined); // formulas stay readable as LaTeX
  }, [wants, plugins]);
  const source = useMemo(() => (wants ? normalizeMath(text) : text), [wants, text]);
  return (
    <ReactMarkdown {...plugins} components={live ? streaming : finished}>
      {source}
    </ReactMarkdown>
  );
});

function plainText(n: ReactNode): string {
  if (typeof n === "string" || typeof n === "number") return String(n);
  return Array.isArray(n) ? n.map(plainText).join("") : "";
}

function ExternalLink({ href, children }: { href?: string | undefined; children?: ReactNode }) {
  const host = hostOf(href);
  if (!host || !href) return <span>{children}</span>;
  const shown = plainText(children).includes(host);
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow" title={href}>
      {children}
      {!shown && <span className="prose-host"> ({host})</span>}
    </a>
  );
}

function components(live: boolean): Components {
  return {
    a: ({ href, children }) => <ExternalLink href={href}>{children}</ExternalLink>,
    img: ({ src, alt }) => {
      const at = typeof src === "string" ? src : undefined;
      if (isOwnImage(at)) return <img src={at} alt={alt ?? ""} loading="lazy" />;
      return <ExternalLink href={at}>{alt || at || ""}</ExternalLink>;
    },
    table: ({ children }) => (
      <div className="prose-table" tabIndex={0}>
        <table>{children}</table>
      </div>
    ),
    pre: ({ children }) => <>{children}</>,
    code: ({ className, children, node }) => {
      const text = plainText(children);
      const block = node?.position && (text.includes("\n") || className !== undefined);
      if (!block) return <code>{children}</code>;
      const language = /language-([\w+#.-]+)/.exec(className ?? "")?.[1] ?? "";
      const body = text.replace(/\n$/, "");
      if (language === "mermaid" && !live)
        return (
          <Suspense fallback={<CodeBlock language={language} text={body} live={false} />}>
            <Mermaid text={body} />
          </Suspense>
        );
      if (language === "echarts" && !live)
        return (
          <Suspense fallback={<CodeBlock language="json" text={body} live={false} />}>
            <Chart text={body} />
          </Suspense>
        );
      return <CodeBlock language={language} text={body} live={live} />;
    },
    input: ({ checked }) => <input type="checkbox" checked={checked ?? false} readOnly disabled aria-label={checked ? "✓" : "–"} />,
  };
}

const streaming = components(true);
const finished = components(false);
