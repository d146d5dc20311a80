import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { get } from "../../api/client";
import type { Page, Trace } from "../../api/types";

export interface Arrived {
  project: string;
  traceId: string;
  name: string;
  /** Milliseconds from the opening of the page. */
  after: number;
}

/** Asks every second and a half for a trace that arrived since the page was opened, in any project. */
export function useFirstTrace(): {
  waited: number;
  trace: Arrived | null;
  /** The last question was not answered. */
  lost: boolean;
} {
  const [opened] = useState(() => Date.now());
  const waited = useSeconds(opened);
  const since = new Date(opened).toISOString();
  const { data, failureCount } = useQuery({
    queryKey: ["first-trace", since],
    queryFn: async ({ signal }): Promise<Arrived | null> => {
      const params = { filter: `first_seen_at >= ${since}`, limit: 1 };
      const { items } = await get<Page<Trace>>("traces", params, signal);
      const trace = items[0];
      if (!trace) return null;
      const seen = trace.first_seen_at ? Date.parse(trace.first_seen_at) : Date.now();
      return {
        project: trace.project,
        traceId: trace.trace_id,
        name: trace.name,
        after: Math.max(seen - opened, 1),
      };
    },
    refetchInterval: (query) => (query.state.data ? false : 1500),
  });
  return { waited, trace: data ?? null, lost: failureCount > 0 };
}

/** Whole seconds since then. */
function useSeconds(since: number): number {
  const [now, setNow] = useState(since);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return Math.max(0, Math.floor((now - since) / 1000));
}
