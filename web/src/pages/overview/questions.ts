/** What the overview asks of `POST /metrics/query`. */

import type { MetricsQuestion } from "../../api/types";
import type { Interval, Period } from "../../charts/period";
import { scoreField } from "./filters";

export interface Span {
  from: string | null;
  to: string;
}

const TOTALS = [
  "count",
  "error_count",
  "p50(duration_ms)",
  "p99(duration_ms)",
  "sum(cost.total)",
  "sum(usage.total_tokens)",
];

function ask(project: string, span: Span, rest: Partial<MetricsQuestion>): MetricsQuestion {
  return {
    project,
    from: span.from ?? undefined,
    to: span.to,
    scope: "traces",
    measures: ["count"],
    ...rest,
  };
}

/** The sums behind the figures; with a score, its mean and in how many traces it stands. */
export function totalsQuestion(project: string, span: Span, score: string | null): MetricsQuestion {
  const measures = score === null ? TOTALS : [...TOTALS, mean(score), counted(score)];
  return ask(project, span, { measures });
}

export function mean(score: string): string {
  return `avg(${scoreField(score)})`;
}

export function counted(score: string): string {
  return `count(${scoreField(score)})`;
}

/** How many traces there are. */
export function countQuestion(project: string, span: Span): MetricsQuestion {
  return ask(project, span, {});
}

/** The lines of both charts. */
export function linesQuestion(
  project: string,
  period: Period,
  interval: Interval,
): MetricsQuestion {
  const span = { from: iso(period.from), to: iso(period.to) };
  return ask(project, span, {
    interval: interval.name,
    measures: ["count", "error_count", "p50(duration_ms)", "p99(duration_ms)"],
  });
}

const TOP = 6;

/** Models by what their calls cost; a span that only repeats another's usage costs nothing here. */
export function modelsQuestion(project: string, span: Span): MetricsQuestion {
  return ask(project, span, {
    scope: "spans",
    measures: ["sum(cost.total)", "count", "sum(usage.total_tokens)"],
    group_by: ["model"],
    filter: 'kind in ("llm", "embedding", "reranker") and model exists',
    limit: TOP,
  });
}

export function usersQuestion(project: string, span: Span): MetricsQuestion {
  return ask(project, span, {
    measures: ["sum(cost.total)", "count", "sum(usage.total_tokens)"],
    group_by: ["user_id"],
    filter: "user_id exists",
    limit: TOP,
  });
}

export function errorsQuestion(project: string, span: Span): MetricsQuestion {
  return ask(project, span, {
    scope: "spans",
    measures: ["count"],
    group_by: ["error_type", "name"],
    filter: 'status = "error"',
    limit: 200,
  });
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
