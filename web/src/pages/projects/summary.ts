/** Figures and lines of each project, from two questions over all of them. */

import type { MetricsAnswer, MetricsQuestion } from "../../api/types";
import { column, single } from "../../charts/align";
import { buckets, type Interval, type Period } from "../../charts/period";

export interface Summary {
  traces: number;
  errorShare: number | null;
  p50: number | null;
  cost: number | null;
  line: (number | null)[];
}

const MEASURES = ["count", "error_count", "p50(duration_ms)", "sum(cost.total)"];

export function summaryQuestion(period: Period): MetricsQuestion {
  return { ...base(period), measures: MEASURES };
}

export function linesQuestion(period: Period, interval: Interval): MetricsQuestion {
  return { ...base(period), measures: ["count"], interval: interval.name };
}

function base(period: Period) {
  return {
    from: new Date(period.from).toISOString(),
    to: new Date(period.to).toISOString(),
    scope: "traces" as const,
    group_by: ["project"],
    limit: 1000,
  };
}

/** By name; a project without traces in the period is absent. */
export function summaries(
  totals: MetricsAnswer,
  lines: MetricsAnswer | undefined,
  period: Period,
  interval: Interval,
): Map<string, Summary> {
  const starts = buckets(period, interval);
  const found = new Map<string, Summary>();
  for (const { group, points } of totals.series) {
    const name = group.project;
    if (!name) continue;
    const traces = single(points, "count") ?? 0;
    const own = lines?.series.find((one) => one.group.project === name);
    found.set(name, {
      traces,
      errorShare: traces === 0 ? null : (single(points, "error_count") ?? 0) / traces,
      p50: single(points, "p50(duration_ms)"),
      cost: single(points, "sum(cost.total)"),
      line: own ? column(own.points, "count", starts, 0) : [],
    });
  }
  return found;
}
