import { encode } from "uqr";
import { useMemo } from "react";

const MOST = 2000; // characters; denser codes cannot be read from a screen

/** A QR code, dark on light in both themes, because readers need it so. A text that is too long for one has none. */
export function QrCode({ text, label, size = 176 }: { text: string; label: string; size?: number }) {
  const code = useMemo(() => (text.length > MOST ? null : encode(text, { ecc: "M", border: 4 })), [text]);
  if (!code) return null;
  const path = code.data.flatMap((row, y) => row.flatMap((on, x) => (on ? [`M${x} ${y}h1v1h-1z`] : []))).join("");
  return (
    <svg role="img" aria-label={label} width={size} height={size} viewBox={`0 0 ${code.size} ${code.size}`} shapeRendering="crispEdges" className="rounded border">
      <rect width={code.size} height={code.size} fill="white" />
      <path d={path} fill="black" />
    </svg>
  );
}
