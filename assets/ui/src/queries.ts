import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "@/api/client";

/** Retries only what may go right the second time: the server was away, or asked to wait a moment. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (n, err) => err instanceof ApiError && (err.code === "network" || err.status === 503) && n < 2,
      retryDelay: (n) => 400 * 2 ** n,
      networkMode: "always", // an air-gapped machine may believe that it is offline
    },
    mutations: { retry: false, networkMode: "always" },
  },
});
