import type { Experiment, ScoreFigures } from "../../api/evaluation";
import { count, score } from "../../format";
import { ScrollBox } from "../../parts/ScrollBox";
import classes from "./compared.module.css";
import shared from "./experiments.module.css";
import table from "./figures.module.css";

/** The scores of one experiment: mean, how they are spread, and how many there are. */
export function Figures({ experiment }: { experiment: Experiment }) {
  const own = experiment.stats?.own_scores ?? [];
  const scores = experiment.stats?.scores ?? [];
  if (scores.length + own.length === 0)
    return (
      <p className={classes.noScores}>
        No scores yet. Evaluators give them to the runs; people do on the page of a trace.
      </p>
    );
  return (
    <ScrollBox className={table.box} role="group" label="Scores">
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Score</th>
            <th scope="col">Mean</th>
            <th scope="col">Spread</th>
            <th scope="col">Least</th>
            <th scope="col">Most</th>
            <th scope="col">n</th>
            <th scope="col">Errors</th>
          </tr>
        </thead>
        <tbody>
          {scores.map((one) => (
            <Row key={one.name} figures={one} />
          ))}
          {own.map((one) => (
            <Row key={`own ${one.name}`} figures={one} own />
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function Row({ figures, own }: { figures: ScoreFigures; own?: boolean }) {
  const labels = Object.entries(figures.labels);
  return (
    <tr>
      <th scope="row" title={figures.name}>
        {figures.name} {own && <span className={shared.quiet}>of the whole</span>}
      </th>
      <td>
        {figures.mean === null && labels.length > 0
          ? labels
              .slice(0, 3)
              .map(([label, n]) => `${label} ${count(n)}`)
              .join(", ")
          : score(figures.mean)}
      </td>
      <td>
        <Histogram figures={figures} />
      </td>
      <td>{score(figures.min)}</td>
      <td>{score(figures.max)}</td>
      <td>{count(figures.n)}</td>
      <td className={figures.errors > 0 ? shared.bad : undefined}>{count(figures.errors)}</td>
    </tr>
  );
}

function Histogram({ figures }: { figures: ScoreFigures }) {
  const most = Math.max(0, ...figures.distribution.map((bin) => bin.count));
  if (most === 0) return <span className={shared.quiet}>–</span>;
  const said = figures.distribution
    .filter((bin) => bin.count > 0)
    .map((bin) => `${score(bin.at_least)} to ${score(bin.below)}: ${count(bin.count)}`)
    .join("; ");
  return (
    <span className={classes.histogram} role="img" aria-label={said} title={said}>
      {figures.distribution.map((bin) => (
        <span key={bin.at_least} style={{ height: `${(bin.count / most) * 100}%` }} />
      ))}
    </span>
  );
}
