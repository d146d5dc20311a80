import { Link } from "@tanstack/react-router";
import { RowsLink } from "../../charts/RowsLink";
import { plural } from "../../format";
import { absolute } from "../../timeRange";
import type { BoardProps } from "./Board";
import type { BoardChart, Source } from "./board";
import {
  chartFigure,
  countsOf,
  groupedData,
  groupingOf,
  groupOf,
  titleOf,
  wholeData,
} from "./figures";
import { alertOn, behindOf, rowsBehind } from "./links";
import { MonitorChart } from "./MonitorChart";
import { conditionOf } from "./splits";

const NOUNS = {
  traces: "trace",
  users: "trace",
  calls: "call",
  guardrails: "hit",
  gateway: "call",
} as const;
/** Their lines are shares of more rows than lie behind them. */
const NARROWED: ReadonlySet<Source> = new Set<Source>(["guardrails", "gateway"]);

/** One chart of the board: its figure, its lines, and the way to the rows behind them. */
export function BoardCard({ chart, board }: { chart: BoardChart; board: BoardProps }) {
  const { project, state, range, onRange } = board;
  const whole = board[chart.source];
  const split = (whole.data ?? board.grouped.data)?.asked.split ?? null;
  const grouping = groupingOf(chart, split);
  const part = grouping ? board.grouped : whole;
  const answer = part.data?.of[grouping ? grouping.answer : "lines"];
  const asked = part.data?.asked;
  const now = Date.now();
  const data =
    !answer || !asked
      ? undefined
      : grouping
        ? groupedData(answer, asked, { ...chart, ...grouping }, now)
        : wholeData(answer, asked, chart, now);
  const totals = whole.data?.of.totals;
  const figure = totals && whole.data ? chartFigure(chart, totals, whole.data.asked) : null;
  const counts =
    grouping || !answer || !asked || NARROWED.has(chart.source)
      ? undefined
      : countsOf(answer, asked, chart.key === "errors" ? "error_count" : "count");
  const behind = behindOf(chart);
  const noun = NOUNS[chart.source];
  return (
    <MonitorChart
      id={chart.key}
      title={titleOf(chart, split)}
      figure={figure?.figure ?? null}
      change={figure?.change}
      more={figure?.more}
      data={data}
      error={data ? null : part.error}
      onRetry={part.refetch}
      tool={<RowsLink {...rowsBehind(project, state, range, behind)} />}
      alert={asked ? alertOn(chart, asked) : null}
      rows={(from, to, index) => (
        <Link {...rowsBehind(project, state, absolute(from, to), behind)}>
          {counts ? `Show the ${plural(counts[index] ?? 0, noun)}` : `Show the ${noun}s`}
        </Link>
      )}
      nameOf={
        grouping
          ? (series, from, to) => {
              const group = groupOf(series.key);
              if (!group) return null;
              const conditions = [conditionOf(grouping.by, group.value)];
              const link = { ...behind, conditions };
              return (
                <Link {...rowsBehind(project, state, absolute(from, to), link)}>
                  {series.label}
                </Link>
              );
            }
          : undefined
      }
      onRange={onRange}
    />
  );
}
