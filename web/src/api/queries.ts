/** The cache of all answers, for pages and for routes that ask before their page is there. */
import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./client";

export const queries = new QueryClient({
  defaultOptions: {
    // The server may stand on this machine: without any network it answers all the same.
    mutations: { networkMode: "always" },
    queries: {
      networkMode: "always",
      staleTime: 15_000,
      refetchOnWindowFocus: false,
      retry: (times, error) => times < 1 && error instanceof ApiError && error.status === 0,
    },
  },
});
