import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";

/** Leaves the sign-in pages for where the person wanted to go. Nothing of an earlier person stays in the cache. */
export function useEnter(): (to?: string) => void {
  const client = useQueryClient();
  const router = useRouter();
  return (to = "/apps") => {
    client.clear();
    router.history.push(to);
  };
}
