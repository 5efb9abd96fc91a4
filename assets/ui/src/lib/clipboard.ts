// Copying works on plain http too, which is what an air-gapped site often has: the Clipboard API is only there on https.

export async function copyText(text: string): Promise<boolean> {
  if (window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // no permission: try the old way
    }
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.setAttribute("readonly", "");
  area.style.position = "fixed";
  area.style.opacity = "0";
  const host = document.activeElement?.closest("[role=dialog]") ?? document.body; // a modal keeps the focus inside itself
  host.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
