import { useQuery } from "@tanstack/react-query";
import { Table2 } from "lucide-react";
import type { ReactNode } from "react";
import type { Experiment } from "../../api/evaluation";
import { count, plural } from "../../format";
import { Button } from "../../parts/Button";
import { ErrorLine, Skeleton } from "../../parts/states";
import {
  correctionName,
  type Separation,
  type Statistics,
  scoresFirst,
  testName,
} from "./compared";
import { FigureTable } from "./FigureTable";
import table from "./figures.module.css";
import { statisticsQuery } from "./queries";
import { ScoreRows } from "./ScoreRows";
import { letterOf, type Way } from "./sides";
import { VerdictLine } from "./VerdictLine";
import classes from "./verdict.module.css";

interface Props {
  /** The baseline and the candidate. */
  experiments: readonly [Experiment, Experiment];
  chosen: string | undefined;
  figures: boolean;
  /** What stands right of the scores. */
  beside: ReactNode;
  /** What stands in their place where nothing could be measured. */
  instead: ReactNode;
  onChoose: (metric: string, way?: Way) => void;
  onFigures: (shown: boolean) => void;
}

/** Whether B is better than A: the sentence, an interval for each score, and all figures. */
export function Pair(props: Props) {
  const { experiments, chosen, beside, instead, figures } = props;
  const [a, b] = experiments;
  const { data, error, refetch } = useQuery(statisticsQuery(a.id, b.id));
  const letters = [letterOf(0), letterOf(1)] as const;
  const scores = data ? scoresFirst(data.metrics, [...b.evaluator_keys, ...a.evaluator_keys]) : [];
  const main = scores.find((one) => one.name === chosen) ?? scores[0];
  if (!data && !error) return <Waiting beside={beside} />;
  if (!data || !main)
    return (
      <>
        {error ? (
          <ErrorLine error={error} onRetry={refetch} />
        ) : (
          data && <Nothing statistics={data} letters={letters} />
        )}
        <div className={table.sides}>
          {instead}
          {beside}
        </div>
      </>
    );
  return (
    <>
      <VerdictLine main={main} statistics={data} at={1} />
      <div className={table.sides}>
        <div className={classes.left}>
          <ScoreRows
            scores={scores}
            main={scores[0]?.name ?? ""}
            chosen={main.name}
            letters={letters}
            onChoose={props.onChoose}
          />
          <p className={classes.note}>
            <Method scores={scores} statistics={data} />{" "}
            <Button
              small
              look="quiet"
              icon={Table2}
              aria-expanded={figures}
              onClick={() => props.onFigures(!figures)}
            >
              {figures ? "Hide the figures" : "All figures"}
            </Button>
          </p>
        </div>
        {beside}
      </div>
      {figures && <FigureTable scores={scores} letters={letters} onWay={props.onChoose} />}
    </>
  );
}

/** Which tests there were, what was done about asking several questions, and what was left out. */
function Method({ scores, statistics }: { scores: readonly Separation[]; statistics: Statistics }) {
  const tests = [...new Set(scores.map((one) => testName(one.test)))].filter(
    (name) => name !== "none",
  );
  const { correction, only_baseline: onlyA, only_candidate: onlyB } = statistics;
  const asked = statistics.metrics.length;
  const left = [
    onlyA > 0 && `${count(onlyA)} only in A`,
    onlyB > 0 && `${count(onlyB)} only in B`,
  ].filter(Boolean);
  const most = Math.max(...scores.map((one) => one.n));
  return (
    <>
      {tests.length > 0 && `Paired by example: ${tests.join(", ")}. `}
      {asked > 1 &&
        `p is corrected for ${count(asked)} questions (${correctionName(correction)}). `}
      A hollow dot means: the data do not decide.
      {left.length > 0 &&
        ` ${plural(most, "example")} ${most === 1 ? "is" : "are"} in both, ${left.join(", ")}.`}
    </>
  );
}

function Nothing({
  statistics,
  letters: [a, b],
}: {
  statistics: Statistics;
  letters: readonly [string, string];
}) {
  const { only_baseline: onlyA, only_candidate: onlyB, n } = statistics;
  const apart = n === 0 && onlyA + onlyB > 0;
  return (
    <section className={classes.verdict} aria-label="Verdict">
      <h2>{apart ? `${a} and ${b} share no example` : `${a} and ${b} have no score in common`}</h2>
      <p>
        {apart
          ? `${plural(onlyA, "example")} ran only in ${a}, ${count(onlyB)} only in ${b}: there is ` +
            "nothing to compare row by row. Run both over the same examples."
          : "Evaluators score runs; people do it on the page of a trace or in a queue."}
      </p>
    </section>
  );
}

function Waiting({ beside }: { beside: ReactNode }) {
  return (
    <>
      <div className={classes.verdict} aria-busy>
        <Skeleton width={420} height={26} />
        <Skeleton width="60%" height={14} />
      </div>
      <div className={table.sides}>
        <div className={classes.left}>
          <div className={classes.waiting}>
            {[0, 1, 2, 3].map((row) => (
              <Skeleton key={row} height={14} />
            ))}
          </div>
        </div>
        {beside}
      </div>
    </>
  );
}
