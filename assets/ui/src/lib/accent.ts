// The colours of a published web app from the one that its settings name: readable on their background, whatever was chosen.

type Rgb = readonly [number, number, number];

export function parseColor(text: string): Rgb | null {
  const m = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  return m ? [parseInt(m[1] ?? "", 16), parseInt(m[2] ?? "", 16), parseInt(m[3] ?? "", 16)] : null;
}

function luminance(c: Rgb): number {
  const part = (x: number): number => (x / 255 <= 0.04045 ? x / 255 / 12.92 : ((x / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * part(c[0]) + 0.7152 * part(c[1]) + 0.0722 * part(c[2]);
}

export function contrast(a: Rgb, b: Rgb): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];
const mix = (a: Rgb, b: Rgb, part: number): Rgb => [0, 1, 2].map((i) => Math.round((a[i] ?? 0) * (1 - part) + (b[i] ?? 0) * part)).reduce<[number, number, number]>((out, v, i) => { out[i] = v; return out; }, [0, 0, 0]);
const css = (c: Rgb): string => `rgb(${c.join(" ")})`;

/** c moved toward the other end until text of it can be read on the ground. */
function readable(c: Rgb, ground: Rgb, toward: Rgb, least: number): Rgb {
  for (let part = 0; part <= 1; part += 0.05) {
    const x = mix(c, toward, part);
    if (contrast(x, ground) >= least) return x;
  }
  return toward;
}

/** The tokens that change with the colour; null where it is none. */
export function shades(color: string, dark: boolean): { [token: string]: string } | null {
  const c = parseColor(color);
  if (!c) return null;
  const ground: Rgb = dark ? [23, 27, 30] : WHITE;
  const toward = dark ? WHITE : BLACK;
  const accent = readable(c, ground, toward, 3); // a button can be told from the page
  const on = contrast(accent, WHITE) >= 4.5 || contrast(accent, WHITE) >= contrast(accent, BLACK) ? WHITE : BLACK;
  const fill = readable(accent, on, on === WHITE ? BLACK : WHITE, 4.5);
  const soft = mix(ground, fill, dark ? 0.28 : 0.12);
  return {
    "--accent": css(fill),
    "--accent-hover": css(mix(fill, on === WHITE ? BLACK : WHITE, 0.14)),
    "--on-accent": css(on),
    "--accent-text": css(readable(readable(c, ground, toward, 4.5), soft, toward, 4.5)),
    "--accent-soft": css(soft),
    "--accent-line": css(mix(ground, fill, 0.4)),
    "--chip": css(mix(ground, fill, dark ? 0.24 : 0.1)),
  };
}

const hues: readonly Rgb[] = [[28, 100, 242], [11, 110, 128], [14, 140, 90], [124, 58, 237], [190, 24, 93], [194, 65, 12], [55, 65, 81]];

/** Colours to choose from, as #rrggbb. */
export const siteColors: readonly string[] = hues.map((c) => `#${c.map((x) => x.toString(16).padStart(2, "0")).join("")}`);
