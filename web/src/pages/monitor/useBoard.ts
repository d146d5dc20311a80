import { useQuery } from "@tanstack/react-query";
import { send } from "../../api/client";
import { keys } from "../../api/keys";
import type { BoardAnswer, MetricsAnswer } from "../../api/types";
import { useLastGood } from "../traces/useLastGood";
import type { Answered } from "./figures";
import { bodyOf, type Part } from "./questions";

export interface PartAnswer {
  /** The last answer there was, with what it answers. */
  data: Answered | undefined;
  error: unknown;
  refetch: () => void;
  /** Whether `data` answers the present question. */
  current: boolean;
}

/** The answer to some charts of the board; the last one stays while the next is awaited. */
export function usePart(part: Part | null, project: string): PartAnswer {
  const body = part && bodyOf(part);
  const { data, error, refetch, isPlaceholderData } = useQuery({
    queryKey: keys.metrics(body),
    queryFn: async ({ signal }): Promise<Answered | null> => {
      if (!part) return null;
      const answer = await send<BoardAnswer>("POST", "metrics/query", body, signal);
      const of: Record<string, MetricsAnswer> = {};
      for (const [n, name] of Object.keys(part.charts).entries()) {
        const chart = answer.charts[n];
        if (chart) of[name] = chart;
      }
      return { asked: part.asked, of };
    },
    enabled: part !== null,
    placeholderData: (before) => (before?.asked.project === project ? before : undefined),
  });
  const last = useLastGood(data ?? undefined, project);
  return { data: last, error, refetch, current: data != null && !isPlaceholderData };
}
