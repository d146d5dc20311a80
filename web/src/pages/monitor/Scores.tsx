import { Link } from "@tanstack/react-router";
import { RowsLink } from "../../charts/RowsLink";
import { count, plural } from "../../format";
import { Skeleton } from "../../parts/states";
import { absolute } from "../../timeRange";
import { scoreField } from "../overview/filters";
import { counted, mean } from "../overview/questions";
import type { BoardProps } from "./Board";
import { countsOf, totalFigure, wholeData } from "./figures";
import { alertLink, rowsBehind } from "./links";
import { MonitorChart } from "./MonitorChart";
import classes from "./monitor.module.css";
import { rowsOf } from "./questions";

/** The mean of each score over time, whoever gave it. */
export function Scores(board: BoardProps) {
  const { scoreNames, project } = board;
  if (scoreNames === undefined) return <Skeleton height={120} />;
  if (scoreNames.length === 0)
    return (
      <p className={classes.nothing}>
        No trace of this time has a score. People give them on a trace or in your application,
        evaluators by <Link {...{ to: "/p/$project/evaluators", params: { project } }}>rules</Link>.
      </p>
    );
  return scoreNames.map((name) => <ScoreCard key={name} name={name} board={board} />);
}

function ScoreCard({ name, board }: { name: string; board: BoardProps }) {
  const { project, state, range, onRange, scores } = board;
  const { lines, totals } = scores.data?.of ?? {};
  const asked = scores.data?.asked;
  const measure = mean(name);
  const line = { label: "mean", token: "s1", measure, ghost: true };
  const data =
    lines && asked
      ? wholeData(lines, asked, { lines: [line], unit: "score" }, Date.now())
      : undefined;
  const look = { unit: "score", rule: { as: "difference", worse: "down" } } as const;
  const total = asked && totalFigure(totals, asked, { ...look, measure, suffix: "mean" });
  const number = totals?.series[0]?.points[0]?.[counted(name)];
  const counts = asked && countsOf(lines, asked, counted(name));
  const behind = { source: "traces", narrowing: `${scoreField(name)} exists` } as const;
  return (
    <MonitorChart
      id={`score-${name}`}
      title={name}
      alert={
        asked
          ? alertLink(project, { ...rowsOf("traces", asked.filter), name: `Mean ${name}`, measure })
          : null
      }
      figure={total?.figure ?? null}
      change={total?.change}
      more={typeof number === "number" ? `n = ${count(number)}` : undefined}
      data={data}
      error={data ? null : scores.error}
      onRetry={scores.refetch}
      tool={<RowsLink {...rowsBehind(project, state, range, behind)} />}
      rows={(from, to, index) => (
        <Link {...rowsBehind(project, state, absolute(from, to), behind)}>
          Show the {plural(counts?.[index] ?? 0, "trace")}
        </Link>
      )}
      onRange={onRange}
    />
  );
}
