import { Link } from "@tanstack/react-router";
import { RowsLink } from "../../charts/RowsLink";
import { absolute } from "../../timeRange";
import type { BoardProps } from "./Board";
import { groupedData, groupOf, totalFigure } from "./figures";
import { alertLink, type Behind, rowsBehind } from "./links";
import { MonitorChart } from "./MonitorChart";
import classes from "./monitor.module.css";
import { FAILURES, failedRows } from "./questions";
import { conditionOf } from "./splits";

const FAILED: Behind = { source: "traces", narrowing: FAILURES };

/** Failed traces by the type of their error. */
export function Errors({ project, state, range, onRange, traces, grouped }: BoardProps) {
  const answer = grouped.data?.of.errorLines;
  const data =
    answer && grouped.data
      ? groupedData(
          answer,
          grouped.data.asked,
          { measure: "count", unit: "count", stacked: true, by: "error_type", label: "type" },
          Date.now(),
        )
      : undefined;
  const total =
    traces.data &&
    totalFigure(traces.data.of.totals, traces.data.asked, {
      measure: "error_count",
      unit: "count",
      rule: { as: "ratio", worse: "up" },
    });
  return (
    <div className={classes.whole}>
      <MonitorChart
        id="error-types"
        title="Failed traces by type of error"
        alert={
          grouped.data
            ? alertLink(project, {
                ...failedRows(grouped.data.asked.filter),
                name: "Failed traces by type of error",
                measure: "count",
                group_by: "error_type",
              })
            : null
        }
        figure={total?.figure ?? null}
        change={total?.change}
        data={data}
        error={data ? null : grouped.error}
        onRetry={grouped.refetch}
        tool={<RowsLink {...rowsBehind(project, state, range, FAILED)} />}
        rows={(from, to) => (
          <Link {...rowsBehind(project, state, absolute(from, to), FAILED)}>
            Show the failed traces
          </Link>
        )}
        nameOf={(series, from, to) => {
          const group = groupOf(series.key);
          if (!group) return null;
          const link = { ...FAILED, conditions: [conditionOf("error_type", group.value)] };
          return (
            <Link {...rowsBehind(project, state, absolute(from, to), link)}>{series.label}</Link>
          );
        }}
        onRange={onRange}
      />
    </div>
  );
}
