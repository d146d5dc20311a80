import { Link } from "@tanstack/react-router";
import { CardHead } from "../../charts/CardHead";
import charts from "../../charts/charts.module.css";
import { RowsLink } from "../../charts/RowsLink";
import { is } from "../../filter/conditions";
import { count, duration, percent, UNKNOWN } from "../../format";
import { KindIcon } from "../../parts/KindIcon";
import { ErrorState, Skeleton } from "../../parts/states";
import { absolute } from "../../timeRange";
import type { BoardProps } from "./Board";
import { groupedData, groupOf, totalFigure } from "./figures";
import { alertLink, type Behind, rowsBehind } from "./links";
import { MonitorChart } from "./MonitorChart";
import classes from "./monitor.module.css";
import { spansOf, TOOLS } from "./questions";
import { type ToolRow, toolRows } from "./toolRows";

const USED: Behind = { source: "tools", narrowing: TOOLS };
const BAD = 0.05; // a share of failures that is worth a second look

/** Which tools and retrievers are called, how often they fail, and how long they take. */
export function Tools(board: BoardProps) {
  const { project, state, range, calls, grouped, onRange } = board;
  const answer = grouped.data?.of.toolLines;
  const asked = calls.data?.asked;
  const figureOf = (measure: string, look: { unit: "count" | "ms"; worse: "up" | null }) =>
    asked
      ? totalFigure(calls.data?.of.tools, asked, {
          measure,
          unit: look.unit,
          rule: { as: "ratio", worse: look.worse },
        })
      : null;
  const used = figureOf("count", { unit: "count", worse: null });
  const slow = figureOf("p95(duration_ms)", { unit: "ms", worse: "up" });
  const data =
    answer && grouped.data
      ? groupedData(
          answer,
          grouped.data.asked,
          { measure: "p95(duration_ms)", unit: "ms", by: "name", label: "name" },
          Date.now(),
        )
      : undefined;
  return (
    <>
      <section className={charts.card} aria-label="Calls by tool">
        <CardHead
          title="Calls by tool"
          level={3}
          figure={used?.figure ?? null}
          change={used?.change}
          tools={<RowsLink {...rowsBehind(project, state, range, USED)} />}
        />
        <ToolTable {...board} />
      </section>
      <MonitorChart
        id="tool-p95"
        title="p95 by tool"
        alert={
          asked
            ? alertLink(project, {
                name: "p95 by tool",
                scope: "spans",
                filter: spansOf(TOOLS, asked.filter),
                measure: "p95(duration_ms)",
                group_by: "name",
              })
            : null
        }
        figure={slow?.figure ?? null}
        change={slow?.change}
        data={data}
        error={data ? null : grouped.error}
        onRetry={grouped.refetch}
        tool={<RowsLink {...rowsBehind(project, state, range, USED)} />}
        rows={(from, to) => (
          <Link {...rowsBehind(project, state, absolute(from, to), USED)}>Show the calls</Link>
        )}
        nameOf={(series, from, to) => {
          const name = groupOf(series.key)?.value;
          if (!name) return null;
          const link = { ...USED, conditions: [is("name", name)] };
          return (
            <Link {...rowsBehind(project, state, absolute(from, to), link)}>{series.label}</Link>
          );
        }}
        onRange={onRange}
      />
    </>
  );
}

function ToolTable({ project, state, range, grouped }: BoardProps) {
  const answer = grouped.data?.of.toolRows;
  if (grouped.error && !answer)
    return <ErrorState error={grouped.error} onRetry={grouped.refetch} />;
  if (!answer) return <Skeleton height={170} />;
  const rows = toolRows(answer);
  if (rows.length === 0) return <p className={classes.nothing}>No tool was called in this time.</p>;
  const linkOf = ({ kind, name }: ToolRow) =>
    rowsBehind(project, state, range, {
      source: "tools",
      conditions: [is("kind", kind), is("name", name)],
    });
  return (
    <table className={`${charts.table} ${classes.tools}`}>
      <thead>
        <tr>
          <th scope="col">Tool</th>
          <th scope="col">Calls</th>
          <th scope="col">Failed</th>
          <th scope="col">p95</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.key}>
            <td>
              <span className={classes.tool}>
                <KindIcon kind={row.kind} />
                <Link {...linkOf(row)} className="ellipsis" title={row.name}>
                  {row.name || UNKNOWN}
                </Link>
              </span>
            </td>
            <td>{count(row.calls)}</td>
            <td data-bad={(row.errors ?? 0) >= BAD || undefined}>{percent(row.errors)}</td>
            <td>{duration(row.p95)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
