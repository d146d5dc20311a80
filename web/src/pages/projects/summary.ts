/** The week of a project: one question, its sums and its line. */

import type { MetricPoint, MetricsAnswer, MetricsQuestion } from "../../api/types";
import { column } from "../../charts/align";
import { buckets, type Interval, type Period } from "../../charts/period";

export interface Summary {
  traces: number;
  errorShare: number | null;
  /** Null where no trace has any. */
  tokens: number | null;
  cost: number | null;
  line: (number | null)[];
}

export function summaryQuestion(
  project: string,
  period: Period,
  interval: Interval,
): MetricsQuestion {
  return {
    project,
    from: new Date(period.from).toISOString(),
    to: new Date(period.to).toISOString(),
    scope: "traces",
    measures: ["count", "error_count", "sum(usage.total_tokens)", "sum(cost.total)"],
    interval: interval.name,
  };
}

export function summaryOf(answer: MetricsAnswer, period: Period, interval: Interval): Summary {
  const points = answer.series[0]?.points ?? [];
  const traces = total(points, "count") ?? 0;
  return {
    traces,
    errorShare: traces === 0 ? null : (total(points, "error_count") ?? 0) / traces,
    tokens: total(points, "sum(usage.total_tokens)"),
    cost: total(points, "sum(cost.total)"),
    line: column(points, "count", buckets(period, interval), 0),
  };
}

/** The sum over all points that know the measure; null when none does. */
function total(points: readonly MetricPoint[], measure: string): number | null {
  const known = points.map((point) => point[measure]).filter((value) => typeof value === "number");
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}
