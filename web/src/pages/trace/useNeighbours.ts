/** The traces before and after one: in the list it was opened from, else by time. */
import { useQuery } from "@tanstack/react-query";
import { get } from "../../api/client";
import type { Page, Trace } from "../../api/types";
import type { Neighbours } from "../../openedFrom";

interface Around {
  before: string | null;
  after: string | null;
}

/** Lists begin with the newest: before is the next newer trace, after the next older one. */
export function useNeighbours(
  project: string,
  trace: Trace | null,
  known: Neighbours | null,
): Around {
  const near = useQuery({
    queryKey: ["neighbours", project, trace?.trace_id],
    enabled: trace !== null && known === null,
    staleTime: 60_000,
    retry: false,
    queryFn: async ({ signal }): Promise<Around> => {
      const start = (trace as Trace).start_time;
      const ask = (params: Record<string, string>) =>
        get<Page<Trace>>("traces", { project, limit: 2, ...params }, signal);
      const [newer, older] = await Promise.all([
        ask({ from: start, order_by: "start_time" }),
        ask({ to: start, order_by: "-start_time" }),
      ]);
      const other = (page: Page<Trace>) =>
        page.items.find((one) => one.trace_id !== trace?.trace_id)?.trace_id ?? null;
      return { before: other(newer), after: other(older) };
    },
  });
  if (known) return { before: known.before, after: known.after };
  return near.data ?? { before: null, after: null };
}
