import { members } from "@/api/console";
import { keys } from "@/api/keys";
import { useRead } from "@/api/use";

/** The name of a member by id; empty where there is none. In the debug chat, members are end users under their ids. */
export function useNameOf(): (id: string) => string {
  const list = useRead(keys.members, () => members.list(), { stale: 60_000 });
  return (id) => list.data?.data.find((m) => m.id === id)?.name ?? "";
}
