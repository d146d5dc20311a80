import { ArrowDown, ArrowUp, Diff, Minus } from "lucide-react";
import { type Span, zeroAxis } from "../../charts/axis";
import { Whisker, WhiskerHead } from "../../charts/Whisker";
import { plural } from "../../format";
import { ScrollBox } from "../../parts/ScrollBox";
import {
  differenceText,
  intervalText,
  inUnits,
  isShare,
  meanText,
  pSaid,
  pText,
  type Separation,
  type Tone,
  toneOf,
  type Verdict,
} from "./compared";
import shared from "./experiments.module.css";
import table from "./figures.module.css";
import { signed } from "./sides";
import classes from "./verdict.module.css";

interface Props {
  scores: readonly Separation[];
  main: string;
  /** The score of the sentence, by which the rows below go too. */
  chosen: string | undefined;
  letters: readonly [string, string];
  onChoose: (name: string) => void;
}

export const VERDICTS: Record<Verdict, { word: string; icon: typeof ArrowUp }> = {
  better: { word: "better", icon: ArrowUp },
  worse: { word: "worse", icon: ArrowDown },
  different: { word: "different", icon: Diff },
  undecided: { word: "unclear", icon: Minus },
};

export const TONES: Record<Tone, string | undefined> = {
  good: shared.good,
  bad: shared.bad,
  decided: undefined,
  open: undefined,
};

/** Each score with its difference and interval, all shares on one axis; right is better. */
export function ScoreRows({ scores, main, chosen, letters, onChoose }: Props) {
  const axis = zeroAxis(scores.filter(isShare).map(turned));
  const [a, b] = letters;
  return (
    <ScrollBox className={table.box} role="group" label="Scores">
      <table className={`${table.table} ${classes.scores}`}>
        <thead>
          <tr>
            <th scope="col">Score</th>
            <th scope="col">{a}</th>
            <th scope="col">{b}</th>
            <th scope="col" className={classes.plot}>
              <span className="hidden-text">Interval, drawn</span>
              <WhiskerHead
                axis={axis}
                label={(value) => signed(value, (size) => String(size))}
                sides={[`${a} better`, `${b} better`]}
              />
            </th>
            <th scope="col">Points</th>
            <th scope="col">95 % interval</th>
            <th scope="col">p</th>
            <th scope="col">Verdict</th>
          </tr>
        </thead>
        <tbody>
          {scores.map((one) => (
            <tr key={one.name} data-chosen={(one.name === chosen && chosen !== main) || undefined}>
              <th scope="row" title={one.name}>
                <button type="button" onClick={() => onChoose(one.name)}>
                  {one.name}
                </button>{" "}
                <small>
                  {[one.name === main && "main score", one.lower_is_better && "less is better"]
                    .filter(Boolean)
                    .join(", ")}
                </small>
              </th>
              <td data-label={a}>{meanText(one, one.baseline_mean)}</td>
              <td data-label={b}>{meanText(one, one.candidate_mean)}</td>
              <td className={classes.plot}>
                <Drawn metric={one} axis={axis} letters={letters} />
              </td>
              <td
                data-label="Points"
                className={`${classes.difference} ${TONES[toneOf(one)] ?? ""}`}
                title={isShare(one) ? undefined : "In its own unit: it is no share"}
              >
                {differenceText(one, one.difference)}
              </td>
              <td data-label="95 % interval">{intervalText(one)}</td>
              <td data-label="p">{pText(one.p_adjusted)}</td>
              <td className={classes.outcome}>
                <Outcome verdict={one.verdict} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

export function Outcome({ verdict }: { verdict: Verdict }) {
  const { word, icon: Icon } = VERDICTS[verdict];
  return (
    <span className={classes.mark} data-verdict={verdict}>
      <Icon size={14} strokeWidth={1.75} aria-hidden />
      {word}
    </span>
  );
}

interface DrawnProps {
  metric: Separation;
  axis: ReturnType<typeof zeroAxis>;
  letters: readonly [string, string];
}

function Drawn({ metric, axis, letters }: DrawnProps) {
  const span = turned(metric);
  const share = isShare(metric);
  const own = share ? axis : zeroAxis([span]);
  const end = (value: number) => signed(metric.lower_is_better ? -value : value, String);
  return (
    <Whisker
      {...span}
      axis={own}
      tone={toneOf(metric)}
      ends={share ? undefined : [end(own.from), end(own.to)]}
      said={
        `${metric.name}: ${letters[1]} ${differenceText(metric, metric.difference)}` +
        `${share ? " points" : ""} against ${letters[0]}, interval ${intervalText(metric)}, ` +
        `${pSaid(metric.p_adjusted)}, ${plural(metric.n, "example")}: ` +
        VERDICTS[metric.verdict].word
      }
    />
  );
}

/** The interval with what is better at the right. */
function turned(metric: Separation): Span {
  const { difference, low, high, lower_is_better } = metric;
  const to = (value: number | null) =>
    value === null ? null : inUnits(metric, lower_is_better ? -value : value);
  return {
    value: inUnits(metric, lower_is_better ? -difference : difference),
    low: to(lower_is_better ? high : low),
    high: to(lower_is_better ? low : high),
  };
}
