import { useState } from "react";
import type { Experiment } from "../../api/evaluation";
import { plural } from "../../format";
import { Button } from "../../parts/Button";
import { ExperimentChart } from "./ExperimentChart";
import classes from "./list.module.css";
import { figureLines, scoreLines } from "./overTime";

const SCORES = 4;

/** How experiments went over time: one chart a score, then how long runs took and what they cost. */
export function ExperimentCharts({ experiments }: { experiments: readonly Experiment[] }) {
  const [all, setAll] = useState(false);
  const scores = scoreLines(experiments);
  const shown = [...(all ? scores : scores.slice(0, SCORES)), ...figureLines(experiments)];
  if (shown.length === 0) return null;
  return (
    <div className={classes.chartsBox}>
      <div className={classes.charts}>
        {shown.map((line) => (
          <ExperimentChart key={line.name} line={line} />
        ))}
      </div>
      {scores.length > SCORES && (
        <Button small look="quiet" onClick={() => setAll(!all)}>
          {all ? "Show fewer scores" : `Show ${plural(scores.length - SCORES, "more score")}`}
        </Button>
      )}
    </div>
  );
}
