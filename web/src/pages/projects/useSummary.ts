import { useQuery } from "@tanstack/react-query";
import { send } from "../../api/client";
import { keys } from "../../api/keys";
import type { MetricsAnswer } from "../../api/types";
import type { Period } from "../../charts/period";
import { type Summary, summaryOf, summaryQuestion } from "./summary";

const HOUR = 3_600_000;
const INTERVAL = { name: "6h", ms: 6 * HOUR };

/** The seven days that the list shows; ends on a bucket, so that all rows share one question. */
export function lastWeek(now: number): Period {
  const to = Math.ceil(now / INTERVAL.ms) * INTERVAL.ms;
  return { from: to - 7 * 24 * HOUR, to };
}

/** The week of a project; undefined until it is there, null when it cannot be had. */
export function useSummary(project: string, week: Period): Summary | null | undefined {
  const question = summaryQuestion(project, week, INTERVAL);
  const { data, error } = useQuery({
    queryKey: keys.metrics(question),
    queryFn: ({ signal }) => send<MetricsAnswer>("POST", "metrics/query", question, signal),
    staleTime: 60_000,
  });
  if (error) return null; // names and settings stand without their figures
  return data && summaryOf(data, week, INTERVAL);
}
