import { column, untilNow } from "../../charts/align";
import { ChartCard } from "../../charts/ChartCard";
import { buckets } from "../../charts/period";
import { absolute, closedBounds, intervalFor, type TimeRange } from "../../timeRange";
import { useMetrics } from "../overview/useMetrics";
import { filterOf, type OfUser } from "./ofUser";
import classes from "./users.module.css";

interface Props extends OfUser {
  onRange: (range: TimeRange) => void;
}

/** The user's traces and failures over time; not drawn over all time, which has no beginning. */
export function UserChart({ project, userId, range, onRange }: Props) {
  const { from, to } = closedBounds(range);
  const period = from ? { from: Date.parse(from), to: Date.parse(to) } : null;
  const interval = period && intervalFor(period.from, period.to);
  const { data, error, refetch } = useMetrics(
    from && interval
      ? {
          project,
          from,
          to,
          scope: "traces",
          measures: ["count", "error_count"],
          interval: interval.name,
          filter: filterOf(userId),
        }
      : null,
  );
  if (!period || !interval) return null;
  const starts = buckets(period, interval);
  const points = data?.series[0]?.points ?? [];
  const line = (measure: string) =>
    untilNow(column(points, measure, starts, 0), starts, interval.ms, Date.now());
  const series = [
    { key: "traces", label: "traces", token: "s1", filled: true, values: line("count") },
    {
      key: "errors",
      label: "errors",
      token: "err-fill",
      filled: true,
      values: line("error_count"),
    },
  ];
  return (
    <div className={classes.chart}>
      <ChartCard
        title="Traces and errors"
        group="user"
        data={data && { starts, interval, unit: "count", series }}
        error={error}
        onRetry={refetch}
        onRange={(a, b) => onRange(absolute(a, b))}
      />
    </div>
  );
}
