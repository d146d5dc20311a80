/** The sessions before and after one, by time: newest first, as the list has them. */
import { useQuery } from "@tanstack/react-query";
import { get } from "../../api/client";
import type { Page, Session } from "../../api/types";

interface Around {
  before: string | null;
  after: string | null;
}

export function useSessionNeighbours(project: string, session: Session | undefined): Around {
  const near = useQuery({
    queryKey: ["session-neighbours", project, session?.session_id],
    enabled: session !== undefined,
    staleTime: 60_000,
    retry: false,
    queryFn: async ({ signal }): Promise<Around> => {
      const start = (session as Session).start_time;
      const ask = (params: Record<string, string>) =>
        get<Page<Session>>("sessions", { project, limit: 2, ...params }, signal);
      const [newer, older] = await Promise.all([
        ask({ filter: `start_time >= "${start}"`, order_by: "start_time" }),
        ask({ filter: `start_time <= "${start}"`, order_by: "-start_time" }),
      ]);
      const other = (page: Page<Session>) =>
        page.items.find((one) => one.session_id !== session?.session_id)?.session_id ?? null;
      return { before: other(newer), after: other(older) };
    },
  });
  return near.data ?? { before: null, after: null };
}
