import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { ApiError } from "../../../api/client";
import { ChartCard } from "../../../charts/ChartCard";
import { RowsLink } from "../../../charts/RowsLink";
import type { ChartSeries } from "../../../charts/series";
import type { Condition } from "../../../filter/conditions";
import { absolute, type TimeRange } from "../../../timeRange";
import { Markdown } from "../../../trace/parts/Markdown";
import type { TableState } from "../../traces/state";
import { groupOf } from "../figures";
import { rowsBehind } from "../links";
import type { Asked } from "../questions";
import { conditionOf } from "../splits";
import { type PartAnswer, usePart } from "../useBoard";
import { Buckets } from "./Buckets";
import classes from "./dashboards.module.css";
import { FigureBody } from "./FigureBody";
import { GroupTable } from "./GroupTable";
import { isOverTime, type Panel } from "./model";
import { PanelCard } from "./PanelCard";
import { bucketUnit, chartData, fieldOf, heatData, measureName } from "./panelData";
import { behindOf, linesOf, panelsPart, splitOf } from "./panelQuestions";

export interface PanelBoard {
  state: TableState;
  /** Of the page, as its address says it. */
  range: TimeRange;
  onRange: (from: number, to: number) => void;
  /** What is asked within; null while it is not known from when. */
  asked: Asked | null;
  /** The answer to the questions of all panels. */
  answer: PartAnswer;
  /** Whether it is that of more than one. */
  shared: boolean;
}

interface Props {
  panel: Panel;
  board: PanelBoard;
  /** Below its title, in pixels. */
  height: number;
  menu?: ReactNode;
}

/** One panel: its question's answer, drawn as its kind is drawn. */
export function PanelView({ panel, board, height, menu }: Props) {
  const { state, range, onRange, asked } = board;
  // A question that cannot be answered fails those asked with it: then each asks for itself.
  const alone = board.shared && isMistake(board.answer.error);
  const project = asked?.project ?? "";
  const own = usePart(
    alone && asked && panel.question ? panelsPart([panel], asked) : null,
    project,
  );
  const part = alone ? own : board.answer;
  const title = titleOf(panel, asked);
  const card = { title, height, menu };
  if (panel.kind === "text")
    return (
      <PanelCard {...card} bare={!panel.title}>
        <div className={classes.text}>
          <Markdown text={panel.options.text ?? ""} />
        </div>
      </PanelCard>
    );

  const answer = part.data?.of[panel.id];
  const answered = part.data?.asked;
  const behind = behindOf(panel);
  const link = (within: TimeRange, conditions: readonly Condition[] = []) =>
    rowsBehind(project, state, within, { ...behind, conditions });
  const rows = <RowsLink {...link(range)} />;
  // What was drawn before stays, unless it answers another question.
  const failed = {
    error: answer && !isMistake(part.error) ? null : part.error,
    onRetry: part.refetch,
  };

  if (isOverTime(panel.kind)) {
    const by = splitOf(panel, answered?.split ?? null);
    const heat = panel.kind === "heatmap";
    const data =
      answer && answered
        ? heat
          ? heatData(panel, answer, answered)
          : chartData(panel, answer, answered, Date.now())
        : undefined;
    const conditionsOf = ({ key }: ChartSeries): Condition[] | null => {
      if (heat) return [within(fieldOf(panel.question?.measures[0] ?? ""), JSON.parse(key))];
      const group = by ? groupOf(key) : undefined;
      return by && group ? [conditionOf(by.field, group.value)] : null;
    };
    return (
      <ChartCard
        {...card}
        {...failed}
        level={3}
        data={data}
        group="monitor"
        tool={rows}
        rows={(from, to) => <Link {...link(absolute(from, to))}>Show the {noun(panel)}</Link>}
        nameOf={(series, from, to) => {
          const conditions = conditionsOf(series);
          if (!conditions) return null;
          return <Link {...link(absolute(from, to), conditions)}>{series.label}</Link>;
        }}
        onRange={onRange}
      />
    );
  }
  return (
    <PanelCard {...card} {...failed} loading={!answer || !answered} tool={rows}>
      {answer && answered && panel.kind === "histogram" && (
        <Buckets
          title={title}
          answer={answer}
          measure={panel.question?.measures[0] ?? ""}
          unit={bucketUnit(panel)}
          height={height}
          linkOf={(bucket) =>
            link(range, [within(fieldOf(panel.question?.measures[0] ?? ""), bucket)])
          }
        />
      )}
      {answer && answered && panel.kind === "table" && (
        <GroupTable
          panel={panel}
          answer={answer}
          linkOf={(group) =>
            link(
              range,
              Object.entries(group).map(([field, value]) => conditionOf(field, value)),
            )
          }
        />
      )}
      {answer && answered && panel.kind === "figure" && (
        <FigureBody
          panel={panel}
          total={answer}
          lines={part.data?.of[linesOf(panel.id)]}
          asked={answered}
        />
      )}
    </PanelCard>
  );
}

/** Whether a question can never be answered, however often it is asked. */
export function isMistake(error: unknown): boolean {
  return error instanceof ApiError && error.status === 400;
}

function titleOf(panel: Panel, asked: Asked | null): string {
  const [measure = ""] = panel.question?.measures ?? [];
  if (!panel.title) return panel.kind === "text" ? "Text" : measureName(measure);
  const own = (panel.question?.group_by ?? []).length > 0;
  const by = own ? null : splitOf(panel, asked?.split ?? null);
  const several = (panel.question?.measures.length ?? 0) > 1;
  return by
    ? `${panel.title}${several ? `, ${measureName(measure)}` : ""} by ${by.label}`
    : panel.title;
}

function noun({ question }: Panel): string {
  return question?.scope ?? "rows";
}

/** What holds for the rows of a bucket, in the filter language. */
function within(field: string, { from, to }: { from: number; to: number }): Condition {
  return { kind: "other", text: `${field} >= ${from} and ${field} < ${to}` };
}
