import { type Axis, placeOn, type Span } from "./axis";
import classes from "./whisker.module.css";

interface Props extends Span {
  axis: Axis;
  /** `open` draws a hollow dot: the data do not decide. */
  tone: "good" | "bad" | "decided" | "open";
  /** The same in words, for whoever does not see it. */
  said: string;
  /** What the ends of the axis are, where they are not those of the column's head. */
  ends?: readonly [string, string];
}

/** An interval as a line with caps and its middle as a dot, against zero. */
export function Whisker({ axis, value, low, high, tone, said, ends }: Props) {
  const at = (one: number) => `${placeOn(axis, one)}%`;
  return (
    <div className={classes.box}>
      <svg
        className={classes.whisker}
        data-tone={tone}
        width="100%"
        height={40}
        role="img"
        aria-label={said}
      >
        {axis.ticks.map((tick) => (
          <line
            key={tick}
            x1={at(tick)}
            x2={at(tick)}
            y1={0}
            y2={40}
            className={tick === 0 ? classes.zero : classes.grid}
          />
        ))}
        {low !== null && high !== null && (
          <g className={classes.line}>
            <line x1={at(low)} x2={at(high)} y1={20} y2={20} />
            <line x1={at(low)} x2={at(low)} y1={16} y2={24} />
            <line x1={at(high)} x2={at(high)} y1={16} y2={24} />
          </g>
        )}
        <circle cx={at(value)} cy={20} r={5} className={classes.dot} />
      </svg>
      {ends && (
        <>
          <span className={classes.end} aria-hidden>
            {ends[0]}
          </span>
          <span className={classes.end} data-right aria-hidden>
            {ends[1]}
          </span>
        </>
      )}
    </div>
  );
}

interface HeadProps {
  axis: Axis;
  label: (value: number) => string;
  /** What it means to stand left and right of zero. */
  sides?: readonly [string, string];
}

/** The ends of the axis and its middle, above the rows that are drawn on it. */
export function WhiskerHead({ axis, label, sides }: HeadProps) {
  const ends = [axis.from, (axis.from + axis.to) / 2, axis.to];
  return (
    <span className={classes.head}>
      {ends.map((tick) => (
        <span key={tick}>{label(tick)}</span>
      ))}
      {sides && (
        <>
          <span data-side="left">{sides[0]}</span>
          <span data-side="right">{sides[1]}</span>
        </>
      )}
    </span>
  );
}
