import { auth } from "@/api/console";
import { keys } from "@/api/keys";
import type { Me, Role } from "@/api/types";
import { useRead } from "@/api/use";
import { atLeast } from "@/lib/role";

/** The signed-in person; pages inside the frame always have one. */
export function useMe(): Me | undefined {
  return useRead(keys.me, auth.me, { stale: 60_000 }).data;
}

export function useMay(min: Role): boolean {
  const me = useMe();
  return me ? atLeast(me.user.role, min) : false;
}
