import type { Difference } from "../../api/releases";
import { zeroAxis } from "../../charts/axis";
import { Whisker } from "../../charts/Whisker";
import classes from "./releases.module.css";
import { differenceText, metricName, toneOf, VERDICTS } from "./words";

interface Props {
  differences: readonly Difference[];
  /** The arm that the others are held against. */
  first: string;
}

/** What separates the arms: each metric on a scale of its own, zero in the middle. */
export function Differences({ differences, first }: Props) {
  if (differences.length === 0) return null;
  const arms = [...new Set(differences.map((one) => one.arm))];
  return arms.map((arm) => (
    <section key={arm} className={classes.part} aria-labelledby={`against-${arm}`}>
      <h2 id={`against-${arm}`}>
        {arm} against {first}
      </h2>
      <p className={classes.under}>
        These intervals hold however often one looks. Left of the line is less, right of it more.
      </p>
      <ul className={classes.differences}>
        {differences
          .filter((one) => one.arm === arm)
          .map((one) => (
            <Row key={one.metric} difference={one} />
          ))}
      </ul>
    </section>
  ));
}

function Row({ difference }: { difference: Difference }) {
  const { estimate, low, high, verdict } = difference;
  const span = { value: estimate, low, high };
  const shown = (value: number) => differenceText(difference, value);
  const axis = zeroAxis([span]);
  return (
    <li className={classes.difference}>
      <span className={classes.metric}>
        {metricName(difference.metric)}
        <span className={classes.goal}>
          {difference.goal === "better" ? "to be better" : "not worse"} · margin{" "}
          {differenceText(difference, difference.margin).replace("+", "")}
        </span>
      </span>
      <Whisker
        axis={axis}
        {...span}
        tone={toneOf(verdict)}
        said={`${metricName(difference.metric)}: ${difference.text}; ${VERDICTS[verdict]}`}
        ends={[shown(axis.from), shown(axis.to)]}
      />
      <span className={classes.change}>
        {shown(estimate)}
        <span className={classes.within}>
          {shown(low)} to {shown(high)}
        </span>
      </span>
      <span className={classes.verdict} data-tone={toneOf(verdict)}>
        {VERDICTS[verdict]}
      </span>
    </li>
  );
}
