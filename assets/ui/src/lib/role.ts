import type { Role } from "@/api/types";

const rank: Record<Role, number> = { member: 1, editor: 2, admin: 3, owner: 4 };

/** Whether one who has `role` may do what `min` may. */
export function atLeast(role: Role, min: Role): boolean {
  return rank[role] >= rank[min];
}
