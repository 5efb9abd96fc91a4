// What a model or a template may offer in an answer as something to click: <button data-message="…">, and <form data-format="json"> with
// fields. Nothing of the HTML is shown as it is: it is read into the few things below, and the page draws its own controls.

export interface QuickField {
  name: string;
  kind: "text" | "paragraph" | "select" | "number" | "checkbox" | "date" | "time" | "hidden";
  label: string;
  first: string;
  options: string[];
  required: boolean;
  placeholder: string;
}

export type Quick = { kind: "button"; text: string; message: string } | { kind: "form"; json: boolean; fields: QuickField[]; submit: string };

export type Segment = { text: string } | { quick: Quick };

const PARTS = /<form\b[^>]*\bdata-format\s*=[\s\S]*?<\/form\s*>|<button\b[^>]*\bdata-message\s*=[\s\S]*?<\/button\s*>/gi;

/** Cuts text at its buttons and forms. What is inside a fence or code stays text; a form that is still coming is not shown. */
export function segments(text: string, live: boolean): Segment[] {
  if (!/<form\b|<button\b/i.test(text) || /^\s*(`{3,}|~{3,})/.test(text)) return [{ text }];
  const out: Segment[] = [];
  let at = 0;
  for (const m of text.matchAll(PARTS)) {
    const before = text.slice(at, m.index);
    if ((before.match(/`/g)?.length ?? 0) % 2 === 1) continue; // inside code
    const quick = read(m[0]);
    if (!quick) continue;
    if (before.trim() !== "") out.push({ text: before });
    out.push({ quick });
    at = m.index + m[0].length;
  }
  let rest = text.slice(at);
  if (live) rest = rest.replace(/<(?:form|button)\b[\s\S]*$/i, "");
  if (rest.trim() !== "" || out.length === 0) out.push({ text: rest });
  return out;
}

function read(html: string): Quick | null {
  const root = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
  if (!root) return null;
  if (root.tagName === "BUTTON") return button(root);
  const labels = new Map<string, string>();
  let loose = "";
  const fields: QuickField[] = [];
  let submit = "";
  for (const el of root.querySelectorAll("label, input, textarea, select, button")) {
    const name = el.getAttribute("name") ?? el.id;
    if (el.tagName === "LABEL") {
      const to = el.getAttribute("for");
      loose = el.textContent.trim();
      if (to) labels.set(to, loose);
    } else if (el.tagName === "BUTTON") submit = el.textContent.trim();
    else if (name !== "") {
      fields.push({ ...field(el), name, label: labels.get(name) ?? labels.get(el.id) ?? (loose || name) });
      loose = "";
    }
  }
  return fields.length > 0 ? { kind: "form", json: root.getAttribute("data-format") === "json", fields, submit } : null;
}

function button(el: Element): Quick | null {
  const message = el.getAttribute("data-message") ?? "";
  return message.trim() === "" ? null : { kind: "button", text: el.textContent.trim() || message, message };
}

const kinds: { [type: string]: QuickField["kind"] } = { number: "number", checkbox: "checkbox", select: "select", date: "date", time: "time", hidden: "hidden" };

function field(el: Element): Omit<QuickField, "name" | "label"> {
  const type = (el.getAttribute("type") ?? "text").toLowerCase();
  const kind = el.tagName === "TEXTAREA" ? "paragraph" : el.tagName === "SELECT" ? "select" : (kinds[type] ?? "text");
  const options = el.tagName === "SELECT" ? [...el.querySelectorAll("option")].map((o) => o.textContent.trim()) : list(el.getAttribute("data-options"));
  const value = el.tagName === "TEXTAREA" ? el.textContent : (el.getAttribute("value") ?? "");
  return { kind, options, first: kind === "checkbox" ? (el.hasAttribute("checked") ? "true" : "") : value, required: el.hasAttribute("required"), placeholder: el.getAttribute("placeholder") ?? el.getAttribute("data-tip") ?? "" };
}

function list(text: string | null): string[] {
  try {
    const v: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(v) ? v.map(String) : [];
  } catch {
    return [];
  }
}

/** What a filled-in form says as the next message. */
export function formMessage(form: Extract<Quick, { kind: "form" }>, values: { [name: string]: string }): string {
  const value = (f: QuickField): string | number | boolean => {
    const v = values[f.name] ?? f.first;
    return f.kind === "checkbox" ? v === "true" : f.kind === "number" && v !== "" ? Number(v) : v;
  };
  if (form.json) return JSON.stringify(Object.fromEntries(form.fields.map((f) => [f.name, value(f)])));
  return form.fields.filter((f) => f.kind !== "hidden").map((f) => `${f.label}: ${String(value(f))}`).join("\n");
}
