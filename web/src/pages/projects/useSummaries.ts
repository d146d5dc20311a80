import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { send } from "../../api/client";
import { keys } from "../../api/keys";
import type { MetricsAnswer } from "../../api/types";
import type { Period } from "../../charts/period";
import { linesQuestion, type Summary, summaries, summaryQuestion } from "./summary";

const HOUR = 3_600_000;
const INTERVAL = { name: "6h", ms: 6 * HOUR };

/** The last week of every project by name, in two questions however many projects there are. */
export function useSummaries(): Map<string, Summary> | undefined {
  const [period] = useState<Period>(() => {
    const to = Math.ceil(Date.now() / INTERVAL.ms) * INTERVAL.ms;
    return { from: to - 7 * 24 * HOUR, to };
  });
  const totals = useAnswer(summaryQuestion(period));
  const lines = useAnswer(linesQuestion(period, INTERVAL));
  if (totals.error) return new Map(); // names and settings stand without their figures
  return totals.data && summaries(totals.data, lines.data, period, INTERVAL);
}

function useAnswer(question: ReturnType<typeof summaryQuestion>) {
  return useQuery({
    queryKey: keys.metrics(question),
    queryFn: ({ signal }) => send<MetricsAnswer>("POST", "metrics/query", question, signal),
    placeholderData: keepPreviousData,
  });
}
