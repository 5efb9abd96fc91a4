import { lazy, memo, Suspense } from "react";

const Render = lazy(() => import("./render"));

/** Markdown whose renderer is loaded when it is first needed; until then the text is shown as it is. */
export const Markdown = memo(function Markdown({ text, live = false }: { text: string; live?: boolean }) {
  return (
    <Suspense fallback={<div className="whitespace-pre-wrap">{text}</div>}>
      <Render text={text} live={live} />
    </Suspense>
  );
});
