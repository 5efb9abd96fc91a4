import { useMemo } from "react";
import { qr } from "@/lib/qr";

/** A QR code, dark on light in both themes, because readers need it so. */
export function QrCode({ text, label, size = 176 }: { text: string; label: string; size?: number }) {
  const code = useMemo(() => qr(text), [text]);
  if (!code) return null;
  const n = code.length + 8;
  const path = code.flatMap((row, y) => row.flatMap((on, x) => (on ? [`M${x + 4} ${y + 4}h1v1h-1z`] : []))).join("");
  return (
    <svg role="img" aria-label={label} width={size} height={size} viewBox={`0 0 ${n} ${n}`} shapeRendering="crispEdges" className="rounded border">
      <rect width={n} height={n} fill="white" />
      <path d={path} fill="black" />
    </svg>
  );
}
