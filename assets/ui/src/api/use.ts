// The two hooks that features use: a query that throws ApiError, and a command that invalidates its row of `touches`.
import type { InfiniteData, QueryKey, UseInfiniteQueryResult, UseMutationResult, UseQueryResult } from "@tanstack/react-query";
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ApiError } from "./client";

export interface ReadOptions {
  enabled?: boolean;
  /** Polls every so many milliseconds while it is not 0. */
  every?: number;
  /** Keeps showing the last answer while the next one (another search, say) is on its way. */
  keep?: boolean;
  stale?: number;
}

export function useRead<T>(key: QueryKey, read: () => Promise<T>, o: ReadOptions = {}): UseQueryResult<T, ApiError> {
  return useQuery<T, ApiError>({
    queryKey: key,
    queryFn: read,
    enabled: o.enabled ?? true,
    refetchInterval: o.every ? o.every : false,
    ...(o.stale !== undefined ? { staleTime: o.stale } : {}),
    ...(o.keep ? { placeholderData: keepPreviousData } : {}),
  });
}

interface PageOf<T> {
  data: T[];
  total: number;
}

/** How a long list is read page by page: for usePages, and for whoever reads its first page ahead. */
export function pagesOf<T>(key: QueryKey, read: (page: number) => Promise<PageOf<T>>) {
  return {
    queryKey: [...key, "pages"],
    queryFn: ({ pageParam }: { pageParam: number }) => read(pageParam),
    initialPageParam: 1,
    getNextPageParam: (_last: PageOf<T>, all: PageOf<T>[]) => (all.reduce((n, p) => n + p.data.length, 0) < (all[all.length - 1]?.total ?? 0) ? all.length + 1 : undefined),
  };
}

/** A long list, read page by page; what was read stays. */
export function usePages<T>(key: QueryKey, read: (page: number) => Promise<PageOf<T>>): UseInfiniteQueryResult<InfiniteData<PageOf<T>>, ApiError> {
  return useInfiniteQuery<PageOf<T>, ApiError, InfiniteData<PageOf<T>>, QueryKey, number>({ ...pagesOf(key, read), placeholderData: keepPreviousData });
}

export function useCommand<In, Out>(
  run: (input: In) => Promise<Out>,
  touched: readonly QueryKey[],
  after?: (out: Out, input: In) => void,
): UseMutationResult<Out, ApiError, In> {
  const client = useQueryClient();
  return useMutation<Out, ApiError, In>({
    mutationFn: run,
    onSuccess: async (out, input) => {
      await Promise.all(touched.map((queryKey) => client.invalidateQueries({ queryKey })));
      after?.(out, input);
    },
  });
}
