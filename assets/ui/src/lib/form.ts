// Checks of forms, pure. Each gives the key of the sentence to show, or undefined where nothing is wrong.

export const MIN_PASSWORD = 8;

export function emailProblem(v: string): "form.required" | "form.email" | undefined {
  if (v.trim() === "") return "form.required";
  return /^[^\s@]+@[^\s@]+$/.test(v.trim()) ? undefined : "form.email";
}

export function passwordProblem(v: string): "form.required" | "form.password" | undefined {
  if (v === "") return "form.required";
  return Array.from(v).length >= MIN_PASSWORD ? undefined : "form.password";
}

export function required(v: string): "form.required" | undefined {
  return v.trim() === "" ? "form.required" : undefined;
}

export function urlProblem(v: string): "form.required" | "form.url" | undefined {
  if (v.trim() === "") return "form.required";
  try {
    const u = new URL(v.trim());
    return u.protocol === "http:" || u.protocol === "https:" ? undefined : "form.url";
  } catch {
    return "form.url";
  }
}
