// Loaded when the first formula comes.
import "katex/dist/katex.min.css";
import rehypeKatex from "rehype-katex";
import remarkMath from "remark-math";

/** trust false: no \href, \includegraphics or \html*; a formula that is wrong is shown as it was written. */
export const options = { throwOnError: false, strict: false, trust: false, maxSize: 20, maxExpand: 500, output: "htmlAndMathml" } as const;
export { rehypeKatex, remarkMath };
