/** Joins class names and drops what is off. Only the kit and page layouts use it. */
export function cx(...parts: (string | false | null | undefined)[]): string {
  return parts.filter(Boolean).join(" ");
}
