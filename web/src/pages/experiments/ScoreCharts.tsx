import { useState } from "react";
import type { Experiment } from "../../api/evaluation";
import { plural } from "../../format";
import { Button } from "../../parts/Button";
import classes from "./experiments.module.css";
import { scoreLines } from "./overTime";
import { ScoreChart } from "./ScoreChart";

const SHOWN = 6;

/** How experiments went over time: one chart a score. */
export function ScoreCharts({ experiments }: { experiments: readonly Experiment[] }) {
  const [all, setAll] = useState(false);
  const lines = scoreLines(experiments);
  if (lines.length === 0) return null;
  const shown = all ? lines : lines.slice(0, SHOWN);
  return (
    <div className={classes.chartsBox}>
      <div className={classes.charts}>
        {shown.map((line) => (
          <ScoreChart key={line.name} line={line} />
        ))}
      </div>
      {lines.length > SHOWN && (
        <Button small look="quiet" onClick={() => setAll(!all)}>
          {all ? "Show fewer scores" : `Show ${plural(lines.length - SHOWN, "more score")}`}
        </Button>
      )}
    </div>
  );
}
