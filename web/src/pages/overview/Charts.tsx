import { Link } from "@tanstack/react-router";
import type { MetricsAnswer } from "../../api/types";
import { column, type MetricPoint, single, untilNow } from "../../charts/align";
import { ChartCard } from "../../charts/ChartCard";
import { buckets, type Interval, type Period, shifted } from "../../charts/period";
import { RowsLink } from "../../charts/RowsLink";
import type { ChartData, ChartSeries } from "../../charts/series";
import { plural } from "../../format";
import { absolute, intervalFor } from "../../timeRange";
import { tracesLink } from "./links";
import classes from "./overview.module.css";
import { countQuestion, linesQuestion } from "./questions";
import { useMetrics } from "./useMetrics";
import type { PeriodOfPage } from "./usePeriod";

interface Props {
  project: string;
  period: PeriodOfPage;
  /** When the oldest trace began: where "all time" starts. */
  begin: string | null;
}

/** Traces with errors, and latency, over the range and the one before. */
export function Charts({ project, period, begin }: Props) {
  const from = period.now.from ?? begin;
  const shown: Period | null = from
    ? { from: Date.parse(from), to: Date.parse(period.now.to) }
    : null;
  const amount = useMetrics(shown && countQuestion(project, period.now));
  const interval =
    shown && (amount.data || amount.error)
      ? intervalFor(shown.from, shown.to, barsFor(single(pointsOf(amount.data), "count")))
      : null;
  const earlier = shown && interval && period.earlier ? shifted(shown, interval) : null;
  const now = useMetrics(shown && interval ? linesQuestion(project, shown, interval) : null);
  const before = useMetrics(earlier && interval ? linesQuestion(project, earlier, interval) : null);
  const data =
    shown && interval && now.data
      ? chartsOf(shown, interval, now.data, earlier ? before.data : undefined, {
          shift: earlier?.shift ?? 0,
          words: period.against,
        })
      : undefined;
  const zoom = (a: number, b: number) => period.choose(absolute(a, b));
  const rows = (a: number, b: number, index: number) => (
    <Link {...tracesLink(project, absolute(a, b))}>
      Show the {plural(data?.traces.series[0]?.values[index] ?? 0, "trace")}
    </Link>
  );
  const common = {
    error: now.error,
    onRetry: now.refetch,
    group: "overview",
    onRange: zoom,
    rows,
  };
  return (
    <div className={classes.charts}>
      <div className={classes.chart}>
        <ChartCard
          {...common}
          title="Traces and errors"
          data={data?.traces}
          tool={<RowsLink {...tracesLink(project, period.range)} />}
        />
      </div>
      <div className={classes.chart}>
        <ChartCard
          {...common}
          title="Latency"
          data={data?.latency}
          tool={<RowsLink {...tracesLink(project, period.range, { order: "-duration_ms" })} />}
        />
      </div>
    </div>
  );
}

function chartsOf(
  period: Period,
  interval: Interval,
  now: MetricsAnswer,
  before: MetricsAnswer | undefined,
  against: { shift: number; words: string },
): { traces: ChartData; latency: ChartData } {
  const starts = buckets(period, interval);
  const points = pointsOf(now);
  const earlier = before && pointsOf(before);
  const line = (measure: string, absent: 0 | null) =>
    untilNow(column(points, measure, starts, absent), starts, interval.ms, Date.now());
  const ghost = (measure: string, absent: 0 | null) =>
    earlier &&
    column(
      earlier,
      measure,
      starts.map((start) => start - against.shift),
      absent,
    );
  const traces: ChartSeries[] = [
    {
      key: "traces",
      label: "traces",
      token: "s1",
      filled: true,
      values: line("count", 0),
      before: ghost("count", 0),
    },
    {
      key: "errors",
      label: "errors",
      token: "err-fill",
      filled: true,
      values: line("error_count", 0),
    },
  ];
  const latency: ChartSeries[] = [
    { key: "p50", label: "p50", token: "s1", values: line("p50(duration_ms)", null) },
    {
      key: "p99",
      label: "p99",
      token: "s5",
      values: line("p99(duration_ms)", null),
      before: ghost("p99(duration_ms)", null),
    },
  ];
  return {
    traces: { starts, interval, unit: "count", series: traces, beforeLabel: against.words },
    latency: { starts, interval, unit: "ms", series: latency, beforeLabel: against.words },
  };
}

function pointsOf(answer: MetricsAnswer | undefined): MetricPoint[] {
  return answer?.series[0]?.points ?? [];
}

/** Few traces are cut coarser: a line of single traces and gaps tells nothing. */
function barsFor(traces: number | null): number {
  return Math.min(96, Math.max(24, (traces ?? 0) / 3));
}
