import type { TimeRange } from "../../timeRange";
import type { TableState } from "../traces/state";
import { BoardCard } from "./BoardCard";
import { type BoardChart, SECTIONS, type Source } from "./board";
import { Errors } from "./Errors";
import { isThere } from "./figures";
import classes from "./monitor.module.css";
import { ScorePairs } from "./ScorePairs";
import { Scores } from "./Scores";
import { Section } from "./Section";
import { Tools } from "./Tools";
import type { PartAnswer } from "./useBoard";

export interface BoardProps extends Record<Source, PartAnswer> {
  project: string;
  state: TableState;
  /** Of the page, as its address says it. */
  range: TimeRange;
  onRange: (from: number, to: number) => void;
  grouped: PartAnswer;
  scores: PartAnswer;
  /** The names of scores that are asked for; undefined while they are not known. */
  scoreNames: readonly string[] | undefined;
}

/** All sections of the ready-made board. */
export function Board(board: BoardProps) {
  const asked = board.traces.data?.asked;
  const there = (chart: BoardChart) => isThere(chart, board[chart.source].data);
  return (
    <div className={classes.board} data-board>
      {SECTIONS.map(({ title, charts }) => {
        const shown = charts.filter(there);
        return shown.length === 0 ? null : (
          <Section key={title} title={title}>
            {shown.map((chart) => (
              <BoardCard key={chart.key} chart={chart} board={board} />
            ))}
          </Section>
        );
      })}
      <Section title="Tools and retrievers">
        <Tools {...board} />
      </Section>
      <Section title="Errors">
        <Errors {...board} />
      </Section>
      <Section title="Feedback and evaluation" wide>
        <Scores {...board} />
      </Section>
      {asked && (board.scoreNames?.length ?? 0) > 1 && <ScorePairs asked={asked} />}
    </div>
  );
}
