import { useQuery } from "@tanstack/react-query";
import { get } from "./client";
import { keys } from "./keys";
import type { Page, Trace } from "./types";

/** The oldest trace of a project: none means that nothing ever arrived. */
export function useFirstTraceEver(project: string) {
  const params = { project, order_by: "start_time", limit: 1 };
  return useQuery({
    queryKey: keys.list("traces", params),
    queryFn: ({ signal }) => get<Page<Trace>>("traces", params, signal),
    staleTime: 60_000,
    // Onboarding gives way to the page once something is there.
    refetchInterval: (query) => (query.state.data?.items.length === 0 ? 15_000 : false),
  });
}
