import { percent, UNKNOWN } from "../../format";
import type { Delta } from "../../trace/align";
import classes from "./compare.module.css";

interface Props {
  delta: Delta;
  write: (value: number | null) => string;
  /** Without the share, where columns are narrow. */
  short?: boolean;
  /** Neither more nor less is better. */
  neutral?: boolean;
}

/** By how much B is more or less than A. Less time and money is better; small changes say nothing. */
export function Change({ delta, write, short, neutral }: Props) {
  if (delta.by === null) return <span className={classes.unknown}>{UNKNOWN}</span>;
  if (delta.by === 0) return <span className={classes.same}>same</span>;
  const share = delta.share;
  const clear = !neutral && (share === null || Math.abs(share) >= 0.05);
  const sign = delta.by > 0 ? "+" : "−";
  const text = `${sign}${write(Math.abs(delta.by))}`;
  return (
    <span
      className={classes.change}
      data-way={clear ? (delta.by > 0 ? "more" : "less") : undefined}
    >
      {text}
      {!short && share !== null && (
        <span className={classes.share}>
          {" "}
          {sign}
          {percent(Math.abs(share), 0)}
        </span>
      )}
    </span>
  );
}
