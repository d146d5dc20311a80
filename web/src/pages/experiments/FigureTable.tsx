import { count } from "../../format";
import { ScrollBox } from "../../parts/ScrollBox";
import {
  differenceText,
  intervalText,
  meanText,
  pText,
  type Separation,
  sizeText,
  testName,
} from "./compared";
import table from "./figures.module.css";
import { WayButton } from "./MetricTable";
import { Outcome } from "./ScoreRows";
import { signed, type Way } from "./sides";
import classes from "./verdict.module.css";

interface Props {
  scores: readonly Separation[];
  letters: readonly [string, string];
  onWay: (metric: string, way: Way) => void;
}

/** All that a statistician asks of each score: the test, both p-values, effect and power. */
export function FigureTable({ scores, letters, onWay }: Props) {
  const [a, b] = letters;
  return (
    <ScrollBox className={classes.figures} role="group" label="All figures">
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Score</th>
            <th scope="col">n</th>
            <th scope="col">{a}</th>
            <th scope="col">{b}</th>
            <th scope="col">Difference</th>
            <th scope="col">95 % interval</th>
            <th scope="col" data-text>
              Test
            </th>
            <th scope="col">p</th>
            <th scope="col" title="Raised for how many scores are asked about">
              p adjusted
            </th>
            <th scope="col" title="The mean difference in standard deviations of the differences">
              Effect size d
            </th>
            <th scope="col" title="The least difference that so many rows show four times of five">
              Detectable
            </th>
            <th scope="col" title="Rows after which a difference as large as this one would show">
              Rows needed
            </th>
            <th scope="col">{b} better · worse · same</th>
            <th scope="col">Verdict</th>
          </tr>
        </thead>
        <tbody>
          {scores.map((one) => (
            <tr key={one.name}>
              <th scope="row" title={one.name}>
                {one.name}
                {one.warning && <small>{one.warning}</small>}
              </th>
              <td>{count(one.n)}</td>
              <td>{meanText(one, one.baseline_mean)}</td>
              <td>{meanText(one, one.candidate_mean)}</td>
              <td>{differenceText(one, one.difference)}</td>
              <td>{intervalText(one)}</td>
              <td data-text>{testName(one.test)}</td>
              <td>{pText(one.p)}</td>
              <td>{pText(one.p_adjusted)}</td>
              <td>{signed(one.effect_size, (size) => size.toFixed(2))}</td>
              <td>{one.detectable === null ? "–" : sizeText(one, one.detectable)}</td>
              <td>{count(one.rows_needed)}</td>
              <td>
                {(
                  [
                    ["better", one.improved],
                    ["worse", one.regressed],
                    ["same", one.unchanged],
                  ] as const
                ).map(([way, n]) => (
                  <WayButton
                    key={way}
                    way={way}
                    n={n}
                    metric={one.name}
                    onPress={() => onWay(one.name, way)}
                  />
                ))}
              </td>
              <td data-text>
                <Outcome verdict={one.verdict} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}
