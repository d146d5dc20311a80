import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { send } from "../../api/client";
import { keys } from "../../api/keys";
import type { MetricsAnswer, MetricsQuestion } from "../../api/types";

/** The answer to a question, kept on the screen while the next minute's is fetched. */
export function useMetrics(question: MetricsQuestion | null) {
  return useQuery({
    queryKey: keys.metrics(question),
    queryFn: ({ signal }) => send<MetricsAnswer>("POST", "metrics/query", question, signal),
    enabled: question !== null,
    placeholderData: keepPreviousData,
  });
}
