import type { Role } from "@/api/types";

export const roles = ["owner", "admin", "editor", "member"] as const satisfies readonly Role[];

/** The roles that somebody may give to others: only the owner makes admins, and owners are made by handing over. */
export function grantable(mine: Role): Role[] {
  return mine === "owner" ? ["admin", "editor", "member"] : ["editor", "member"];
}
